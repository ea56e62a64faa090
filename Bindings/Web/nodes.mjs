// Nodes of Web Audio over worklet.mjs; Sparrow.denoiserNode and Sparrow.spotterNode make them.

import { Sparrow, denoiserPlan, sources } from './sparrow.mjs'

/** What both nodes have. */
class SparrowNode extends AudioWorkletNode {
  constructor(context, name, options) {
    super(context, name, options)
    this.port.onmessage = ({ data: { kind, ...detail } }) =>
      this.dispatchEvent(new CustomEvent(kind, { detail }))
  }

  reset() {
    this.port.postMessage({ kind: 'reset' })
  }

  stop() {
    this.disconnect()
    this.port.postMessage({ kind: 'stop' })
  }

  watchLoad(seconds = 2) {
    this.port.postMessage({ kind: 'load', seconds })
  }
}

export class DenoiserNode extends SparrowNode {
  constructor(context, processorOptions, latency) {
    const { channels } = processorOptions
    super(context, 'sparrow-denoiser', {
      processorOptions,
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [channels],
      channelCount: channels,
      channelCountMode: 'explicit',
    })
    this.latency = latency
    this.latencySeconds = latency / context.sampleRate
    this.attenuationLimit = this.parameters.get('attenuationLimit')
    this.mix = this.parameters.get('mix')
  }
}

export class SpotterNode extends SparrowNode {
  constructor(context, processorOptions, words) {
    super(context, 'sparrow-spotter', {
      processorOptions,
      numberOfInputs: 1,
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    })
    this.words = words
  }
}

const contexts = new WeakMap()

/** Adds the processors to a context, once. */
function addWorklet(context) {
  if (!context.audioWorklet) {
    throw new Error('this page has no AudioWorklet: browsers keep it for https and localhost')
  }
  if (!contexts.has(context)) {
    const added = context.audioWorklet.addModule(new URL('worklet.mjs', import.meta.url))
    added.catch(() => contexts.delete(context))
    contexts.set(context, added)
  }
  return contexts.get(context)
}

// What a processor would refuse is refused here, where the reason can be told.

export async function denoiserNode(context, options) {
  const { channels = 1, attenuationLimit, mix } = options
  if (!Number.isInteger(channels) || channels < 1 || channels > 32) {
    throw new RangeError(`channels are ${channels}; expected 1 to 32`)
  }
  const { module, plan } = await sources(options, denoiserPlan(context.sampleRate))
  const blockSize = context.renderQuantumSize ?? 128
  const trial = (await Sparrow.load(module)).denoiser(plan, {
    sampleRate: context.sampleRate, blockSize,
  })
  await addWorklet(context)
  const node = new DenoiserNode(context, { module, plan, channels, blockSize }, trial.latency)
  if (attenuationLimit !== undefined) node.attenuationLimit.value = Math.min(100, attenuationLimit)
  if (mix !== undefined) node.mix.value = mix
  return node
}

export async function spotterNode(context, options) {
  const { threshold } = options
  const { module, plan } = await sources(options, 'keywords.plan')
  const blockSize = context.renderQuantumSize ?? 128
  const trial = (await Sparrow.load(module)).spotter(plan, {
    sampleRate: context.sampleRate, threshold,
  })
  await addWorklet(context)
  return new SpotterNode(context, { module, plan, threshold, blockSize }, trial.words)
}
