// Sound files: reading, denoising from end to end, writing.

import { Sparrow } from './sparrow.mjs'

const most = 200e6

/** The sample rate that a WAV or FLAC file names, if a browser can have it. */
function rateOf(bytes) {
  const view = new DataView(bytes)
  const is = (place, letters) =>
    place + letters.length <= view.byteLength &&
    [...letters].every((letter, i) => view.getUint8(place + i) === letter.charCodeAt(0))
  let rate
  if (is(0, 'RIFF') && is(8, 'WAVE')) {
    for (let place = 12; place + 16 <= view.byteLength; ) {
      if (is(place, 'fmt ')) {
        rate = view.getUint32(place + 12, true)
        break
      }
      const size = view.getUint32(place + 4, true)
      place += 8 + size + (size % 2)
    }
  } else if (is(0, 'fLaC') && view.byteLength >= 22) {
    rate = view.getUint32(18) >>> 12
  }
  return rate >= 8000 && rate <= 96_000 ? rate : 48_000
}

/** The sound of a file, at its own rate where that is known, with one channel or two. */
export async function readSound(file) {
  const refused = (reason) => new Error(`“${file.name}” ${reason}.`)
  if (file.size > most) {
    throw refused(`has ${Math.round(file.size / 1e6)} MB; this page takes at most ${most / 1e6}`)
  }
  const bytes = await file.arrayBuffer()
  if (bytes.byteLength === 0) throw refused('is empty')
  try {
    return await new OfflineAudioContext(1, 1, rateOf(bytes)).decodeAudioData(bytes)
  } catch {
    throw refused('is no sound file that this browser can read')
  }
}

/** A sound denoised from end to end, aligned with it and as long. */
export async function cleanSound(buffer, attenuationLimit) {
  const { sampleRate, length } = buffer
  const channels = Math.min(2, buffer.numberOfChannels)
  // The length has to be known before there is a node, and the latency after.
  const trial = await Sparrow.denoiser({ sampleRate, blockSize: 128 })
  const context = new OfflineAudioContext(channels, length + trial.latency, sampleRate)
  const node = await Sparrow.denoiserNode(context, { channels, attenuationLimit })
  const source = new AudioBufferSourceNode(context, { buffer })
  source.connect(node).connect(context.destination)
  source.start()
  const output = await context.startRendering()
  const clean = new AudioBuffer({ length, sampleRate, numberOfChannels: channels })
  for (let channel = 0; channel < channels; channel++) {
    clean.copyToChannel(output.getChannelData(channel).subarray(node.latency), channel)
  }
  return clean
}

/** A WAV file of 16 bits. */
export function waveFile(buffer) {
  const { numberOfChannels: channels, sampleRate, length } = buffer
  const data = new DataView(new ArrayBuffer(44 + 2 * channels * length))
  const letters = (place, text) =>
    [...text].forEach((letter, i) => data.setUint8(place + i, letter.charCodeAt(0)))
  letters(0, 'RIFF')
  data.setUint32(4, data.byteLength - 8, true)
  letters(8, 'WAVEfmt ')
  data.setUint32(16, 16, true)
  data.setUint16(20, 1, true)
  data.setUint16(22, channels, true)
  data.setUint32(24, sampleRate, true)
  data.setUint32(28, 2 * channels * sampleRate, true)
  data.setUint16(32, 2 * channels, true)
  data.setUint16(34, 16, true)
  letters(36, 'data')
  data.setUint32(40, data.byteLength - 44, true)
  for (let channel = 0; channel < channels; channel++) {
    const samples = buffer.getChannelData(channel)
    for (let i = 0; i < length; i++) {
      const value = Math.max(-32768, Math.min(32767, Math.round(32768 * samples[i])))
      data.setInt16(44 + 2 * (channels * i + channel), value, true)
    }
  }
  return new Blob([data], { type: 'audio/wav' })
}
