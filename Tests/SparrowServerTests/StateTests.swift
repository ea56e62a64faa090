import SparrowAudio
import TestSupport
import Testing

@testable import SparrowServer

/// Streams that go on elsewhere.
struct StateTests {
  private static let ask = "{\"type\":\"state\"}"
  private static let end = "{\"type\":\"end\"}"

  /// The counts of a state.
  private func counts(_ text: String) throws -> (consumed: Int, produced: Int) {
    let message = try #require(ClientMessage(Array(text.utf8)))
    return (try #require(message.consumed), try #require(message.produced))
  }

  /// A server that ends gives every client its state, from which another server goes on.
  @Test func handOver() throws {
    let first = try TestServer()
    let second = try TestServer()
    let samples = sound(1, count: 5000)
    let expected = try denoised(samples)
    for sent in [0, 100, 128, 700, 4999] {
      let before = try TestServer()
      let client = try TestClient(before.path, "/v1/denoise")
      if sent > 0 { try client.send(samples: samples[..<sent]) }
      // So that the server has read them: what it has not read, it does not answer for.
      try client.send(TestClient.frame(9, []))
      var found: [Int16] = []
      while let frame = try client.receive(), frame.opcode != 10 { found += frame.samples }
      let drained = before.server.draining()
      let (more, texts, code) = try client.receiveToClose()
      try drained.wait()
      try before.server.kill()
      found += more
      let state = try #require(texts.first)
      let (consumed, produced) = try counts(state)
      #expect(code == 1012)
      #expect(consumed == sent / 128 * 128)
      #expect(found.count == produced)
      let after = try TestClient(second.path, "/v1/denoise")
      try after.send(message: state)
      try after.send(samples: samples[consumed...])
      try after.send(message: Self.end)
      found += try after.receiveToClose().samples
      #expect(found == expected)
    }
    try first.server.drain()
    try second.server.drain()
  }

  /// A state that was asked for is of a known place in the signal; after an abrupt end, the client
  /// sends again what came later.
  @Test func resumption() throws {
    let samples = sound(2, count: 6000)
    let expected = try denoised(samples)
    let first = try TestServer()
    let client = try TestClient(first.path, "/v1/denoise")
    try client.send(samples: samples[..<1000])
    try client.send(message: Self.ask)
    try client.send(samples: samples[1000..<3000])
    var found: [Int16] = []
    let state = try client.receiveText(adding: &found)
    let (consumed, produced) = try counts(state)
    #expect(consumed == 896 && produced == 512 && found.count == 512)
    // More than that comes, and is dropped.
    found += try #require(try client.receive()).samples
    #expect(found.count > produced)
    try first.server.kill()

    let second = try TestServer()
    let after = try TestClient(second.path, "/v1/denoise")
    try after.send(message: state)
    try after.send(samples: samples[consumed...])
    try after.send(message: Self.end)
    let (rest, texts, _) = try after.receiveToClose()
    #expect(found[..<produced] + rest == expected[...])
    #expect(found[produced...] == rest[..<(found.count - produced)])
    #expect(texts.last?.contains("\"produced\":6000}") == true)
    #expect(try second.server.metrics().networks[.denoise]?.resumed == 1)
    try second.server.drain()
  }

  /// Times of words count from the signal's beginning.
  @Test func wordsGoOn() throws {
    let server = try TestServer()
    let samples = sound(3, count: 16000)
    func words(_ client: TestClient, _ samples: ArraySlice<Int16>) throws -> [String] {
      try client.send(samples: samples)
      try client.send(message: Self.end)
      return try client.receiveToClose().texts.filter { $0.contains("\"word\"") }
    }
    let uri = "/v1/spot?threshold=0.000001"
    let expected = try words(try TestClient(server.path, uri), samples[...])
    let first = try TestClient(server.path, uri)
    try first.send(samples: samples[..<9000])
    try first.send(message: Self.ask)
    var found: [String] = []
    var none: [Int16] = []
    var state = ""
    while state.isEmpty {
      let text = try first.receiveText(adding: &none)
      if text.contains("\"state\"") { state = text } else { found.append(text) }
    }
    let (consumed, produced) = try counts(state)
    #expect(produced == 0)
    let second = try TestClient(server.path, uri)
    try second.send(message: state)
    found += try words(second, samples[consumed...])
    #expect(found == expected)
    #expect(!expected.isEmpty)
    try server.server.drain()
  }

  /// However often a client asks, there is an answer per place of the signal at most, and one to
  /// the last question.
  @Test func floodsOfQuestions() throws {
    let server = try TestServer()
    let client = try TestClient(server.path, "/v1/denoise")
    let question = TestClient.frame(TestClient.text, Array(Self.ask.utf8))
    try client.send([[UInt8]](repeating: question, count: 100).flatMap { $0 })
    try client.send(samples: sound(4, count: 640))
    try client.send(message: Self.ask)
    var places: [Int] = []
    var none: [Int16] = []
    while places.last != 640 {
      places.append(try counts(client.receiveText(adding: &none)).consumed)
    }
    #expect(places.count <= 100)
    #expect(none.count == 256)
    try server.server.drain()
  }

  /// States that are none close the connection with a line, and leave the server whole.
  @Test func badStates() throws {
    let server = try TestServer()
    func state(_ uri: String) throws -> String {
      let client = try TestClient(server.path, uri)
      try client.send(samples: sound(5, count: 640))
      try client.send(message: Self.ask)
      var none: [Int16] = []
      var text = ""
      while !text.contains("\"state\"") { text = try client.receiveText(adding: &none) }
      return text
    }
    let good = try state("/v1/denoise")
    let bad = [
      try state("/v1/spot"),
      good.replacing("\"consumed\":640", with: "\"consumed\":641"),
      good.replacing("\"consumed\":640", with: "\"consumed\":-128"),
      good.replacing("\"consumed\":640", with: "\"consumed\":9223372036854775680"),
      good.replacing("\"produced\":256", with: "\"produced\":640"),
      good.replacing("\"produced\":256,", with: ""),
      "{\"type\":\"state\",\"consumed\":0,\"produced\":0,\"state\":\"\"}",
      "{\"type\":\"state\",\"consumed\":0,\"produced\":0,\"state\":\"?\"}",
      "{\"type\":\"state\",\"consumed\":0,\"produced\":0,\"state\":\"AAAA\"}",
    ]
    for text in bad {
      let client = try TestClient(server.path, "/v1/denoise")
      try client.send(message: text)
      #expect(try client.receiveToClose().code == 1008)
    }
    // A state that is not the first message; and one of garbage in the right shape, which is heard
    // by nobody else.
    let late = try TestClient(server.path, "/v1/denoise")
    try late.send(samples: [1, 2])
    try late.send(message: good)
    #expect(try late.receiveToClose().code == 1008)
    var garbage = try #require(ClientMessage(Array(good.utf8))?.stateBytes)
    for i in 24..<garbage.count { garbage[i] = UInt8(truncatingIfNeeded: i % 7 == 0 ? i : 255) }
    let client = try TestClient(server.path, "/v1/denoise")
    try client.send(message: JSON.state(garbage, consumed: 640, produced: 256))
    try client.send(samples: sound(6, count: 4000))
    try client.send(message: Self.end)
    let (samples, _, code) = try client.receiveToClose()
    #expect(code == 1000 && samples.count == 4000 - 256 + 640)
    try server.server.drain()
  }
}
