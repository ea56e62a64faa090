// Checks of the page in a browser; test-chromium.mjs calls them.

import assert from 'node:assert'

const text = (id) => `document.getElementById('${id}').textContent`
const enabled = `!document.getElementById('microphone').disabled`

/** Chooses a file of the server's, as its visitor would. */
const choose = (name, header = '') => `(async () => {
  const bytes = new Uint8Array(await (await fetch('/${name}')).arrayBuffer())
  const files = new DataTransfer()
  files.items.add(new File([${header || 'new Uint8Array()'}, bytes], '${name}'))
  const input = document.getElementById('file')
  input.files = files.files
  input.dispatchEvent(new Event('change'))
})()`

/** The header of a WAV file of 16 kHz, mono, as the page's own writer makes it. */
const waveHeader = `await (async () => {
  const { waveFile } = await import('/sound.mjs')
  const length = bytes.length / 2
  return waveFile(new AudioBuffer({ length, sampleRate: 16000 })).slice(0, 44)
})()`

/** Keeps what is offered for download. */
const keepDownload = `
  globalThis.downloads = []
  const make = URL.createObjectURL
  URL.createObjectURL = (blob) => { downloads.push(blob); return make.call(URL, blob) }`

/** Whether anything of a canvas is bright. */
const isDrawn = (id) => `(() => {
  const canvas = document.getElementById('${id}')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  return data.filter((x, i) => i % 4 === 0 && x > 40).length > 1000
})()`

/**
 * @param {Buffer} clean what the command makes of /noisy.raw, a WAV file's samples
 */
export async function checkPage(browser, address, clean) {
  const page = await browser.open(address, { prepare: keepDownload })
  await page.until(enabled)
  assert.equal(await page.evaluate(`document.getElementById('message').hidden`), true)
  // Everything that can be operated has a name.
  const { nodes } = await page.send('Accessibility.getFullAXTree')
  for (const { role, name } of nodes) {
    const named = ['button', 'slider', 'radio', 'image'].includes(role?.value)
    assert(!named || name?.value, role?.value)
  }

  await page.evaluate(choose('foreign.txt'))
  await page.until(`/no sound file/.test(${text('message')})`)
  await page.evaluate(choose('noisy.raw', waveHeader))
  await page.until(`/10.0 s, 16 kHz, mono/.test(${text('status')})`)
  await page.until(isDrawn('before'))
  await page.until(isDrawn('after'))
  await page.evaluate(`document.getElementById('download').click()`)
  await page.until('downloads.length === 1')
  const bytes = Buffer.from(await page.evaluate(
    `downloads[0].arrayBuffer().then((bytes) => Array.from(new Uint8Array(bytes)))`))
  const samples = bytes.subarray(44)
  assert.equal(samples.length, clean.length)
  // Browsers read 16-bit samples on scales of their own: about the same, not the same.
  let [error, energy] = [0, 0]
  for (let i = 0; i < clean.length; i += 2) {
    error += (samples.readInt16LE(i) - clean.readInt16LE(i)) ** 2
    energy += clean.readInt16LE(i) ** 2
  }
  assert(energy > 0 && error < 1e-4 * energy, `${error} of ${energy}`)
  await page.until(`/%/.test(${text('load')})`)

  const press = (id) => page.evaluate(`document.getElementById('${id}').click()`)
  const allow = (setting) => browser.send('Browser.setPermission', {
    permission: { name: 'microphone' }, setting, origin: address,
  })
  await allow('denied')
  await press('microphone')
  await page.until(`/does not allow/.test(${text('message')})`)
  await allow('granted')
  await press('microphone')
  await page.until(`/microphone is on/.test(${text('status')})`)
  await press('microphone')
  await page.until(`/microphone is off/.test(${text('status')})`)
  assert.deepEqual(page.faults, [])

  for (const [prepare, message, click] of [
    ['WebAssembly.validate = () => false', /no 128-bit vectors/],
    ['delete globalThis.AudioWorkletNode', /no AudioWorklet/],
    [`navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException('Requested device not found', 'NotFoundError') }`,
      /There is no microphone/, true],
  ]) {
    const other = await browser.open(address, { prepare })
    if (click) {
      await other.until(enabled)
      await other.evaluate(`document.getElementById('microphone').click()`)
    }
    await other.until(`${message}.test(${text('message')})`)
    assert.deepEqual(other.faults, [])
  }
}
