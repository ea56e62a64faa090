// The processors of nodes.mjs. `process` neither allocates nor waits; all memory is there before.

import { Sparrow } from './sparrow.mjs'

/** The attenuation limit, in dB, that stands for none. */
const noLimit = 100

/** What both processors have: a library, memory for a quantum, and messages. */
class Runner extends AudioWorkletProcessor {
  constructor(module) {
    super()
    this.sparrow = new Sparrow(new WebAssembly.Instance(module, {}))
    this.functions = this.sparrow.functions
    this.alive = true
    this.port.onmessage = ({ data }) => this.receive(data)
  }

  receive({ kind, seconds }) {
    if (kind === 'reset') this.reset()
    if (kind === 'stop') this.alive = false
    if (kind === 'load') this.watchLoad(seconds)
  }

  /** Room for a quantum of one channel: the last to be allocated, as memory may move then. */
  quantum(count) {
    const pointer = this.sparrow.allocate(4 * count)
    return { pointer, samples: this.sparrow.floats(pointer, count) }
  }

  // The share of time that processing takes, told every so many seconds. Clocks of worklets may
  // tick only once a millisecond: a tick falls into a call as often as the call is long.
  watchLoad(seconds) {
    this.loadFrames = seconds > 0 ? seconds * sampleRate : 0
    this.frames = 0
    this.busy = 0
  }
  clock() {
    return globalThis.performance?.now() ?? Date.now()
  }
  took(milliseconds, frames) {
    this.busy += milliseconds
    this.frames += frames
    if (this.frames < this.loadFrames) return
    this.port.postMessage({
      kind: 'load', share: (this.busy * sampleRate) / (1000 * this.frames),
    })
    this.frames = 0
    this.busy = 0
  }

  process(inputs, outputs, parameters) {
    if (this.loadFrames > 0) {
      const start = this.clock()
      const frames = this.run(inputs[0], outputs[0], parameters)
      this.took(this.clock() - start, frames)
    } else {
      this.run(inputs[0], outputs[0], parameters)
    }
    return this.alive
  }
}

class DenoiserProcessor extends Runner {
  static get parameterDescriptors() {
    return [
      { name: 'attenuationLimit', defaultValue: noLimit, minValue: 0, maxValue: noLimit,
        automationRate: 'k-rate' },
      { name: 'mix', defaultValue: 1, minValue: 0, maxValue: 1, automationRate: 'k-rate' },
    ]
  }

  constructor({ processorOptions: { module, plan, channels, blockSize } }) {
    super(module)
    const { sparrow, functions } = this
    this.handles = sparrow.withModel(plan, (model) =>
      Array.from({ length: channels }, () =>
        sparrow.make((result) =>
          functions.sparrow_denoiser_create(model, sampleRate, blockSize, result))))
    this.room = this.quantum(blockSize)
    this.limit = noLimit
    this.mix = 1
  }

  reset() {
    for (const handle of this.handles) this.functions.sparrow_denoiser_reset(handle)
  }

  run(input, output, parameters) {
    const { functions, handles } = this
    const { pointer, samples } = this.room
    const limit = parameters.attenuationLimit[0]
    const mix = parameters.mix[0]
    if (limit !== this.limit || mix !== this.mix) {
      this.limit = limit
      this.mix = mix
      for (let channel = 0; channel < handles.length; channel++) {
        functions.sparrow_denoiser_set_attenuation_limit(
          handles[channel], limit < noLimit ? limit : Infinity)
        functions.sparrow_denoiser_set_mix(handles[channel], mix)
      }
    }
    for (let channel = 0; channel < handles.length; channel++) {
      // Without a source there are no channels: what is still on its way comes out.
      if (channel < input.length) samples.set(input[channel])
      else samples.fill(0)
      functions.sparrow_denoiser_process(handles[channel], pointer, pointer, samples.length)
      output[channel].set(samples)
    }
    return samples.length
  }
}

class SpotterProcessor extends Runner {
  constructor({ processorOptions: { module, plan, threshold, blockSize } }) {
    super(module)
    const { sparrow, functions } = this
    sparrow.withModel(plan, (model) => {
      this.handle = sparrow.make((result) =>
        functions.sparrow_spotter_create(model, sampleRate, result))
      this.words = sparrow.words(model)
    })
    if (threshold !== undefined) functions.sparrow_spotter_set_threshold(this.handle, threshold)
    this.found = sparrow.allocate(4)
    this.detection = sparrow.allocate(16)
    this.room = this.quantum(blockSize)
    const { buffer } = functions.memory
    this.foundCount = new Uint32Array(buffer, this.found, 1)
    this.detected = new DataView(buffer, this.detection, 16)
  }

  reset() {
    this.functions.sparrow_spotter_reset(this.handle)
  }

  run(input) {
    const { pointer, samples } = this.room
    if (input.length > 0) samples.set(input[0])
    else samples.fill(0)
    this.functions.sparrow_spotter_process(
      this.handle, pointer, samples.length, this.detection, 1, this.found)
    if (this.foundCount[0] > 0) {
      this.port.postMessage({
        kind: 'keyword',
        word: this.words[this.detected.getUint32(8, true)],
        seconds: this.detected.getFloat64(0, true),
        confidence: this.detected.getFloat32(12, true),
      })
    }
    return samples.length
  }
}

registerProcessor('sparrow-denoiser', DenoiserProcessor)
registerProcessor('sparrow-spotter', SpotterProcessor)
