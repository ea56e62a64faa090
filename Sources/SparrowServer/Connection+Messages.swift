import NIOCore
import NIOWebSocket
import SparrowAudio

/// A message that comes, maybe in parts.
struct IncomingMessage {
  enum Kind { case samples, text }
  /// nil between messages.
  var kind: Kind?
  var byteCount = 0
  /// The bytes of a text.
  var text: [UInt8] = []
  /// Whether a message has come.
  var isFirst = true
}

extension Connection {
  func receive(_ frame: WebSocketFrame) {
    guard isTaking else {
      if frame.opcode == .connectionClose { answerClose(nil) }
      return
    }
    guard let mask = frame.maskKey, frame.reservedBits.isEmpty else {
      return close(
        .protocolError, "frames are masked, and have no reserved bits", .badFrame)
    }
    switch frame.opcode {
    case .binary, .text:
      guard incoming.kind == nil else {
        return close(.protocolError, "a message begins within another", .badFrame)
      }
      incoming.kind = frame.opcode == .binary ? .samples : .text
      incoming.byteCount = 0
      incoming.text.removeAll()
      receivePart(frame, mask)
    case .continuation:
      guard incoming.kind != nil else {
        return close(.protocolError, "a message has no beginning", .badFrame)
      }
      receivePart(frame, mask)
    case .ping:
      var data = frame.data
      data.webSocketUnmask(mask)
      sendPong(data)
    case .pong: break
    case .connectionClose:
      var data = frame.data
      data.webSocketUnmask(mask)
      answerClose(data.readWebSocketErrorCode())
    default: close(.protocolError, "an unknown kind of frame", .badFrame)
    }
  }

  private func receivePart(_ frame: WebSocketFrame, _ mask: WebSocketMaskingKey) {
    let data = frame.data
    incoming.byteCount += data.readableBytes
    guard incoming.byteCount <= shard.limits.messageBytes else {
      return close(
        .messageTooLarge, "a message has at most \(shard.limits.messageBytes) bytes", .tooLarge)
    }
    switch incoming.kind {
    case .samples:
      if case .ending = phase {
        return close(.protocolError, "samples after the end", .badMessage)
      }
      waiting.writeUnmasked(data, mask)
      if frame.fin, incoming.byteCount % 2 != 0 {
        return close(.invalidPayload, "a message holds whole 16-bit samples", .badMessage)
      }
      countReceived()
    case .text:
      var data = data
      data.webSocketUnmask(mask)
      incoming.text += data.readableBytesView
      if frame.fin { receiveText(incoming.text) }
    case nil: break
    }
    guard frame.fin else { return }
    incoming.kind = nil
    incoming.text = []
    incoming.isFirst = false
  }

  private func receiveText(_ bytes: [UInt8]) {
    guard let message = ClientMessage(bytes), message.type == "state" || message.type == "end"
    else {
      return close(
        .invalidPayload, "a text is {\"type\":\"state\"}, {\"type\":\"end\"} or a state",
        .badMessage)
    }
    if case .ending = phase {
      return close(.protocolError, "a message after the end", .badMessage)
    }
    if message.type == "end" { return endInput() }
    guard message.state != nil else { return requestState() }
    guard incoming.isFirst else {
      return close(.policyViolation, "a state is the first message or none", .badState)
    }
    // Far beyond what a signal reaches in a lifetime, and far from overflowing.
    guard let bytes = message.stateBytes, let consumed = message.consumed,
      consumed >= 0, consumed < 1 << 48, consumed % engine.hop == 0,
      message.produced == engine.produced(after: consumed)
    else {
      return close(
        .policyViolation, "a state has state, consumed and produced as they were sent", .badState)
    }
    do throws(StreamStateError) {
      try engine.setState(bytes, of: index)
    } catch {
      return close(.policyViolation, "the state: \(error)".prefixInBytes(123), .badState)
    }
    resume(at: consumed)
  }
}

extension ByteBuffer {
  /// Adds a frame's data, and takes its mask away.
  mutating func writeUnmasked(_ data: ByteBuffer, _ mask: WebSocketMaskingKey) {
    let start = writerIndex
    let count = writeImmutableBuffer(data)
    let keys = (mask[0], mask[1], mask[2], mask[3])
    withVeryUnsafeMutableBytes { bytes in
      let first = bytes.baseAddress! + start
      let key = withUnsafeBytes(of: keys) { $0.loadUnaligned(as: UInt32.self) }
      var i = 0
      while i + 4 <= count {
        let word = (first + i).loadUnaligned(as: UInt32.self)
        (first + i).storeBytes(of: word ^ key, as: UInt32.self)
        i += 4
      }
      while i < count {
        let byte = (first + i).load(as: UInt8.self)
        (first + i).storeBytes(of: byte ^ mask[i % 4], as: UInt8.self)
        i += 1
      }
    }
  }
}

extension String {
  /// As many of the first characters as fit, for a close frame.
  fileprivate func prefixInBytes(_ most: Int) -> String {
    var text = self
    while text.utf8.count > most { text.removeLast() }
    return text
  }
}
