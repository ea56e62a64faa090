import SparrowAudio
import SparrowModels
import TestSupport

@testable import SparrowServer

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A server on a socket in a folder of temporary files, as tests may run where there is no network.
final class TestServer {
  let server: Server
  let path: String

  static let denoiser = Plan(EmbeddedModel.denoiser.network)
  static let fullBandDenoiser = Plan(EmbeddedModel.fullBandDenoiser.network)
  static let spotter = Plan(EmbeddedModel.keywords.network)

  init(
    cores: Int = 1, capacity: Int = 4, limits change: (inout ServerLimits) -> Void = { _ in }
  ) throws {
    var configuration = ServerConfiguration(
      denoisers: [Self.denoiser, Self.fullBandDenoiser], spotter: Self.spotter)
    path = "/tmp/sparrow-test-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
    configuration.address = .unixSocket(path: path)
    configuration.cores = cores
    configuration.capacity = capacity
    // Clients that say nothing more don't hold up the end for long.
    configuration.limits.closeTime = .milliseconds(300)
    change(&configuration.limits)
    server = try Server.start(configuration)
  }

  deinit { unlink(path) }

  func get(_ uri: String) throws -> String { try answer("GET \(uri) HTTP/1.1\r\n\r\n") }

  /// The answer to bytes, up to the connection's end.
  func answer(_ request: String) throws -> String {
    let client = try TestClient(connectingTo: path)
    try client.send(request)
    return try client.receiveAll()
  }
}

/// Sound of a seed's own: noise with a rhythm.
func sound(_ seed: UInt64, count: Int) -> [Int16] {
  var numbers = TestNumbers(seed: seed)
  return (0..<count).map { i in
    Int16(numbers.float() * (i / 1600 % 2 == 0 ? 9000 : 300))
  }
}

/// The same by a single denoiser.
func denoised(
  _ samples: [Int16], _ options: DenoisingOptions = .init(), by plan: Plan = TestServer.denoiser
) throws -> [Int16] {
  var denoiser = try Denoiser(plan, options: options)
  return denoiser.denoise(samples.map { Float($0) / 32768 }).map {
    Int16(min(max($0 * 32768, -32768), 32767).rounded(.toNearestOrEven))
  }
}

/// Pieces of random sizes.
func pieces<T>(_ values: [T], seed: UInt64, most: Int) -> [ArraySlice<T>] {
  var numbers = TestNumbers(seed: seed)
  var pieces: [ArraySlice<T>] = []
  var start = 0
  while start < values.count {
    let end = min(values.count, start + 1 + Int(numbers.next() % UInt64(most)))
    pieces.append(values[start..<end])
    start = end
  }
  return pieces
}

extension StreamNetwork {
  static let denoise = StreamNetwork(.denoise, sampleRate: 16_000)
}
