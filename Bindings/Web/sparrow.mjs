// Denoisers and keyword spotters in WebAssembly: nodes of Web Audio, and arrays of samples.
//
//   const node = await Sparrow.denoiserNode(audioContext)
//   source.connect(node).connect(audioContext.destination)
//
//   const denoiser = await Sparrow.denoiser({ sampleRate: 48_000 })
//   denoiser.process(samples)            // a Float32Array, in place; any length
//
// `sparrow.wasm` and the plans lie beside this file, unless options say where else: `denoiser.plan`
// for sound of up to 16 kHz, `denoiser-full-band.plan`, and `keywords.plan`. sparrow.d.mts has the
// types.

/** Why something is refused: the reason that the library gives. */
export class SparrowError extends Error {
  constructor(status, reason) {
    super(reason)
    this.name = 'SparrowError'
    /** @type {number} a `sparrow_status` */
    this.status = status
  }
}

/** A module of one function that adds vectors: what engines without them refuse. */
const vectors = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11,
])

/** The bytes at an address, or those given. */
async function bytesOf(source) {
  if (source instanceof Uint8Array) return source
  if (source instanceof ArrayBuffer) return new Uint8Array(source)
  const url = new URL(source, import.meta.url)
  if (url.protocol === 'file:') {
    const { readFile } = await import('node:fs/promises')
    return new Uint8Array(await readFile(url))
  }
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url} cannot be fetched: status ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

const modules = new Map()

/** The compiled library at an address, once for each; or what is given, compiled. */
async function moduleOf(source) {
  if (source instanceof WebAssembly.Module) return source
  if (!Sparrow.isSupported) {
    throw new Error('this browser has no 128-bit vectors in WebAssembly; newer ones have')
  }
  if (typeof source !== 'string' && !(source instanceof URL)) return WebAssembly.compile(source)
  const url = new URL(source, import.meta.url).href
  if (!modules.has(url)) {
    const compiled = bytesOf(url).then((bytes) => WebAssembly.compile(bytes))
    compiled.catch(() => modules.delete(url))
    modules.set(url, compiled)
  }
  return modules.get(url)
}

/** The library and a plan; see Sources in sparrow.d.mts. */
export async function sources({ wasm = 'sparrow.wasm', plan }, fallback) {
  const [module, bytes] = await Promise.all([moduleOf(wasm), bytesOf(plan ?? fallback)])
  return { module, plan: bytes }
}

/** The file of the denoiser for sound of a rate: that at 48 kHz above 16 kHz. */
export function denoiserPlan(sampleRate = 16_000) {
  return sampleRate > 16_000 ? 'denoiser-full-band.plan' : 'denoiser.plan'
}

/** The library: an instance of `sparrow.wasm`. */
export class Sparrow {
  /** Whether WebAssembly has 128-bit vectors here. */
  static get isSupported() {
    return typeof WebAssembly === 'object' && WebAssembly.validate(vectors)
  }

  /**
   * @param {BufferSource | WebAssembly.Module | string | URL} source `sparrow.wasm`
   * @returns {Promise<Sparrow>}
   */
  static async load(source = 'sparrow.wasm') {
    return new Sparrow(await WebAssembly.instantiate(await moduleOf(source), {}))
  }

  /** A denoiser of one channel in a library of its own; see {@link Sparrow#denoiser}. */
  static async denoiser(options = {}) {
    const { module, plan } = await sources(options, denoiserPlan(options.sampleRate))
    return (await Sparrow.load(module)).denoiser(plan, options)
  }

  /** A keyword spotter in a library of its own; see {@link Sparrow#spotter}. */
  static async spotter(options = {}) {
    const { module, plan } = await sources(options, 'keywords.plan')
    return (await Sparrow.load(module)).spotter(plan, options)
  }

  /** A node that denoises; see DenoiserNode in sparrow.d.mts. */
  static async denoiserNode(context, options = {}) {
    return (await import('./nodes.mjs')).denoiserNode(context, options)
  }

  /** A node that hears words; see SpotterNode in sparrow.d.mts. */
  static async spotterNode(context, options = {}) {
    return (await import('./nodes.mjs')).spotterNode(context, options)
  }

  /** @param {WebAssembly.Instance} instance of `sparrow.wasm` */
  constructor(instance) {
    this.functions = instance.exports
  }

  /** The version, such as "0.1.0". */
  get version() {
    return this.text(this.functions.sparrow_version())
  }

  /**
   * A denoiser of one channel.
   *
   * @param {Uint8Array} plan what `sparrow pack --instruction-set wasm` makes
   * @param {{ sampleRate?: number, blockSize?: number }} options the rate of the samples (default:
   *   the network's), and what every length will be a multiple of (default: 1)
   */
  denoiser(plan, options = {}) {
    return new Denoiser(this, plan, options)
  }

  /**
   * A keyword spotter.
   *
   * @param {Uint8Array} plan what `sparrow pack --instruction-set wasm` makes
   * @param {{ sampleRate?: number, threshold?: number }} options the rate of the samples, and the
   *   averaged probability of a detection (default: the network's)
   */
  spotter(plan, options = {}) {
    return new Spotter(this, plan, options)
  }

  /** Views of the memory, which may have moved since the last call. */
  floats(pointer, count) {
    return new Float32Array(this.functions.memory.buffer, pointer, count)
  }
  bytes(pointer, count) {
    return new Uint8Array(this.functions.memory.buffer, pointer, count)
  }
  word(pointer) {
    return new DataView(this.functions.memory.buffer).getUint32(pointer, true)
  }

  /** The text at a pointer, which a zero byte ends. Worklets have no TextDecoder. */
  text(pointer) {
    const memory = new Uint8Array(this.functions.memory.buffer)
    let escaped = ''
    for (let i = pointer; memory[i] !== 0; i++) {
      escaped += `%${memory[i].toString(16).padStart(2, '0')}`
    }
    return decodeURIComponent(escaped)
  }

  allocate(size) {
    const pointer = this.functions.sparrow_web_allocate(size)
    if (pointer === 0) throw new SparrowError(-1, 'there is no memory left')
    return pointer
  }

  check(status) {
    if (status !== 0) {
      throw new SparrowError(status, this.text(this.functions.sparrow_status_text(status)))
    }
  }

  /** Calls `make(result)`; returns the word that it wrote to `result`. */
  make(make) {
    const result = this.allocate(4)
    try {
      this.check(make(result))
      return this.word(result)
    } finally {
      this.functions.sparrow_web_release(result)
    }
  }

  /** A model out of a plan, which `sparrow_model_destroy` gives back. */
  model(plan) {
    if (!(plan instanceof Uint8Array)) throw new TypeError('a plan is a Uint8Array')
    const copy = this.allocate(Math.max(plan.length, 1))
    try {
      this.bytes(copy, plan.length).set(plan)
      return this.make((result) =>
        this.functions.sparrow_model_create(copy, plan.length, result))
    } finally {
      this.functions.sparrow_web_release(copy)
    }
  }

  /** Calls `use(model)` with the model of a plan, and gives the model back. */
  withModel(plan, use) {
    const model = this.model(plan)
    try {
      return use(model)
    } finally {
      this.functions.sparrow_model_destroy(model)
    }
  }

  /** The words of a spotter's model. */
  words(model) {
    const words = []
    for (;;) {
      const word = this.functions.sparrow_model_word(model, words.length)
      if (word === 0) return words
      words.push(this.text(word))
    }
  }
}

/** Samples that go through the library's memory at once. */
const piece = 4096

/** Cleans one channel; see {@link Sparrow#denoiser}. */
export class Denoiser {
  constructor(sparrow, plan, { sampleRate = 0, blockSize = 1 }) {
    this.sparrow = sparrow
    this.blockSize = blockSize
    this.handle = sparrow.withModel(plan, (model) =>
      sparrow.make((result) =>
        sparrow.functions.sparrow_denoiser_create(model, sampleRate, blockSize, result)))
    this.room = Math.max(1, Math.floor(piece / blockSize)) * blockSize
    this.memory = sparrow.allocate(4 * this.room)
  }

  /** Samples by which the output lags the input. */
  get latency() {
    return this.sparrow.functions.sparrow_denoiser_latency(this.handle)
  }

  /**
   * Denoises samples in place.
   *
   * @param {Float32Array} samples
   */
  process(samples) {
    const { sparrow, handle, memory, room } = this
    for (let start = 0; start < samples.length; start += room) {
      const part = samples.subarray(start, start + room)
      sparrow.floats(memory, part.length).set(part)
      sparrow.check(
        sparrow.functions.sparrow_denoiser_process(handle, memory, memory, part.length))
      part.set(sparrow.floats(memory, part.length))
    }
  }

  /** @param {number} decibels the largest attenuation; Infinity for no limit */
  set attenuationLimit(decibels) {
    this.sparrow.check(
      this.sparrow.functions.sparrow_denoiser_set_attenuation_limit(this.handle, decibels))
  }

  /** @param {number} share of the denoised sound, 0 to 1 */
  set mix(share) {
    this.sparrow.check(this.sparrow.functions.sparrow_denoiser_set_mix(this.handle, share))
  }

  /** Begins a new signal. */
  reset() {
    this.sparrow.check(this.sparrow.functions.sparrow_denoiser_reset(this.handle))
  }

  /** Everything that it remembers, which a denoiser on any machine goes on from. */
  get state() {
    const { functions } = this.sparrow
    const size = functions.sparrow_denoiser_state_size(this.handle)
    const memory = this.sparrow.allocate(size)
    this.sparrow.check(functions.sparrow_denoiser_save_state(this.handle, memory, size))
    const state = this.sparrow.bytes(memory, size).slice()
    functions.sparrow_web_release(memory)
    return state
  }
  set state(bytes) {
    const { functions } = this.sparrow
    const memory = this.sparrow.allocate(Math.max(bytes.length, 1))
    this.sparrow.bytes(memory, bytes.length).set(bytes)
    const status = functions.sparrow_denoiser_restore_state(this.handle, memory, bytes.length)
    functions.sparrow_web_release(memory)
    this.sparrow.check(status)
  }

  /** Gives the memory back; the denoiser is of no use then. */
  destroy() {
    this.sparrow.functions.sparrow_denoiser_destroy(this.handle)
    this.sparrow.functions.sparrow_web_release(this.memory)
    this.handle = 0
    this.memory = 0
  }
}

/** Hears words; see {@link Sparrow#spotter}. */
export class Spotter {
  constructor(sparrow, plan, { sampleRate = 0, threshold }) {
    this.sparrow = sparrow
    sparrow.withModel(plan, (model) => {
      this.handle = sparrow.make((result) =>
        sparrow.functions.sparrow_spotter_create(model, sampleRate, result))
      /** @type {string[]} the words that can be heard */
      this.words = sparrow.words(model)
    })
    this.memory = sparrow.allocate(4 * piece)
    this.found = sparrow.allocate(4)
    this.capacity = 16
    this.detections = sparrow.allocate(16 * this.capacity)
    if (threshold !== undefined) {
      sparrow.check(
        sparrow.functions.sparrow_spotter_set_threshold(this.handle, threshold))
    }
  }

  /**
   * Takes samples.
   *
   * @param {Float32Array} samples
   * @returns {{ word: string, seconds: number, confidence: number }[]} words that were recognised
   */
  process(samples) {
    const { sparrow, memory, found, detections, capacity } = this
    const words = []
    for (let start = 0; start < samples.length; start += piece) {
      const part = samples.subarray(start, start + piece)
      sparrow.floats(memory, part.length).set(part)
      sparrow.check(
        sparrow.functions.sparrow_spotter_process(
          this.handle, memory, part.length, detections, capacity, found))
      const view = new DataView(sparrow.functions.memory.buffer, detections, 16 * capacity)
      for (let i = 0; i < Math.min(sparrow.word(found), capacity); i++) {
        words.push({
          word: this.words[view.getUint32(16 * i + 8, true)],
          seconds: view.getFloat64(16 * i, true),
          confidence: view.getFloat32(16 * i + 12, true),
        })
      }
    }
    return words
  }

  /** Begins a new signal. */
  reset() {
    this.sparrow.check(this.sparrow.functions.sparrow_spotter_reset(this.handle))
  }

  /** Gives the memory back; the spotter is of no use then. */
  destroy() {
    this.sparrow.functions.sparrow_spotter_destroy(this.handle)
    for (const memory of [this.memory, this.found, this.detections]) {
      this.sparrow.functions.sparrow_web_release(memory)
    }
    this.handle = 0
  }
}
