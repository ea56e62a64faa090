// Denoisers and keyword spotters in WebAssembly, on arrays and in AudioWorklets.
//
//   const sparrow = await Sparrow.load(wasmBytes)
//   const denoiser = sparrow.denoiser(planBytes, { sampleRate: 48000 })
//   denoiser.process(samples)            // a Float32Array, in place; any length

/** Why something is refused: the reason that the library gives. */
export class SparrowError extends Error {
  constructor(status, reason) {
    super(reason)
    this.name = 'SparrowError'
    /** @type {number} a `sparrow_status` */
    this.status = status
  }
}

/** The library: an instance of `sparrow.wasm`. */
export class Sparrow {
  /**
   * @param {BufferSource | WebAssembly.Module} source `sparrow.wasm`
   * @returns {Promise<Sparrow>}
   */
  static async load(source) {
    const module =
      source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source)
    return new Sparrow(await WebAssembly.instantiate(module, {}))
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

  /** The text at a pointer, which a zero byte ends. */
  text(pointer) {
    const memory = new Uint8Array(this.functions.memory.buffer)
    return new TextDecoder().decode(memory.slice(pointer, memory.indexOf(0, pointer)))
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

  /** Makes something of a plan's model: calls `make(model, result)`; returns what it wrote. */
  make(plan, make) {
    if (!(plan instanceof Uint8Array)) throw new TypeError('a plan is a Uint8Array')
    const copy = this.allocate(Math.max(plan.length, 1))
    const result = this.allocate(4)
    try {
      this.bytes(copy, plan.length).set(plan)
      this.check(this.functions.sparrow_model_create(copy, plan.length, result))
      const model = this.word(result)
      try {
        this.check(make(model, result))
        return [this.word(result), model]
      } catch (error) {
        this.functions.sparrow_model_destroy(model)
        throw error
      }
    } finally {
      this.functions.sparrow_web_release(result)
      this.functions.sparrow_web_release(copy)
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
    const [handle, model] = sparrow.make(plan, (model, result) =>
      sparrow.functions.sparrow_denoiser_create(model, sampleRate, blockSize, result))
    this.handle = handle
    sparrow.functions.sparrow_model_destroy(model)
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
    const [handle, model] = sparrow.make(plan, (model, result) =>
      sparrow.functions.sparrow_spotter_create(model, sampleRate, result))
    this.handle = handle
    /** @type {string[]} the words that can be heard */
    this.words = []
    for (let place = 0; ; place++) {
      const word = sparrow.functions.sparrow_model_word(model, place)
      if (word === 0) break
      this.words.push(sparrow.text(word))
    }
    sparrow.functions.sparrow_model_destroy(model)
    this.memory = sparrow.allocate(4 * piece)
    this.found = sparrow.allocate(4)
    this.capacity = 16
    this.detections = sparrow.allocate(16 * this.capacity)
    if (threshold !== undefined) {
      sparrow.check(sparrow.functions.sparrow_spotter_set_threshold(handle, threshold))
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
