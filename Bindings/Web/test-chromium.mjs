// Denoises raw 16-bit sound at 16 kHz from standard input to standard output through the
// AudioWorklet of a headless Chromium, aligned and as long; checks other rates, channels, refusals
// and the page on the way. Says on standard error what a hop takes.
//
// usage: node test-chromium.mjs FOLDER CHROMIUM < noisy.raw > clean.raw

import { readFileSync, writeSync } from 'node:fs'
import assert from 'node:assert'
import { Browser, serve } from './test-browser.mjs'
import { checkPage } from './test-page.mjs'

const [folder, command] = process.argv.slice(2)
const input = readFileSync(0)
const plan = readFileSync(`${folder}/denoiser.plan`)
const otherVersion = Buffer.from(plan)
otherVersion.writeUInt32LE(otherVersion.readUInt32LE(8) + 1, 8)
const server = await serve(folder, {
  '/blank.html': '<!doctype html>',
  '/noisy.raw': input,
  '/short.plan': plan.subarray(0, 5000),
  '/other.plan': otherVersion,
  '/short.wasm': readFileSync(`${folder}/sparrow.wasm`).subarray(0, 5000),
  '/foreign.txt': 'no sound at all',
  '/demo.flac': readFileSync(new URL('../../Demo/noisy.flac', import.meta.url)),
})

/** Runs in the page: 16-bit samples through the node at 16 kHz; base 64 of 16-bit samples. */
async function cleaned() {
  const { Sparrow } = await import('/sparrow.mjs')
  const bytes = await (await fetch('/noisy.raw')).arrayBuffer()
  const samples = Float32Array.from(new Int16Array(bytes), (x) => x / 32768)
  // A context's length and the end of its signal: what the node still holds comes out.
  const trial = new OfflineAudioContext(1, 128, 16_000)
  const { latency } = await Sparrow.denoiserNode(trial)
  const context = new OfflineAudioContext(1, samples.length + latency, 16_000)
  const node = await Sparrow.denoiserNode(context)
  const buffer = new AudioBuffer({ length: samples.length, sampleRate: 16_000 })
  buffer.copyToChannel(samples, 0)
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(node).connect(context.destination)
  source.start()
  const output = (await context.startRendering()).getChannelData(0)
  const whole = new Int16Array(samples.length)
  for (let i = 0; i < whole.length; i++) {
    const x = output[latency + i] * 32768
    const rounded = Math.round(x)
    const even = Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded
    whole[i] = Math.max(-32768, Math.min(32767, even))
  }
  const text = new Uint8Array(whole.buffer)
  let binary = ''
  for (let i = 0; i < text.length; i += 4096) {
    binary += String.fromCharCode(...text.subarray(i, i + 4096))
  }
  return { latency, samples: btoa(binary) }
}

/** Runs in the page: whether a stereo node at a rate gives what arrays give; its latency. */
async function sameAsArrays(sampleRate) {
  const { Sparrow } = await import('/sparrow.mjs')
  const length = 128 * 150
  const context = new OfflineAudioContext(2, length, sampleRate)
  const node = await Sparrow.denoiserNode(context, { channels: 2, attenuationLimit: 18, mix: 0.75 })
  const buffer = new AudioBuffer({ length, sampleRate, numberOfChannels: 2 })
  const expected = []
  for (let channel = 0; channel < 2; channel++) {
    const samples = buffer.getChannelData(channel)
    for (let i = 0; i < length; i++) samples[i] = 0.3 * Math.sin(i * i * (1e-4 + 1e-6 * channel))
    const denoiser = await Sparrow.denoiser({ sampleRate, blockSize: 128 })
    denoiser.attenuationLimit = 18
    denoiser.mix = 0.75
    expected.push(samples.slice())
    denoiser.process(expected[channel])
    if (denoiser.latency !== node.latency) throw new Error('latencies differ')
  }
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(node).connect(context.destination)
  source.start()
  const output = await context.startRendering()
  return {
    latency: node.latency,
    same: expected.every((samples, channel) => {
      const given = output.getChannelData(channel)
      return samples.every((x, i) => x === given[i])
    }),
  }
}

/** Runs in the page: what a node hears in a recording, and what arrays hear. */
async function heard() {
  const { Sparrow } = await import('/sparrow.mjs')
  const bytes = await (await fetch('/demo.flac')).arrayBuffer()
  const buffer = await new OfflineAudioContext(1, 1, 16_000).decodeAudioData(bytes)
  const context = new OfflineAudioContext(1, buffer.length, 16_000)
  const options = { threshold: 0.2 }
  const node = await Sparrow.spotterNode(context, options)
  const byNode = []
  node.addEventListener('keyword', ({ detail }) => byNode.push(detail))
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(node)
  source.start()
  await context.startRendering()
  const spotter = await Sparrow.spotter(options)
  const byArrays = spotter.process(buffer.getChannelData(0))
  for (let i = 0; i < 100 && byNode.length < byArrays.length; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return { byNode, byArrays }
}

/** Runs in the page: the reason why there is no node. */
async function refusal(options) {
  const { Sparrow } = await import('/sparrow.mjs')
  try {
    await Sparrow.denoiserNode(new OfflineAudioContext(1, 128, 16_000), options)
    return 'none'
  } catch (error) {
    return error.message
  }
}

/** Runs in the page: the microseconds of a hop; clocks tick every 100. */
async function hopTime() {
  const { Sparrow } = await import('/sparrow.mjs')
  const denoiser = await Sparrow.denoiser({ blockSize: 128 })
  const hops = 50
  const times = []
  for (let i = 0; i < 200; i++) {
    const samples = Float32Array.from({ length: 128 * hops }, () => Math.random() - 0.5)
    const start = performance.now()
    denoiser.process(samples)
    times.push((1000 * (performance.now() - start)) / hops)
  }
  times.sort((a, b) => a - b)
  return `${times[2].toFixed(0)} (hundredth) and ${times[100].toFixed(0)} µs (median) for 8 ms`
}

const call = (page, f, ...values) =>
  page.evaluate(`(${f})(${values.map((value) => JSON.stringify(value)).join(', ')})`)

const browser = await Browser.start(command, [
  '--use-fake-device-for-media-stream',
])
const deadline = setTimeout(() => {
  console.error('test-chromium: the browser does not answer')
  browser.child.kill('SIGKILL')
}, 60_000)
try {
  const page = await browser.open(`${server.address}/blank.html`)
  const { latency, samples } = await call(page, cleaned)
  assert.equal(latency, 384)
  writeSync(1, Buffer.from(samples, 'base64'))
  for (const [rate, expected] of [[8_000, 288], [44_100, undefined], [48_000, 928]]) {
    const { latency, same } = await call(page, sameAsArrays, rate)
    assert(same, `a node at ${rate} Hz gives other samples than arrays`)
    if (expected) assert.equal(latency, expected)
  }
  const { byNode, byArrays } = await call(page, heard)
  assert(byArrays.length > 0)
  assert.deepEqual(byNode, byArrays)
  for (const [options, reason] of [
    [{ plan: 'short.plan' }, /bytes are missing/], [{ plan: 'other.plan' }, /version/],
    [{ plan: 'foreign.txt' }, /./], [{ plan: 'none.plan' }, /status 404/],
    [{ plan: 'keywords.plan' }, /another task/], [{ wasm: 'short.wasm' }, /WebAssembly/],
    [{ channels: 0 }, /channels are 0/],
  ]) {
    const given = await call(page, refusal, options)
    assert(given !== 'none' && reason.test(given), `${JSON.stringify(options)}: ${given}`)
  }
  const time = await call(page, hopTime)
  assert.deepEqual(page.faults, [])
  await checkPage(browser, server.address, Buffer.from(samples, 'base64'))
  console.error(time)
} finally {
  clearTimeout(deadline)
  await browser.close()
  server.close()
}
