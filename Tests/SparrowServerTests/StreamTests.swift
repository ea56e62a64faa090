import SparrowAudio
import TestSupport
import Testing

@testable import SparrowServer

/// Valid streams.
struct StreamTests {
  /// Messages of any size have the samples of a single denoiser, aligned and as many.
  @Test(arguments: [1, 300, 5000])
  func samplesAreADenoisers(most: Int) throws {
    let server = try TestServer()
    // A tail that is no whole hop, and less than a hop.
    for (seed, count) in [(1, 128 * 9 + 77), (2, 50), (3, 0)] as [(UInt64, Int)] {
      let samples = sound(seed, count: min(count, most * 800))
      let client = try TestClient(server.path, "/v1/denoise")
      for piece in pieces(samples, seed: seed, most: most) { try client.send(samples: piece) }
      try client.send(message: "{\"type\":\"end\"}")
      let (found, texts, code) = try client.receiveToClose()
      let expected = try denoised(samples)
      #expect(found == expected)
      #expect(
        texts == ["{\"type\":\"end\",\"consumed\":\(samples.count),\"produced\":\(samples.count)}"])
      #expect(code == 1000)
    }
    try server.server.drain()
  }

  @Test func optionsAreEachConnections() throws {
    let server = try TestServer()
    let samples = sound(4, count: 2000)
    let uris = ["/v1/denoise", "/v1/denoise?rate=16000&attenuation-limit=6&mix=0.5"]
    let options = [DenoisingOptions(), DenoisingOptions(attenuationLimit: 6, mix: 0.5)]
    let clients = try uris.map { try TestClient(server.path, $0) }
    for client in clients {
      try client.send(samples: samples)
      try client.send(message: "{\"type\":\"end\"}")
    }
    for (client, options) in zip(clients, options) {
      #expect(try client.receiveToClose().samples == denoised(samples, options))
    }
    try server.server.drain()
  }

  /// At each rate its network, at the same time, and a state goes on at its own rate only.
  @Test func aNetworkForEachRate() throws {
    let server = try TestServer()
    let samples = sound(7, count: 480 * 12 + 5)
    let plans = [16_000: TestServer.denoiser, 48_000: TestServer.fullBandDenoiser]
    let clients = try plans.map { rate, plan in
      (try TestClient(server.path, "/v1/denoise?rate=\(rate)"), plan)
    }
    for (client, _) in clients {
      for piece in pieces(samples, seed: 8, most: 700) { try client.send(samples: piece) }
      try client.send(message: "{\"type\":\"state\"}")
      try client.send(message: "{\"type\":\"end\"}")
    }
    for (client, plan) in clients {
      let (found, texts, code) = try client.receiveToClose()
      #expect(try found == denoised(samples, by: plan))
      #expect(texts.count == 2 && code == 1000)
      let other = plan.sampleRate == 16_000 ? 48_000 : 16_000
      let stranger = try TestClient(server.path, "/v1/denoise?rate=\(other)")
      try stranger.send(message: texts[0])
      #expect(try stranger.receiveToClose().code == 1008)
    }
    let metrics = try server.server.metrics()
    for rate in plans.keys {
      let counts = metrics.networks[StreamNetwork(.denoise, sampleRate: rate)]
      #expect(counts?.capacity == 4 && counts?.accepted == 2)
    }
    #expect(try server.get("/v1/denoise?rate=44100").contains("expected 16000 or 48000"))
    try server.server.drain()
  }

  /// Fragments that split samples, with pings in between.
  @Test func fragmentsAndPings() throws {
    let server = try TestServer()
    let samples = sound(5, count: 3000)
    let client = try TestClient(server.path, "/v1/denoise")
    let parts = pieces(bytes(of: samples), seed: 6, most: 301)
    for (i, part) in parts.enumerated() {
      try client.send(
        TestClient.frame(
          i == 0 ? TestClient.binary : 0, Array(part), isLast: i + 1 == parts.count))
      if i == 3 { try client.send(TestClient.frame(9, [1, 2, 3])) }
      if i == 4 { try client.send(TestClient.frame(10, [])) }
    }
    try client.send(message: "{\"type\":\"end\"}")
    var found: [Int16] = []
    var pongs = 0
    while let frame = try client.receive(), frame.opcode != 8 {
      if frame.opcode == 10 {
        #expect(frame.payload == [1, 2, 3])
        pongs += 1
      }
      if frame.opcode == TestClient.binary { found += frame.samples }
    }
    #expect(try found == denoised(samples))
    #expect(pongs == 1)
    try server.server.drain()
  }

  @Test func wordsAreASpotters() throws {
    let server = try TestServer()
    var spotter = try Spotter(TestServer.spotter)
    spotter.threshold = 1e-6
    let samples = sound(7, count: 16000)
    let client = try TestClient(server.path, "/v1/spot?threshold=0.000001")
    for piece in pieces(samples, seed: 8, most: 900) { try client.send(samples: piece) }
    try client.send(message: "{\"type\":\"end\"}")
    var expected: [String] = []
    let hop = spotter.hop
    for start in stride(from: 0, to: samples.count, by: hop) {
      var input = samples[start..<min(samples.count, start + hop)].map { Float($0) / 32768 }
      input += [Float](repeating: 0, count: hop - input.count)
      guard let word = spotter.process(input.span) else { continue }
      expected.append(
        JSON.word(
          "\"\(spotter.words[word.word])\"", time: Double(word.time) / 16000,
          confidence: word.confidence))
    }
    let (_, texts, code) = try client.receiveToClose()
    #expect(!expected.isEmpty)
    #expect(texts.dropLast() == expected[...])
    #expect(texts.last == "{\"type\":\"end\",\"consumed\":16000,\"produced\":0}")
    #expect(code == 1000)
    try server.server.drain()
  }

  /// Signals that are marked by their seeds don't cross, on one thread and on several.
  @Test(arguments: [1, 3])
  func connectionsDoNotCross(cores: Int) throws {
    let server = try TestServer(cores: cores, capacity: 64)
    let count = 64
    let sounds = (0..<count).map { sound(UInt64(100 + $0), count: 700 + $0) }
    let clients = try sounds.map { _ in try TestClient(server.path, "/v1/denoise") }
    let listener = try TestClient(server.path, "/v1/spot")
    var rest = zip(sounds, 0...).map { pieces($0, seed: UInt64($1), most: 700)[...] }
    while rest.contains(where: { !$0.isEmpty }) {
      for (i, client) in clients.enumerated() {
        if let piece = rest[i].popFirst() { try client.send(samples: piece) }
      }
      try listener.send(samples: sounds[0][..<100])
    }
    for client in clients { try client.send(message: "{\"type\":\"end\"}") }
    for (client, sound) in zip(clients, sounds) {
      #expect(try client.receiveToClose().samples == denoised(sound))
    }
    let metrics = try server.server.metrics()
    #expect(metrics.networks[.denoise]?.accepted == count)
    #expect(metrics.networks[.denoise]?.samplesOut == sounds.reduce(0) { $0 + $1.count })
    #expect(metrics.closed[.ended] == count)
    try server.server.drain()
  }

  /// A client that takes nothing holds up nobody, and loses nothing.
  @Test func slowReaders() throws {
    let server = try TestServer()
    let slow = try TestClient(server.path, "/v1/denoise")
    let samples = sound(9, count: 16000)
    let frame = TestClient.frame(TestClient.binary, bytes(of: samples))
    var sent = 0
    var waits = 0
    while sent < 100 * frame.count && waits < 20 {
      let place = sent % frame.count
      let count = slow.sendSome(Array(frame[place...]))
      sent += count
      waits = count == 0 ? waits + 1 : 0
      if count == 0 {
        let quick = try TestClient(server.path, "/v1/denoise")
        try quick.send(samples: samples[..<1000])
        try quick.send(message: "{\"type\":\"end\"}")
        #expect(try quick.receiveToClose().samples == denoised(Array(samples[..<1000])))
      }
    }
    // Of 3 MB, only what fits in the limits and the sockets' buffers was taken.
    #expect(sent < 60 * frame.count)
    var rest = Array(frame[(sent % frame.count)...])
    let whole = (sent + rest.count) / frame.count
    var found: [Int16] = []
    while found.count < whole * samples.count - 384 - 128 {
      if !rest.isEmpty { rest.removeFirst(slow.sendSome(rest)) }
      guard let frame = try slow.receive() else { break }
      found += frame.samples
    }
    var all: [Int16] = []
    for _ in 0..<whole { all += samples }
    #expect(try denoised(all)[..<found.count] == found[...])
    try server.server.drain()
  }
}
