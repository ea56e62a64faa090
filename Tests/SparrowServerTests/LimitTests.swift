import TestSupport
import Testing

@testable import SparrowServer

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Invalid requests and messages, and limits.
struct LimitTests {
  @Test func requests() throws {
    let server = try TestServer()
    let cases: [(request: String, status: Int, text: String)] = [
      ("GET /health HTTP/1.1\r\n\r\n", 200, "ok"),
      ("GET / HTTP/1.1\r\n\r\n", 404, "/v1/denoise"),
      ("GET /v1/denoise/ HTTP/1.1\r\n\r\n", 404, "there is no"),
      ("GET /\u{1b}[31m HTTP/1.1\r\n\r\n", 400, "not HTTP"),
      ("POST /v1/denoise HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 405, "Allow: GET"),
      ("DELETE /health HTTP/1.1\r\n\r\n", 405, "only GET"),
      ("GET /v1/denoise HTTP/1.1\r\n\r\n", 426, "Sec-WebSocket-Version: 13"),
      (TestClient.handshake("/v1/denoise", version: 8), 426, "Upgrade: websocket"),
      (TestClient.handshake("/v1/denoise", leavingOut: "Sec-WebSocket-Key"), 400, "Key"),
      (TestClient.handshake("/v1/denoise", leavingOut: "Upgrade"), 426, "WebSocket"),
      (TestClient.handshake("/v1/denoise?rate=44100"), 400, "\"44100\"; expected 16000"),
      (TestClient.handshake("/v1/denoise?attenuation-limit=-1"), 400, "0 to 200"),
      (TestClient.handshake("/v1/denoise?attenuation-limit=nan"), 400, "0 to 200"),
      (TestClient.handshake("/v1/denoise?mix"), 400, "from 0 to 1"),
      (TestClient.handshake("/v1/denoise?threshold=1"), 400, "there is no option"),
      (TestClient.handshake("/v1/spot?threshold=2"), 400, "between 0 and 1"),
      ("\u{16}\u{3}\u{1} TLS\r\n\r\n", 400, "HTTP"),
      ("GET /" + String(repeating: "x", count: 9000), 431, "8192 bytes"),
    ]
    for (request, status, text) in cases {
      let answer = try server.answer(request)
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(request) has \(answer)")
      #expect(answer.contains(text), "\(request) has \(answer)")
    }
    let metrics = try server.get("/metrics")
    #expect(metrics.contains("sparrow_refused_total{status=\"404\"} 2\n"))
    #expect(metrics.contains("sparrow_capacity{kind=\"denoise\",rate=\"48000\"} 4\n"))
    let bucket = "sparrow_latency_seconds_bucket{kind=\"spot\",rate=\"16000\",le=\"+Inf\"}"
    #expect(metrics.contains("\(bucket) 0\n"))
    #expect(metrics.contains("process_cpu_seconds_total "))
    try server.server.drain()
  }

  @Test func messages() throws {
    let server = try TestServer { $0.messageBytes = 20000 }
    let binary = TestClient.binary
    let half = [UInt8](repeating: 1, count: 15000)
    let cases: [(bytes: [UInt8], code: Int)] = [
      (TestClient.frame(binary, [1, 2, 3]), 1007),
      (TestClient.frame(binary, [1], isLast: false) + TestClient.frame(0, [1, 2]), 1007),
      (TestClient.frame(1, Array("hello".utf8)), 1007),
      (TestClient.frame(1, Array("{\"type\":\"stop\"}".utf8)), 1007),
      (TestClient.frame(1, [0xff, 0xfe]), 1007),
      (TestClient.frame(1, [UInt8](repeating: UInt8(ascii: "["), count: 10000)), 1007),
      (TestClient.frame(binary, [1, 2], mask: nil), 1002),
      ([0xc2, 0x82, 1, 2, 3, 4, 0, 0], 1002),
      (TestClient.frame(3, [1, 2]), 1002),
      (TestClient.frame(0, [1, 2]), 1002),
      (TestClient.frame(binary, [1], isLast: false) + TestClient.frame(1, []), 1002),
      (TestClient.frame(9, [], isLast: false), 1002),
      (TestClient.frame(9, [UInt8](repeating: 0, count: 126)), 1002),
      (TestClient.frame(binary, half + half), 1009),
      (TestClient.frame(binary, half, isLast: false) + TestClient.frame(0, half), 1009),
      ([0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4], 1009),
      (
        TestClient.frame(1, Array("{\"type\":\"end\"}".utf8)) + TestClient.frame(binary, [1, 2]),
        1002
      ),
      (TestClient.frame(8, [0x03, 0xe8]), 1000),
      (TestClient.frame(8, []), 0),
    ]
    for (i, (bytes, code)) in cases.enumerated() {
      let client = try TestClient(server.path, "/v1/denoise")
      try client.send(bytes)
      #expect(try client.receiveToClose().code == code, "case \(i)")
    }
    #expect(try server.server.metrics().networks[.denoise]?.connections == 0)
    try server.server.drain()
  }

  /// Bytes of all kinds: the server stays whole, and no place is lost.
  @Test func garbage() throws {
    let server = try TestServer(capacity: 2)
    var numbers = TestNumbers(seed: 7)
    for round in 0..<200 {
      let client =
        try round % 4 == 0
        ? TestClient(connectingTo: server.path) : TestClient(server.path, "/v1/denoise")
      var bytes = (0..<Int(numbers.next() % 400)).map { _ in UInt8(numbers.next() & 255) }
      if round % 2 == 0 && !bytes.isEmpty { bytes[0] = 0x82 }
      if round % 8 == 0 {
        // A handshake with a few other bytes.
        bytes = Array(TestClient.handshake("/v1/denoise?mix=0.5").utf8) + bytes
        for _ in 0..<3 { bytes[Int(numbers.next() % 150)] = UInt8(numbers.next() & 255) }
      }
      _ = client.sendSome(bytes)
    }
    #expect(try eventually { try server.server.metrics().networks[.denoise]?.connections == 0 })
    #expect(try server.get("/health").hasPrefix("HTTP/1.1 200"))
    try server.server.drain()
  }

  @Test func placesAreLimited() throws {
    let server = try TestServer(capacity: 1)
    do {
      let first = try TestClient(server.path, "/v1/denoise")
      let answer = try server.answer(TestClient.handshake("/v1/denoise"))
      #expect(answer.hasPrefix("HTTP/1.1 503 ") && answer.contains("Retry-After: 1"))
      _ = try TestClient(server.path, "/v1/spot")
      try first.send(message: "{\"type\":\"end\"}")
      _ = try first.receiveToClose()
    }
    _ = try TestClient(server.path, "/v1/denoise")
    try server.server.drain()
  }

  @Test func requestsEnd() throws {
    let server = try TestServer { $0.handshakeTime = .milliseconds(200) }
    let request = try TestClient(connectingTo: server.path)
    try request.send("GET /v1/denoise HTTP/1.1\r\nHost: ")
    #expect(try request.receiveAll() == "")
    try server.server.drain()
  }

  /// One that takes no output, one that stays silent, and one that does not answer the server's
  /// close frame either.
  @Test func timeIsLimited() throws {
    let server = try TestServer { $0.idleTime = .seconds(1) }
    let slow = try TestClient(server.path, "/v1/denoise")
    let frame = TestClient.frame(TestClient.binary, bytes(of: sound(1, count: 16000)))
    var sent = 0
    #expect(
      try eventually {
        sent += slow.sendSome(Array(frame[(sent % frame.count)...]))
        return try server.server.metrics().closed[.slow] == 1
      })
    let silent = try TestClient(server.path, "/v1/denoise")
    let mute = try TestClient(server.path, "/v1/denoise")
    #expect(try silent.receiveToClose().code == 1008)
    #expect(try mute.receive()?.closeCode == 1008)
    #expect(try mute.receive() == nil)
    #expect(try server.server.metrics().closed[.idle] == 2)
    try server.server.drain()
  }

  /// Whether something becomes true within a long time.
  private func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    let start = ContinuousClock.now
    while start.duration(to: .now) < .seconds(30) {
      if try condition() { return true }
      usleep(5000)
    }
    return false
  }

  /// While a server ends, it says so, and takes nobody; what is open goes on.
  @Test func drainingIsSaid() throws {
    let server = try TestServer { $0.drainTime = .seconds(2) }
    let client = try TestClient(server.path, "/v1/denoise")
    let drained = server.server.draining()
    #expect(
      try eventually {
        let answer = try server.get("/health")
        return answer.contains("503") && answer.contains("the server is ending")
      })
    #expect(try server.answer(TestClient.handshake("/v1/spot")).hasPrefix("HTTP/1.1 503 "))
    try client.send(samples: [1, 2, 3])
    #expect(try client.receiveToClose().code == 1012)
    try drained.wait()
    #expect(throws: ClientFailure.self) { try TestClient(connectingTo: server.path) }
    try server.server.drain()
  }
}
