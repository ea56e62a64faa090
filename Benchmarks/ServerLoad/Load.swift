import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Connections that send hops by the clock.
final class Load {
  static let hopBytes = 256
  static let hop = TimeAmount.milliseconds(8)
  /// Hops from a hop to the message that its arrival completes.
  static let lagHops = 3

  struct Result: CustomStringConvertible {
    var latencies: [UInt32] = []
    var sent = 0
    var received = 0
    var late = 0
    /// The largest delay of this program's own sending, in microseconds.
    var worstSending = 0
    var processorShare = 0.0

    private func quantile(_ q: Double) -> String {
      let index = min(latencies.count - 1, Int(Double(latencies.count) * q))
      return index < 0 ? "-" : "\(Double(latencies[index] / 10) / 100) ms"
    }

    var description: String {
      "\(latencies.count) hops, p50 \(quantile(0.5)), p99 \(quantile(0.99)), "
        + "p99.9 \(quantile(0.999)), max \(quantile(1)); \(late) later than 20 ms, "
        + "\(sent - received) without an answer; this program was late by "
        + "\(Double(worstSending / 10) / 100) ms at most and busy for "
        + "\(Int(processorShare * 100)) % of the time"
    }
  }

  private let loop: any EventLoop
  private let frames: [ByteBuffer]
  private let hopsPerMessage: Int
  private var streams: [Stream] = []
  private var result = Result()
  private var start = NIODeadline.now()
  /// Messages up to now, of all connections in turn.
  private var next = 0
  private var firstMeasured = 0
  private var end = 0

  /// - Parameter samples: bytes of whole samples, at least of a message.
  init(_ samples: [UInt8], hopsPerMessage: Int, on loop: any EventLoop) {
    self.loop = loop
    self.hopsPerMessage = hopsPerMessage
    let size = hopsPerMessage * Self.hopBytes
    frames = stride(from: 0, through: samples.count - size, by: size).map {
      let mask: [UInt8] = [0x5a, 0x13, 0xc7, 0x2e]
      var frame = ByteBuffer(bytes: [0x82, 0xfe, UInt8(size >> 8), UInt8(size & 255)] + mask)
      frame.writeBytes(samples[$0..<($0 + size)].enumerated().map { $1 ^ mask[$0 % 4] })
      return frame
    }
  }

  private var period: Int64 { Self.hop.nanoseconds * Int64(hopsPerMessage) }

  func add() -> Stream {
    let stream = Stream(self)
    streams.append(stream)
    return stream
  }

  /// When a message has to be sent.
  private func time(of message: Int) -> NIODeadline {
    start + .nanoseconds(Int64(message) * period / Int64(streams.count))
  }

  func run(seconds: Double, warmUp: Double) -> EventLoopFuture<Result> {
    let perSecond = Double(streams.count) * 1e9 / Double(period)
    firstMeasured = Int(perSecond * warmUp)
    end = firstMeasured + Int(perSecond * seconds)
    // The last answers come with later hops.
    let last = end + streams.count * (Self.lagHops + 1)
    start = .now() + .milliseconds(500)
    let promise = loop.makePromise(of: Result.self)
    let processor = processorSeconds()
    let began = NIODeadline.now()
    send(to: last) {
      self.loop.assumeIsolated().scheduleTask(in: .seconds(1)) {
        self.result.latencies.sort()
        let elapsed = Double((NIODeadline.now() - began).nanoseconds) * 1e-9
        self.result.processorShare = (processorSeconds() - processor) / elapsed
        promise.succeed(self.result)
      }
    }
    return promise.futureResult
  }

  private func send(to last: Int, then done: @escaping () -> Void) {
    let now = NIODeadline.now()
    while next < last, time(of: next) <= now {
      let place = next % streams.count
      let round = next / streams.count
      streams[place].send(frames[(round + place * 37) % frames.count])
      if next >= firstMeasured {
        let delay = Int((NIODeadline.now() - time(of: next)).nanoseconds / 1000)
        result.worstSending = max(result.worstSending, delay)
        if next < end { result.sent += hopsPerMessage }
      }
      next += 1
    }
    guard next < last else { return done() }
    loop.assumeIsolated().scheduleTask(deadline: max(time(of: next), now + .microseconds(200))) {
      self.send(to: last, then: done)
    }
  }

  /// Counts the answer to a hop of a stream.
  func received(_ answer: Int, of stream: Stream) {
    let message = (answer + Self.lagHops) / hopsPerMessage * streams.count + stream.place
    guard message >= firstMeasured && message < end else { return }
    let latency = (NIODeadline.now() - time(of: message)).nanoseconds / 1000
    result.received += 1
    if latency > 20_000 { result.late += 1 }
    result.latencies.append(UInt32(clamping: latency))
  }

  /// A connection.
  final class Stream: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private unowned let load: Load
    let place: Int
    private var context: ChannelHandlerContext?
    private var rest = ByteBuffer()
    private var isOpen = false
    private var messages = 0

    init(_ load: Load) {
      self.load = load
      place = load.streams.count
    }

    func channelActive(context: ChannelHandlerContext) {
      self.context = context
      let handshake =
        "GET /v1/denoise HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Sec-WebSocket-Version: 13\r\n\r\n"
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: handshake)), promise: nil)
    }

    func send(_ frame: ByteBuffer) {
      context?.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var data = unwrapInboundIn(data)
      rest.writeBuffer(&data)
      if !isOpen {
        let text = String(buffer: rest)
        guard text.hasSuffix("\r\n\r\n") else { return }
        guard text.hasPrefix("HTTP/1.1 101") else {
          print("refused: \(text)")
          return context.close(promise: nil)
        }
        isOpen = true
        rest.clear()
      }
      while rest.readableBytes >= 4 {
        guard rest.getInteger(at: rest.readerIndex, as: UInt32.self) == 0x827e_0100 else {
          print("another frame than a hop's")
          return context.close(promise: nil)
        }
        guard rest.readableBytes >= 4 + Load.hopBytes else { break }
        rest.moveReaderIndex(forwardBy: 4 + Load.hopBytes)
        load.received(messages, of: self)
        messages += 1
      }
      if rest.readableBytes == 0 { rest.clear() }
    }
  }
}

private func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
