import ArgumentParser
import NIOCore
import SparrowAudio
import SparrowFiles
import SparrowModels
import SparrowServer

@main
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparrow-serve",
    abstract: "Denoise speech and spot keywords over WebSockets.",
    discussion: """
      ws://HOST:PORT/v1/denoise takes 16-bit little-endian samples of one channel in binary \
      messages of any size and gives as many clean ones, at 16 kHz or with ?rate=48000 at 48; \
      /v1/spot gives a line of JSON for every word. GET /health and GET /metrics are for \
      balancers and Prometheus.

      SIGTERM or Ctrl-C ends the server: every client gets its state, from which it goes on at \
      another server without a lost sample.

      The environment variable SPARROW_ISA forces an instruction set.
      """,
    version: sparrowVersion)

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(help: "The port to listen on; 0 for any that is free.")
  var port = 8080

  @Option(help: "A Unix socket to listen on, in place of an address.")
  var unixSocket: String?

  @Option(help: "Threads that process sound.")
  var cores = 1

  @Option(help: "Maximum number of connections per thread, for each network.")
  var capacity = 512

  @Option(
    help: """
      A model file of a denoiser; may be given again for another rate (default: the embedded ones).
      """)
  var denoiser: [String] = []

  @Option(help: "A model file of a keyword spotter (default: the embedded one).")
  var spotter: String?

  @Option(help: "Maximum bytes of a message.")
  var messageBytes = 65_536

  @Option(help: "Bytes of a connection's samples that wait, above which it is not read from.")
  var waitingBytes = 32_768

  @Option(help: "Maximum seconds until a request is complete.")
  var handshakeSeconds = 10.0

  @Option(help: "Seconds after which a silent client, or one that takes no output, is closed.")
  var idleSeconds = 60.0

  @Option(help: "Seconds between SIGTERM and the end in which /health says so.")
  var drainSeconds = 0.0

  func validate() throws {
    func check(_ isGood: Bool, _ option: String, _ expected: String) throws {
      if !isGood { throw ValidationError("\(option) takes \(expected)") }
    }
    try check((0...65_535).contains(port), "--port", "a number from 0 to 65535")
    try check((1...1024).contains(cores), "--cores", "a number from 1 to 1024")
    try check((1...100_000).contains(capacity), "--capacity", "a number from 1 to 100000")
    try check((1024...1 << 26).contains(messageBytes), "--message-bytes", "1024 to 67108864")
    try check((1024...1 << 26).contains(waitingBytes), "--waiting-bytes", "1024 to 67108864")
    for (seconds, option) in [
      (handshakeSeconds, "--handshake-seconds"), (idleSeconds, "--idle-seconds"),
    ] {
      try check(seconds >= 0.1 && seconds <= 86_400, option, "0.1 to 86400")
    }
    try check((0...3600).contains(drainSeconds), "--drain-seconds", "0 to 3600")
    if let unixSocket {
      try check(
        (1...100).contains(unixSocket.utf8.count), "--unix-socket", "a path of 1 to 100 bytes")
    }
  }

  func run() throws {
    let denoisers =
      denoiser.isEmpty
      ? [try plan(nil, .denoiser), try plan(nil, .fullBandDenoiser)]
      : try denoiser.map { try plan($0, .denoiser) }
    guard Set(denoisers.map(\.sampleRate)).count == denoisers.count else {
      throw ValidationError("--denoiser takes networks of different rates")
    }
    var configuration = ServerConfiguration(
      denoisers: denoisers, spotter: try plan(spotter, .keywords))
    configuration.address =
      unixSocket.map { .unixSocket(path: $0) } ?? .host(host, port: port)
    configuration.cores = cores
    configuration.capacity = capacity
    configuration.limits.messageBytes = messageBytes
    configuration.limits.waitingBytes = waitingBytes
    configuration.limits.handshakeTime = .seconds(handshakeSeconds)
    configuration.limits.idleTime = .seconds(idleSeconds)
    configuration.limits.drainTime = .seconds(drainSeconds)
    Process.allowFiles(for: 2 * cores * capacity + 1024)
    // Before there are threads, which inherit it.
    Process.holdEndings()
    let server: Server
    do {
      server = try Server.start(configuration)
    } catch let error as FrontEndError {
      throw error
    } catch {
      let reason = (error as? IOError).map { Process.reason($0.errnoCode) } ?? "\(error)"
      throw FileError(path: unixSocket ?? "\(host):\(port)", reason: reason)
    }
    defer { if let unixSocket { Process.remove(unixSocket) } }
    let name = host.contains(":") ? "[\(host)]" : host
    let place = unixSocket.map { "unix:\($0)" } ?? "http://\(name):\(server.port ?? port)"
    try say("listening on \(place)")
    Process.waitForEnding()
    try? say("ending: every client gets its state")
    try server.drain()
  }

  private func say(_ line: String) throws(FileError) {
    try Files.write(Array((line + "\n").utf8), toDescriptor: 1, path: "standard output")
  }

  private func plan(_ path: String?, _ embedded: EmbeddedModel) throws -> Plan {
    let instructionSet = try Process.instructionSet()
    guard let path else { return Plan(embedded.network, instructionSet: instructionSet) }
    let bytes = try Files.read(path)
    do {
      return Plan(try Network(modelFile: bytes), instructionSet: instructionSet)
    } catch {
      throw FileError(path: path, reason: "\(error)")
    }
  }
}
