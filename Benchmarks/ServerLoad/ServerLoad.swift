import ArgumentParser
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Live streams at a server of denoised sound, in real time.
@main
struct ServerLoad: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send live sound to `sparrow-serve` over many connections, and time the answers.",
    discussion: """
      Every connection sends a message of one or more hops of 8 ms in real time, and the times of \
      all are spread evenly. A hop's time is from when its message had to be sent, whether or not \
      this program was late, to when its output was read.
      """)

  @Option var host = "127.0.0.1"
  @Option var port = 8080
  @Option(help: "Connections; may be given more than once.")
  var connections: [Int] = [100]
  @Option(help: "Hops in a message, from 1 to 100.")
  var messageHops = 1
  @Option(help: "Seconds that are measured.")
  var seconds = 10.0
  @Option(help: "Seconds before these.")
  var warmUp = 3.0
  @Option(help: "Raw 16-bit samples of 16 kHz to send, each connection from another place on.")
  var sound: String?

  func run() throws {
    guard (1...100).contains(messageHops) else {
      throw ValidationError("--message-hops takes 1 to 100")
    }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let samples = try sound.map(read) ?? noise()
    let messageHops = messageHops
    for count in connections {
      let loop = group.next()
      let load = try loop.submit {
        NIOLoopBound(Load(samples, hopsPerMessage: messageHops, on: loop), eventLoop: loop)
      }.wait()
      let connected = try (0..<count).map { _ in
        try ClientBootstrap(group: group)
          .channelOption(.tcpOption(.tcp_nodelay), value: 1)
          .channelOption(.maxMessagesPerRead, value: 1)
          .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
              try channel.pipeline.syncOperations.addHandler(load.value.add())
            }
          }
          .connect(host: host, port: port).wait()
      }
      let (seconds, warmUp) = (seconds, warmUp)
      let result = try loop.flatSubmit { load.value.run(seconds: seconds, warmUp: warmUp) }.wait()
      print("\(count) connections: \(result)")
      for channel in connected { try? channel.close().wait() }
    }
    try group.syncShutdownGracefully()
  }

  private func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw ValidationError("\(path) is not there") }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 24)
    let count = fread(&bytes, 1, bytes.count, file)
    guard count >= messageHops * Load.hopBytes else {
      throw ValidationError("\(path) is shorter than a message")
    }
    return Array(bytes[..<count])
  }

  /// Noise with the rhythm of syllables.
  private func noise() -> [UInt8] {
    (0..<16_000 * 10).flatMap { i -> [UInt8] in
      let sample = Int16.random(in: i / 2000 % 2 == 0 ? -8000...8000 : -300...300)
      return [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)]
    }
  }
}
