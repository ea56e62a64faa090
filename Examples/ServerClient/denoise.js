// Denoises samples of 16 kHz by a server, in browsers and wherever there is WebSocket:
//   const clean = new CleanStream("ws://localhost:8080/v1/denoise", (samples) => play(samples));
//   clean.push(new Int16Array(...));      // any number, as they come
//   clean.end();
// After a lost connection it goes on from the last state, and gives every sample once.

export class CleanStream {
  constructor(url, give, done = () => {}) {
    Object.assign(this, { url, give, done, state: null, first: 0, given: 0, isEnding: false });
    this.kept = []; // samples from index `first` on, which no state has consumed
    this.open();
  }

  open() {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.isLost = false;
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      if (this.state) this.socket.send(JSON.stringify(this.state));
      this.place = this.state ? this.state.produced : 0; // of the next sample that comes
      for (const piece of this.kept) this.socket.send(piece);
      if (this.isEnding) this.socket.send('{"type":"end"}');
      this.timer = setInterval(() => this.socket.send('{"type":"state"}'), 1000);
    };
    this.socket.onmessage = ({ data }) =>
      typeof data === "string" ? this.hear(data) : this.take(data);
    // Some tell of a connection that failed by `error` alone, others by both.
    this.socket.onerror = () => this.lose(socket, 1006);
    this.socket.onclose = ({ code }) => this.lose(socket, code);
  }

  lose(socket, code) {
    if (socket !== this.socket || this.isLost) return;
    this.isLost = true;
    clearInterval(this.timer);
    if (code === 1000) return this.done();
    if ([1002, 1007, 1008, 1009].includes(code)) throw new Error(`the server closed with ${code}`);
    setTimeout(() => this.open(), 500); // the server restarts, or is gone
  }

  push(samples) {
    this.kept.push(samples);
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(samples);
  }

  end() {
    this.isEnding = true;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send('{"type":"end"}');
  }

  hear(text) {
    const message = JSON.parse(text);
    if (message.type !== "state") return;
    this.state = message;
    // What the state has consumed need not be sent again.
    while (this.kept.length && this.first + this.kept[0].length <= message.consumed) {
      this.first += this.kept.shift().length;
    }
    if (this.first < message.consumed) {
      this.kept[0] = this.kept[0].subarray(message.consumed - this.first);
      this.first = message.consumed;
    }
  }

  take(data) {
    const samples = new Int16Array(data);
    const known = Math.max(0, Math.min(samples.length, this.given - this.place)); // given before
    this.place += samples.length;
    if (known < samples.length) this.give(samples.subarray(known));
    this.given = Math.max(this.given, this.place);
  }
}
