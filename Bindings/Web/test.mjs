// Denoises raw 16-bit sound of one channel from standard input to standard output, aligned and as
// long, as Bindings/C/Examples/denoise.c does; says on standard error what a hop takes. With
// --refusals, checks what is refused.
//
// usage: node test.mjs FOLDER RATE < noisy.raw > clean.raw

import { readFileSync, writeSync } from 'node:fs'
import assert from 'node:assert'
import { Sparrow, SparrowError, denoiserPlan } from './sparrow.mjs'

const [folder, mode] = process.argv.slice(2)
const sparrow = await Sparrow.load(readFileSync(`${folder}/sparrow.wasm`))
const file = denoiserPlan(mode === '--refusals' ? 16_000 : Number(mode))
const plan = new Uint8Array(readFileSync(`${folder}/${file}`))

if (mode === '--refusals') {
  assert.throws(() => sparrow.denoiser(new Uint8Array(100)), SparrowError)
  assert.throws(() => sparrow.denoiser(plan.slice(0, 5000)), /bytes are missing/)
  assert.throws(() => sparrow.denoiser(plan, { sampleRate: 10 }), /out of its range/)
  assert.throws(() => sparrow.spotter(plan), /another task/)
  assert.throws(() => sparrow.denoiser('denoiser'), TypeError)
  const denoiser = sparrow.denoiser(plan, { sampleRate: 48_000 })
  assert.throws(() => { denoiser.attenuationLimit = -1 }, /out of its range/)
  assert.throws(() => { denoiser.state = new Uint8Array(7) }, SparrowError)
  const broken = new Float32Array(5000).fill(NaN)
  denoiser.process(broken)
  assert(broken.every(Number.isFinite))
  // A state goes on elsewhere to the bit.
  const noise = () => Float32Array.from({ length: 9000 }, (_, i) => 0.2 * Math.sin(i * i))
  denoiser.process(noise())
  const other = sparrow.denoiser(plan, { sampleRate: 48_000 })
  other.state = denoiser.state
  const [one, two] = [noise(), noise()]
  denoiser.process(one)
  other.process(two)
  assert.deepEqual(one, two)
  denoiser.destroy()
  const spotter = sparrow.spotter(new Uint8Array(readFileSync(`${folder}/keywords.plan`)))
  assert.equal(spotter.words.length, 17)
  assert(Array.isArray(spotter.process(noise())))
  process.exit(0)
}

const input = readFileSync(0)
const count = input.length >> 1
const denoiser = sparrow.denoiser(plan, { sampleRate: Number(mode) })
const samples = new Float32Array(count + denoiser.latency)
for (let i = 0; i < count; i++) samples[i] = input.readInt16LE(2 * i) / 32768
const piece = 50 * 128
let best = Infinity
for (let first = 0; first < samples.length; first += piece) {
  const part = samples.subarray(first, first + piece)
  const start = process.hrtime.bigint()
  denoiser.process(part)
  best = Math.min(best, Number(process.hrtime.bigint() - start) / part.length)
}
const output = Buffer.alloc(2 * count)
const rounded = (x) => {
  const whole = Math.round(x)
  return Math.abs(x % 1) === 0.5 && whole % 2 !== 0 ? whole - 1 : whole
}
for (let i = 0; i < count; i++) {
  const value = rounded(samples[denoiser.latency + i] * 32768)
  output.writeInt16LE(Math.max(-32768, Math.min(32767, value)), 2 * i)
}
writeSync(1, output)
console.error(`${((best / 1000) * 0.008 * Number(mode)).toFixed(0)} µs for 8 ms, at best`)
