// The types of sparrow.mjs.

/** Where things are fetched from, or the things themselves. */
export interface Sources {
  /** The library (default: `sparrow.wasm` beside the module); compiled once for each address. */
  wasm?: BufferSource | WebAssembly.Module | string | URL
  /**
   * What `sparrow pack --instruction-set wasm` makes (default: the plan beside the module;
   * of denoisers `denoiser.plan` at rates up to 16 kHz and `denoiser-full-band.plan` above).
   */
  plan?: Uint8Array | ArrayBuffer | string | URL
}

export interface DenoiserOptions {
  /** The rate of the samples, 1,000 to 768,000 hertz (default: the network's). */
  sampleRate?: number
  /** The number that every length will be a multiple of (default: 1). */
  blockSize?: number
}

export interface SpotterOptions {
  /** The rate of the samples, 1,000 to 768,000 hertz (default: the network's). */
  sampleRate?: number
  /** The averaged probability of a detection, between 0 and 1 (default: the network's). */
  threshold?: number
}

export interface DenoiserNodeOptions extends Sources {
  /** Channels, each denoised on its own, 1 to 32 (default: 1). */
  channels?: number
  /** The largest attenuation in dB, 0 to 100; 100 is no limit (default). */
  attenuationLimit?: number
  /** The share of the denoised sound, 0 to 1 (default: 1). */
  mix?: number
}

export interface SpotterNodeOptions extends Sources {
  /** The averaged probability of a detection, between 0 and 1 (default: the network's). */
  threshold?: number
}

/** A recognised word. */
export interface Keyword {
  word: string
  /** From the beginning of the signal to the recognition. */
  seconds: number
  /** The averaged probability, 0 to 1. */
  confidence: number
}

/** The reason why the library refuses something: an image of another version, cut short, ... */
export class SparrowError extends Error {
  /** A `sparrow_status` of sparrow.h; -1 where there is no memory left. */
  status: number
}

/** The library: an instance of `sparrow.wasm`. */
export class Sparrow {
  /** Whether WebAssembly has 128-bit vectors here; nothing works without. */
  static readonly isSupported: boolean
  /** The library from bytes, a compiled module or an address. */
  static load(source?: BufferSource | WebAssembly.Module | string | URL): Promise<Sparrow>
  /** A denoiser of one channel. */
  static denoiser(options?: Sources & DenoiserOptions): Promise<Denoiser>
  static spotter(options?: Sources & SpotterOptions): Promise<Spotter>
  /** A node that denoises, at the context's rate. Rejects with the reason why there can be none. */
  static denoiserNode(
    context: BaseAudioContext, options?: DenoiserNodeOptions): Promise<DenoiserNode>
  /** A node that hears words, at the context's rate; it needs no connection behind it. */
  static spotterNode(context: BaseAudioContext, options?: SpotterNodeOptions): Promise<SpotterNode>

  constructor(instance: WebAssembly.Instance)
  /** Such as "0.1.0". */
  readonly version: string
  denoiser(plan: Uint8Array, options?: DenoiserOptions): Denoiser
  spotter(plan: Uint8Array, options?: SpotterOptions): Spotter
}

/** Denoises one channel. */
export class Denoiser {
  private constructor()
  /** Samples by which the output lags the input, exactly. */
  readonly latency: number
  readonly blockSize: number
  /** Denoises samples in place. Those that are not numbers count as silence. */
  process(samples: Float32Array): void
  /** The largest attenuation in dB, 0 to 200; Infinity for no limit. */
  set attenuationLimit(decibels: number)
  /** The share of the denoised sound, 0 to 1. */
  set mix(share: number)
  /** Begins a new signal. */
  reset(): void
  /** Everything that it remembers of its signal; a denoiser on any machine goes on from it. */
  state: Uint8Array
  /** Gives the memory back; the denoiser is of no use then. */
  destroy(): void
}

/** Hears words. */
export class Spotter {
  private constructor()
  /** The words that can be heard. */
  readonly words: string[]
  /** Takes samples; returns the words that they complete. */
  process(samples: Float32Array): Keyword[]
  /** Begins a new signal. */
  reset(): void
  /** Gives the memory back; the spotter is of no use then. */
  destroy(): void
}

interface RunningNode extends AudioWorkletNode {
  /** Begins a new signal. */
  reset(): void
  /** Disconnects the node and ends its processing for good. */
  stop(): void
  /**
   * Sends `load` events, whose `detail.share` is the share of one processor that the node takes,
   * every so many seconds (default: 2); 0 ends them.
   */
  watchLoad(seconds?: number): void
}

/** Denoises each channel on its own. Nothing is allocated while it runs. */
export interface DenoiserNode extends RunningNode {
  /** Samples by which the output lags the input, exactly. */
  readonly latency: number
  /** The same in seconds. */
  readonly latencySeconds: number
  /** The largest attenuation in dB, 0 to 100; 100 is no limit. Taken once a render quantum. */
  readonly attenuationLimit: AudioParam
  /** The share of the denoised sound, 0 to 1. Taken once a render quantum. */
  readonly mix: AudioParam
}

/** Sends a `keyword` event for each recognised word, whose `detail` is a {@link Keyword}. */
export interface SpotterNode extends RunningNode {
  /** The words that can be heard. */
  readonly words: string[]
}
