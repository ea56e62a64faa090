import NIOCore
import NIOWebSocket
import SparrowAudio

/// A WebSocket with a signal of a group.
final class Connection: ChannelDuplexHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  enum Phase {
    case open
    /// The client said `end`: silence follows until all of its output is there.
    case ending
    /// The server ends: whole hops are still processed, and then the state is sent.
    case leaving
    /// A close frame was sent; nothing is taken any more.
    case closing(since: NIODeadline)
    case closed
  }

  let shard: Shard
  let rounds: Rounds
  let index: Int
  var engine: any SignalEngine { rounds.engine }
  private(set) var phase = Phase.open
  /// Whether ``index`` is the connection's, until it closes.
  private var hasPlace = true
  private(set) var context: ChannelHandlerContext?
  private var isWritable = true

  /// Samples that came and were not processed, as bytes.
  var waiting = ByteBuffer()
  /// When the last samples of the hops that wait came.
  var arrivals = CircularBuffer<NIODeadline>()
  /// Whether the next round looks at the connection.
  var isReady = false
  /// Samples of the signal that came, were processed and were sent.
  private(set) var received = 0
  private(set) var consumed = 0
  private(set) var produced = 0
  /// Where the client asked for states: the samples that are to be consumed before. A second
  /// request waits for the answer to the first, and further ones share its answer.
  private var stateAt: Int?
  private var nextStateAt: Int?

  var incoming = IncomingMessage()
  /// Frames on their way out, and memory for the next ones, which has been written.
  private var output = ByteBuffer()
  private var spare = ByteBuffer()
  /// Hops that were processed and not yet written, and those that were.
  private var unanswered = 0
  var answered = 0
  private var lastRead = NIODeadline.now()
  private var isReadPending = false
  /// Since when the client has not taken its output.
  private var blockedSince: NIODeadline?

  init(_ request: StreamRequest, index: Int, in shard: Shard) {
    self.shard = shard
    rounds = shard.rounds(for: request)
    self.index = index
  }

  private var hopBytes: Int { 2 * engine.hop }

  // MARK: Life

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    shard.add(self)
    rounds.countConnection()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end(.lost)
    self.context = nil
  }

  func channelInactive(context: ChannelHandlerContext) {
    end(.lost)
    context.fireChannelInactive()
  }

  /// Gives the place in the group free and forgets the connection.
  private func end(_ ending: Metrics.Ending) {
    if case .closed = phase { return }
    release(ending)
    phase = .closed
    shard.remove(self)
  }

  private func release(_ ending: Metrics.Ending) {
    guard hasPlace else { return }
    hasPlace = false
    shard.count(ending)
    rounds.countEnd()
    engine.remove(index)
    waiting = ByteBuffer()
    arrivals = CircularBuffer()
    incoming = IncomingMessage()
  }

  /// Ends connections that take too long.
  func checkTime(_ now: NIODeadline) {
    switch phase {
    case .closing(let since):
      if now - since > shard.limits.closeTime { context?.close(promise: nil) }
    case .open, .ending, .leaving:
      if let blockedSince {
        if now - blockedSince > shard.limits.idleTime { abandon(.slow) }
      } else if now - lastRead > shard.limits.idleTime, !isDue {
        close(.policyViolation, "nothing came for too long", .idle)
      }
    case .closed: break
    }
  }

  /// Closes the connection without a word, since the client does not listen.
  private func abandon(_ ending: Metrics.Ending) {
    let context = context
    end(ending)
    context?.close(promise: nil)
  }

  /// Sends a close frame; what comes from now on is dropped.
  func close(_ code: WebSocketErrorCode, _ reason: String, _ ending: Metrics.Ending) {
    switch phase {
    case .closing, .closed: return
    case .open, .ending, .leaving: break
    }
    release(ending)
    phase = .closing(since: .now())
    output.writeCloseFrame(code, reason)
    flush()
    resumeReading()
  }

  /// Answers the client's close frame.
  func answerClose(_ code: WebSocketErrorCode?) {
    guard let context else { return }
    guard isTaking else { return context.close(promise: nil) }
    release(.left)
    phase = .closing(since: .now())
    output.writeCloseFrame(code)
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    context.writeAndFlush(wrapOutboundOut(output), promise: promise)
    output = ByteBuffer()
  }

  /// Sends the state and closes, as the server ends.
  func leave() {
    guard case .open = phase else { return }
    phase = .leaving
    settle()
    flush()
  }

  // MARK: Reading

  func read(context: ChannelHandlerContext) {
    if mayRead { context.read() } else { isReadPending = true }
  }

  private var mayRead: Bool {
    if case .closing = phase { return true }
    return isWritable && waiting.readableBytes <= shard.limits.waitingBytes
  }

  private func resumeReading() {
    guard isReadPending, mayRead else { return }
    isReadPending = false
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    lastRead = .now()
    receive(unwrapInboundIn(data))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    settle()
    flush()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error as? NIOWebSocketError {
    case .invalidFrameLength:
      close(
        .messageTooLarge, "a message has at most \(shard.limits.messageBytes) bytes", .tooLarge)
    case .fragmentedControlFrame, .multiByteControlFrameLength:
      close(.protocolError, "control frames have one part of at most 125 bytes", .badFrame)
    case nil:
      context.close(promise: nil)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    isWritable = context.channel.isWritable
    blockedSince = isWritable ? nil : .now()
    if isWritable {
      if isDue { rounds.add(self) }
      settle()
      flush()
      resumeReading()
    }
    context.fireChannelWritabilityChanged()
  }

  /// Counts samples that were added to ``waiting``.
  func countReceived() {
    let before = received
    received = consumed + waiting.readableBytes / 2
    rounds.countInput(received - before)
    for _ in before / engine.hop..<received / engine.hop { arrivals.append(lastRead) }
    if isDue { rounds.add(self) }
  }

  /// The client has sent all of its samples.
  func endInput() {
    phase = .ending
    if isDue { rounds.add(self) }
  }

  func requestState() {
    let position = received / engine.hop * engine.hop
    if stateAt == nil { stateAt = position } else { nextStateAt = position }
  }

  /// Goes on from a state, before the first sample.
  func resume(at consumed: Int) {
    received = consumed
    self.consumed = consumed
    produced = engine.produced(after: consumed)
    rounds.countResumption()
  }

  // MARK: Rounds

  /// Whether the next round can take a hop.
  var isDue: Bool {
    guard isWritable else { return false }
    switch phase {
    case .open, .leaving: return waiting.readableBytes >= hopBytes
    case .ending: return consumed < received + engine.lag
    case .closing, .closed: return false
    }
  }

  /// Gives the round a hop.
  func fill(_ samples: UnsafeMutableBufferPointer<Float>) {
    Samples.read(&waiting, into: samples)
    if waiting.readableBytes == 0 {
      waiting.clear()
    } else if waiting.readerIndex > 1 << 14 {
      waiting.discardReadBytes()
    }
  }

  /// Takes a word that was recognised in the hop of the round.
  func hear(_ word: Spotter.Detection) {
    rounds.countWord()
    send(
      JSON.word(
        engine.words[word.word], time: Double(word.time) / Double(engine.sampleRate),
        confidence: word.confidence))
  }

  /// Takes the output of the round.
  func take(_ samples: UnsafeMutableBufferPointer<Float>) {
    let first = min(engine.hop, max(0, engine.lag - consumed))
    consumed += engine.hop
    if engine.kind == .denoise {
      var count = engine.hop - first
      if case .ending = phase { count = min(count, received - produced) }
      if count > 0 {
        output.writeWebSocketHeader(.binary, count: 2 * count)
        Samples.write(samples[first..<(first + count)], to: &output)
        produced += count
        rounds.countOutput(count)
      }
    }
    unanswered += 1
    settle()
    // The next hop is processed at once, and a write costs as much as that.
    if !isDue || output.readableBytes > Self.longOutput { flush() }
    resumeReading()
  }

  /// Bytes of output that don't wait for that of the next hop.
  private static var longOutput: Int { 1000 }

  /// Sends what is due at this point of the signal.
  private func settle() {
    while let position = stateAt, consumed >= position, isWritable, isTaking {
      sendState()
      stateAt = nextStateAt
      nextStateAt = nil
    }
    guard !isDue, isWritable else { return }
    switch phase {
    case .leaving:
      sendState()
      close(.serviceRestart, "go on from the state, here or elsewhere", .restart)
    case .ending:
      send(JSON.end(consumed: received, produced: produced))
      close(.normalClosure, "", .ended)
    case .open, .closing, .closed: break
    }
  }

  /// Whether the signal still has its place in the group.
  var isTaking: Bool {
    switch phase {
    case .open, .ending, .leaving: true
    case .closing, .closed: false
    }
  }

  private func sendState() {
    rounds.countState()
    send(JSON.state(engine.state(of: index), consumed: consumed, produced: produced))
  }

  // MARK: Writing

  func send(_ text: String) {
    output.writeWebSocketHeader(.text, count: text.utf8.count)
    output.writeString(text)
  }

  func sendPong(_ data: ByteBuffer) {
    output.writeWebSocketHeader(.pong, count: data.readableBytes)
    output.writeImmutableBuffer(data)
  }

  private func flush() {
    answered += unanswered
    unanswered = 0
    guard let context, output.readableBytes > 0 else { return }
    // Writing may call back.
    var frames = spare
    swap(&frames, &output)
    spare = ByteBuffer()
    context.writeAndFlush(wrapOutboundOut(frames), promise: nil)
    // States are long, and rare.
    guard frames.capacity <= 1 << 12 else { return }
    // Allocates where the frames are not yet written.
    frames.clear()
    spare = frames
  }
}

extension WebSocketErrorCode {
  /// The service restarts (RFC 6455's registry, 1012).
  static var serviceRestart: Self { .unknown(1012) }
  /// Try again later (1013).
  static var tryAgainLater: Self { .unknown(1013) }
  /// A message's contents are not of its type (1007).
  static var invalidPayload: Self { .unknown(1007) }
}
