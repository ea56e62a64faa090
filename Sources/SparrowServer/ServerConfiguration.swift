package import NIOCore
package import SparrowAudio

/// The networks, the address, the size and the limits of a server.
package struct ServerConfiguration: Sendable {
  /// Where a server listens.
  package enum Address: Sendable {
    /// Port 0 for any that is free.
    case host(String, port: Int)
    case unixSocket(path: String)
  }

  package var address: Address = .host("127.0.0.1", port: 8080)
  /// Plans of denoisers' networks, each of another sample rate. The first is for clients that don't
  /// say a rate.
  package var denoisers: [Plan]
  /// Plan of a keyword spotter's network.
  package var spotter: Plan
  /// Threads; each has a group of every network.
  package var cores = 1
  /// Maximum number of connections per thread and network.
  package var capacity = 512
  package var limits = ServerLimits()

  package init(denoisers: [Plan], spotter: Plan) {
    self.denoisers = denoisers
    self.spotter = spotter
  }
}

/// Limits of what clients may take of a server's memory and time.
package struct ServerLimits: Sendable {
  /// Maximum bytes of a message; those with a state may be as long as a state's.
  package var messageBytes = 1 << 16
  /// Bytes of a connection's samples that wait, above which it is not read from.
  package var waitingBytes = 1 << 15
  /// Bytes of a connection's output that wait, above which it is neither stepped nor read from.
  package var outputBytes = 1 << 15
  /// Bytes that the system keeps for a connection in each direction (Linux takes twice as many);
  /// by itself it would keep megabytes of what a client sends before it is read.
  package var socketBytes = 1 << 16
  /// Maximum bytes of a request until the connection is a WebSocket.
  package var requestBytes = 1 << 13
  /// Maximum time of a request until it is answered.
  package var handshakeTime = TimeAmount.seconds(10)
  /// Maximum time in which nothing comes from a client, or nothing goes to it.
  package var idleTime = TimeAmount.seconds(60)
  /// Maximum time between the server's close frame and the client's.
  package var closeTime = TimeAmount.seconds(5)
  /// Time in which a server that ends still answers that it ends, so that proxies notice.
  package var drainTime = TimeAmount.zero

  package init() {}
}

/// The kinds of connections.
package enum StreamKind: String, CaseIterable, Sendable {
  /// Samples in, clean samples out.
  case denoise
  /// Samples in, words out.
  case spot

  var path: String { "/v1/\(rawValue)" }
}

/// The task and the sample rate of a server's network, which no two of them share.
package struct StreamNetwork: Hashable, Sendable {
  package var kind: StreamKind
  /// In samples a second.
  package var sampleRate: Int

  package init(_ kind: StreamKind, sampleRate: Int) {
    self.kind = kind
    self.sampleRate = sampleRate
  }
}

/// The options in a connection's address.
struct StreamRequest: Sendable {
  var network: StreamNetwork
  var options = DenoisingOptions()
  /// The smoothed probability from which a word is reported; nil for the network's.
  var threshold: Float?
}
