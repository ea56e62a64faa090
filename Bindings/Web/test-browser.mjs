// A headless Chromium that is spoken to over pipes, and a server of a folder for it: what
// test-chromium.mjs needs, without packages.

import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'

const types = {
  '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Serves a folder on the loopback interface; `extra`: further files, by path. */
export async function serve(folder, extra = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://host').pathname))
    try {
      const body = extra[path] ?? (await readFile(join(folder, path === '/' ? 'index.html' : path)))
      const type = types[extname(path) || '.html'] ?? 'application/octet-stream'
      response.setHeader('Content-Type', type)
      response.end(body)
    } catch {
      response.statusCode = 404
      response.end()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { address: `http://127.0.0.1:${server.address().port}`, close: () => server.close() }
}

/** A running browser: `send` speaks the DevTools protocol. */
export class Browser {
  static async start(command, options = []) {
    const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
    const root = process.getuid() === 0 ? ['--no-sandbox'] : []
    const child = spawn(command, [
      '--headless', '--remote-debugging-pipe', `--user-data-dir=${profile}`, '--no-first-run',
      '--disable-gpu', '--disable-dev-shm-usage', '--disable-extensions', '--mute-audio',
      '--disable-background-networking', '--autoplay-policy=no-user-gesture-required',
      ...root, ...options, 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] })
    return new Browser(child, profile)
  }

  constructor(child, profile) {
    this.child = child
    this.profile = profile
    this.waiting = new Map()
    this.next = 1
    this.listeners = []
    let rest = ''
    child.stdio[4].setEncoding('utf8').on('data', (text) => {
      const messages = (rest + text).split('\0')
      rest = messages.pop()
      for (const message of messages) this.receive(JSON.parse(message))
    })
    this.ended = new Promise((resolve) => child.on('exit', resolve).on('error', resolve))
    this.ended.then(() => {
      for (const { reject } of this.waiting.values()) reject(new Error('the browser has ended'))
    })
    child.stdio[3].on('error', () => {})
  }

  receive(message) {
    const waiting = this.waiting.get(message.id)
    if (!waiting) {
      for (const listener of this.listeners) listener(message)
      return
    }
    this.waiting.delete(message.id)
    if (message.error) waiting.reject(new Error(message.error.message))
    else waiting.resolve(message.result)
  }

  send(method, params = {}, sessionId) {
    const id = this.next++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    })
  }

  /** A page at an address, loaded. */
  async open(address, { prepare = '' } = {}) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true })
    const page = new Page(this, sessionId)
    await page.send('Page.enable')
    await page.send('Runtime.enable')
    if (prepare) await page.send('Page.addScriptToEvaluateOnNewDocument', { source: prepare })
    const loaded = page.event('Page.loadEventFired')
    await page.send('Page.navigate', { url: address })
    await loaded
    return page
  }

  async close() {
    this.child.kill()
    await this.ended
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 })
  }
}

class Page {
  constructor(browser, sessionId) {
    this.browser = browser
    this.sessionId = sessionId
    /** Exceptions that nothing caught. */
    this.faults = []
    browser.listeners.push(({ method, params, sessionId: from }) => {
      if (from === sessionId && method === 'Runtime.exceptionThrown') {
        const { exception, text } = params.exceptionDetails
        this.faults.push(exception?.description ?? text)
      }
    })
  }

  send(method, params) {
    return this.browser.send(method, params, this.sessionId)
  }

  event(name) {
    return new Promise((resolve) => {
      this.browser.listeners.push(({ method, params, sessionId }) => {
        if (method === name && sessionId === this.sessionId) resolve(params)
      })
    })
  }

  /** The value of an expression, awaited; throws what it throws. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression, awaitPromise: true, returnByValue: true, userGesture: true,
    })
    if (exceptionDetails) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    }
    return result.value
  }

  /** Waits until an expression is true, at most so many milliseconds. */
  async until(expression, milliseconds = 8000) {
    const end = Date.now() + milliseconds
    while (!(await this.evaluate(expression))) {
      if (Date.now() > end) throw new Error(`never true: ${expression}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
