#if canImport(Glibc)
  import Glibc
  private let streamSocket = Int32(SOCK_STREAM.rawValue)
  private let noSignal = Int32(MSG_NOSIGNAL)
#else
  import Darwin
  private let streamSocket = SOCK_STREAM
  private let noSignal: Int32 = 0
#endif

/// The system's function, whose name the client has, too.
private let sendBytes = send(_:_:_:_:)

struct ClientFailure: Error, CustomStringConvertible {
  let description: String
}

/// A frame that the server sent.
struct Frame: Equatable {
  var opcode: UInt8
  var payload: [UInt8]

  var text: String { String(decoding: payload, as: UTF8.self) }
  /// The code of a close frame; 0 where it has none.
  var closeCode: Int { payload.count < 2 ? 0 : Int(payload[0]) << 8 | Int(payload[1]) }
  var samples: [Int16] {
    stride(from: 0, to: payload.count - 1, by: 2).map {
      Int16(truncatingIfNeeded: Int(payload[$0]) | Int(payload[$0 + 1]) << 8)
    }
  }
}

/// A client that sends whatever bytes it likes over a socket, and waits for answers.
final class TestClient {
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  static let binary: UInt8 = 2
  static let text: UInt8 = 1

  /// Connects, and sends nothing.
  init(connectingTo path: String) throws {
    descriptor = socket(AF_UNIX, streamSocket, 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { bytes in
      for (i, byte) in path.utf8.enumerated() { bytes[i] = byte }
    }
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
    let result = withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw ClientFailure(description: "\(path) does not listen") }
  }

  /// A WebSocket.
  convenience init(_ path: String, _ uri: String) throws {
    try self.init(connectingTo: path)
    try send(Self.handshake(uri))
    let answer = try receiveHead()
    guard answer.hasPrefix("HTTP/1.1 101") else { throw ClientFailure(description: answer) }
    // The key's answer by RFC 6455, section 1.3.
    guard answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") else {
      throw ClientFailure(description: "another key")
    }
  }

  deinit { close(descriptor) }

  static func handshake(_ uri: String, leavingOut: String? = nil, version: Int = 13) -> String {
    let headers = [
      "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: \(version)",
    ].filter { leavingOut.map { !$0.isEmpty } != true || !$0.hasPrefix(leavingOut ?? "") }
    return "GET \(uri) HTTP/1.1\r\n" + headers.joined(separator: "\r\n") + "\r\n\r\n"
  }

  // MARK: Sending

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    guard sendSome(bytes, flags: 0) == bytes.count else {
      throw ClientFailure(description: "the server does not take \(bytes.count) bytes")
    }
  }

  /// - Returns: how many bytes were taken.
  func sendSome(_ bytes: [UInt8], flags: Int32 = Int32(MSG_DONTWAIT)) -> Int {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        sendBytes(
          descriptor, $0.baseAddress! + done, bytes.count - done,
          flags | noSignal)
      }
      if count <= 0 { break }
      done += count
    }
    return done
  }

  static func frame(
    _ opcode: UInt8, _ payload: [UInt8], isLast: Bool = true, mask: [UInt8]? = [7, 130, 0, 255]
  ) -> [UInt8] {
    var bytes: [UInt8] = [(isLast ? 0x80 : 0) | opcode]
    let bit: UInt8 = mask == nil ? 0 : 0x80
    switch payload.count {
    case ..<126: bytes.append(bit | UInt8(payload.count))
    case ..<65536:
      bytes += [bit | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    default:
      bytes.append(bit | 127)
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(payload.count >> shift & 255))
      }
    }
    guard let mask else { return bytes + payload }
    return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
  }

  func send(samples: some Sequence<Int16>) throws {
    try send(Self.frame(Self.binary, bytes(of: samples)))
  }

  func send(message: String) throws {
    try send(Self.frame(Self.text, Array(message.utf8)))
  }

  // MARK: Receiving

  /// - Returns: false at the end of the connection.
  private func fill() throws -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    if count < 0 && errno == EAGAIN { throw ClientFailure(description: "nothing comes") }
    guard count > 0 else { return false }
    buffer += bytes[..<count]
    return true
  }

  private func take(_ count: Int) throws -> [UInt8]? {
    while buffer.count < count { guard try fill() else { return nil } }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  private func receiveHead() throws -> String {
    while true {
      let text = String(decoding: buffer, as: UTF8.self)
      if let end = text.range(of: "\r\n\r\n") {
        buffer.removeFirst(text[..<end.upperBound].utf8.count)
        return String(text[..<end.lowerBound])
      }
      guard try fill() else { return text }
    }
  }

  /// Everything up to the end of the connection.
  func receiveAll() throws -> String {
    while try fill() {}
    return String(decoding: buffer, as: UTF8.self)
  }

  /// - Returns: nil at the end of the connection.
  func receive() throws -> Frame? {
    guard let head = try take(2) else { return nil }
    guard head[0] & 0x80 != 0, head[1] & 0x80 == 0 else {
      throw ClientFailure(description: "a frame that is fragmented or masked")
    }
    var count = Int(head[1])
    if count >= 126 {
      guard let length = try take(count == 126 ? 2 : 8) else { return nil }
      count = length.reduce(0) { $0 << 8 | Int($1) }
    }
    return try take(count).map { Frame(opcode: head[0] & 0xf, payload: $0) }
  }

  /// Everything up to and with the server's close frame, which is answered.
  func receiveToClose() throws -> (samples: [Int16], texts: [String], code: Int) {
    var samples: [Int16] = []
    var texts: [String] = []
    while let frame = try receive() {
      switch frame.opcode {
      case Self.binary: samples += frame.samples
      case Self.text: texts.append(frame.text)
      case 8:
        try? send(Self.frame(8, Array(frame.payload.prefix(2))))
        guard try receive() == nil else { throw ClientFailure(description: "it goes on") }
        return (samples, texts, frame.closeCode)
      default: throw ClientFailure(description: "a frame of kind \(frame.opcode)")
      }
    }
    return (samples, texts, -1)
  }

  /// Waits for a text, and adds samples on the way.
  func receiveText(adding samples: inout [Int16]) throws -> String {
    while let frame = try receive() {
      if frame.opcode == Self.text { return frame.text }
      guard frame.opcode == Self.binary else {
        throw ClientFailure(description: "a frame of kind \(frame.opcode), \(frame.closeCode)")
      }
      samples += frame.samples
    }
    throw ClientFailure(description: "the connection ends")
  }
}

func bytes(of samples: some Sequence<Int16>) -> [UInt8] {
  samples.flatMap { sample -> [UInt8] in
    let bits = UInt16(bitPattern: sample)
    return [UInt8(bits & 255), UInt8(bits >> 8)]
  }
}
