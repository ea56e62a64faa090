// The page: a microphone or a file through a denoiser and a keyword spotter, seen and heard.

import { Sparrow } from './sparrow.mjs'
import { cleanSound, readSound, waveFile } from './sound.mjs'
import { Spectrogram } from './spectrogram.mjs'

const element = (id) => document.getElementById(id)
const [microphone, open, play, download] = ['microphone', 'open', 'play', 'download'].map(element)
const [amount, file] = ['amount', 'file'].map(element)
const columnsPerSecond = 60

/** Everything that runs for one sound; null where none does. */
let running = null
/** The opened file: its name and its sound. */
let opened = null
let context = null

function say(text) {
  element('status').textContent = text
}

function complain(text) {
  element('message').textContent = text
  element('message').hidden = text === ''
}

/** The attenuation limit, in dB; at the slider's end there is none. */
function limit() {
  return amount.value === amount.max ? 100 : Number(amount.value)
}

function hear() {
  return document.querySelector('input[name=hear]:checked').value
}

/** Does what a control asks for, one thing at a time; tells why where it fails. */
let busy = false
async function act(action) {
  if (busy) return
  busy = true
  complain('')
  try {
    await action()
  } catch (error) {
    stop()
    complain(reason(error))
  } finally {
    busy = false
    showButtons()
  }
}

function reason(error) {
  switch (error.name) {
    case 'NotAllowedError':
      return 'The browser does not allow this page the microphone. Its settings for this page, ' +
        'beside the address, can.'
    case 'NotFoundError':
      return 'There is no microphone.'
    case 'NotReadableError':
      return 'The microphone cannot be read; another program may be using it.'
    default:
      return error.message
  }
}

function showButtons() {
  const live = running?.kind
  microphone.disabled = false
  microphone.textContent = live === 'microphone' ? 'Stop the microphone' : 'Use the microphone'
  microphone.classList.toggle('on', live === 'microphone')
  open.disabled = false
  play.disabled = opened === null
  play.textContent = live === 'file' ? 'Stop' : 'Play'
  download.disabled = opened === null
}

function showAmount() {
  element('amount-text').value = amount.value === amount.max ? 'no limit' : `${amount.value} dB`
  if (running) running.denoiser.attenuationLimit.value = limit()
}

function showHearing() {
  if (!running) return
  for (const [name, gain] of Object.entries(running.gains)) {
    gain.gain.setTargetAtTime(hear() === name ? 1 : 0, context.currentTime, 0.02)
  }
}

function addKeyword({ detail: { word, seconds, confidence } }) {
  const item = document.createElement('li')
  const name = document.createElement('bdi')
  name.textContent = word
  item.append(name, ` at ${seconds.toFixed(1)} s, ${Math.round(100 * confidence)} % sure`)
  element('keywords').append(item)
}

/** Connects a source: before and after, seen and heard; `end` ends what it holds. */
async function run(kind, source, channels, end) {
  const denoiser = await Sparrow.denoiserNode(context, { channels, attenuationLimit: limit() })
  const spotter = await Sparrow.spotterNode(context)
  // What is shown and heard before is as late as what is after.
  const delay = new DelayNode(context, { delayTime: denoiser.latencySeconds })
  const heads = { before: delay, after: denoiser }
  const gains = {}
  const spectrograms = []
  for (const [name, head] of Object.entries(heads)) {
    const analyser = new AnalyserNode(context, {
      fftSize: 1024, smoothingTimeConstant: 0, minDecibels: -105, maxDecibels: -30,
    })
    gains[name] = new GainNode(context, { gain: hear() === name ? 1 : 0 })
    source.connect(head).connect(analyser).connect(gains[name]).connect(context.destination)
    spectrograms.push(new Spectrogram(element(name), analyser, 8000))
  }
  source.connect(spotter)
  spotter.addEventListener('keyword', addKeyword)
  denoiser.addEventListener('load', ({ detail: { share } }) => {
    element('load').textContent = `${(100 * share).toFixed(1)} %`
  })
  for (const node of [denoiser, spotter]) {
    node.onprocessorerror = () => {
      stop()
      complain('The browser has ended the denoiser. Please report how this came about.')
      showButtons()
    }
  }
  denoiser.watchLoad(2)
  element('latency').textContent = `${(1000 * denoiser.latencySeconds).toFixed(1)} ms`
  element('rate').textContent = `${context.sampleRate / 1000} kHz`
  element('keywords').replaceChildren()
  running = { kind, source, denoiser, spotter, delay, gains, end }
  const started = context.currentTime
  const mine = running
  const draw = () => {
    if (running !== mine) return
    const place = Math.floor((context.currentTime - started) * columnsPerSecond)
    for (const spectrogram of spectrograms) spectrogram.advance(place)
    requestAnimationFrame(draw)
  }
  draw()
}

function stop() {
  if (!running) return
  const { source, denoiser, spotter, delay, gains, end } = running
  running = null
  end()
  for (const node of [source, delay, ...Object.values(gains)]) node.disconnect()
  denoiser.stop()
  spotter.stop()
  element('load').textContent = '–'
}

async function prepare() {
  stop()
  context ??= new AudioContext({ latencyHint: 'interactive' })
  await context.resume()
}

async function startMicrophone() {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error(
      'This page cannot reach a microphone: browsers keep them for https and localhost.')
  }
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  })
  const tracks = stream.getTracks()
  const end = () => tracks.forEach((track) => track.stop())
  try {
    await prepare()
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream })
    // Loudspeakers would feed it.
    document.querySelector('input[name=hear][value=nothing]').checked = true
    await run('microphone', source, 1, end)
  } catch (error) {
    end()
    throw error
  }
  tracks[0].addEventListener('ended', () => {
    stop()
    complain('The microphone has gone.')
    showButtons()
  })
  say('The microphone is on. Hear “after” with headphones only.')
}

async function startFile() {
  await prepare()
  const source = new AudioBufferSourceNode(context, { buffer: opened.sound })
  if (hear() === 'nothing') document.querySelector('input[name=hear][value=after]').checked = true
  await run('file', source, Math.min(2, opened.sound.numberOfChannels), () => {
    source.onended = null
    source.stop()
  })
  const mine = running
  source.onended = () =>
    setTimeout(() => {
      if (running !== mine) return
      stop()
      showButtons()
      say(`“${opened.name}” has ended.`)
    }, 1000 * running.denoiser.latencySeconds + 100)
  source.start()
  say(`Playing “${opened.name}”.`)
}

async function openFile(chosen) {
  say(`Reading “${chosen.name}” …`)
  try {
    opened = { name: chosen.name, sound: await readSound(chosen) }
  } catch (error) {
    say('')
    throw error
  }
  const { duration, sampleRate, numberOfChannels } = opened.sound
  const channels = numberOfChannels === 1 ? 'mono' : `${numberOfChannels} channels`
  await startFile()
  say(`“${opened.name}”: ${duration.toFixed(1)} s, ${sampleRate / 1000} kHz, ${channels}.`)
}

async function downloadFile() {
  const { name, sound } = opened
  say(`Denoising “${name}” …`)
  const address = URL.createObjectURL(waveFile(await cleanSound(sound, limit())))
  const link = document.createElement('a')
  link.href = address
  link.download = `${name.replace(/\.[^.]*$/, '')}-clean.wav`
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
  say(`“${link.download}” is ready.`)
}

function listen() {
  microphone.addEventListener('click', () =>
    act(async () => {
      if (running?.kind !== 'microphone') return startMicrophone()
      stop()
      say('The microphone is off.')
    }))
  open.addEventListener('click', () => file.click())
  file.addEventListener('change', () => {
    const [chosen] = file.files
    if (chosen) act(() => openFile(chosen))
    file.value = ''
  })
  play.addEventListener('click', () =>
    act(async () => {
      if (running?.kind !== 'file') return startFile()
      stop()
      say('Stopped.')
    }))
  download.addEventListener('click', () => act(downloadFile))
  amount.addEventListener('input', showAmount)
  for (const radio of document.querySelectorAll('input[name=hear]')) {
    radio.addEventListener('change', showHearing)
  }
  const dropping = (does) => document.body.classList.toggle('dropping', does)
  addEventListener('dragover', (event) => {
    event.preventDefault()
    dropping(true)
  })
  addEventListener('dragleave', () => dropping(false))
  addEventListener('drop', (event) => {
    event.preventDefault()
    dropping(false)
    const [chosen] = event.dataTransfer.files
    if (chosen) act(() => openFile(chosen))
  })
}

/** Finds out what the page can do here. */
async function begin() {
  try {
    if (!globalThis.AudioWorkletNode) {
      throw new Error(
        'This browser has no AudioWorklet here: browsers keep it for https and localhost.')
    }
    const { words } = await Sparrow.spotter()
    await Sparrow.denoiser({ sampleRate: 48_000 })
    const list = element('words')
    list.append('Listens for these words, spoken in Arabic: ')
    words.forEach((word, i) => {
      const name = document.createElement('bdi')
      name.textContent = word
      list.append(i > 0 ? ', ' : '', name)
    })
  } catch (error) {
    complain(error.message)
    say('')
    return
  }
  complain('')
  listen()
  showAmount()
  showButtons()
}

begin()
