// Runs the AudioWorklet's processors in Node.js, and counts what they allocate.
//
// usage: node --expose-gc test-worklet.mjs FOLDER

import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import assert from 'node:assert'

const folder = process.argv[2]
const processors = {}
const messages = []
globalThis.sampleRate = 48_000
globalThis.AudioWorkletProcessor = class {
  port = { postMessage: (message) => messages.push(message) }
}
globalThis.registerProcessor = (name, type) => { processors[name] = type }
await import(pathToFileURL(resolve(folder, 'worklet.mjs')))

const module = new WebAssembly.Module(readFileSync(`${folder}/sparrow.wasm`))
const stereo = () => [new Float32Array(128), new Float32Array(128)]
const calls = 3000

for (const [name, network] of [['denoiser', 'denoiser'], ['spotter', 'keywords']]) {
  const plan = new Uint8Array(readFileSync(`${folder}/${network}.plan`))
  const processor = new processors[`sparrow-${name}`]({
    processorOptions: { module, plan, channels: 2, blockSize: 128 },
  })
  const [inputs, outputs] = [[stereo()], [stereo()]]
  const parameters = {
    attenuationLimit: new Float32Array([12.5]), mix: new Float32Array([0.75]),
  }
  const { memory } = processor.functions
  const size = memory.buffer.byteLength
  // Engines box numbers until they have compiled a function for good: 60 bytes a call at most. An
  // object or a view of memory has a hundred.
  let least = Infinity
  for (let round = 0; round < 4; round++) {
    globalThis.gc()
    const before = getHeapStatistics().used_heap_size
    for (let i = 0; i < calls; i++) processor.process(inputs, outputs, parameters)
    least = Math.min(least, (getHeapStatistics().used_heap_size - before) / calls)
  }
  assert(least < 100, `the ${name} allocates ${least} bytes a call`)
  assert.equal(memory.buffer.byteLength, size)
  // Without a source silence goes in; messages are obeyed.
  assert.equal(processor.process([[]], outputs, parameters), true)
  processor.port.onmessage({ data: { kind: 'reset' } })
  processor.port.onmessage({ data: { kind: 'load', seconds: 0.1 } })
  for (let i = 0; i < 100; i++) processor.process(inputs, outputs, parameters)
  assert(messages.some(({ kind, share }) => kind === 'load' && share > 0))
  processor.port.onmessage({ data: { kind: 'stop' } })
  assert.equal(processor.process(inputs, outputs, parameters), false)
}
