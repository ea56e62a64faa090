/// Counts of a thread, which add up to those of a server.
package struct Metrics: Sendable {
  /// How a connection ended.
  package enum Ending: String, CaseIterable, Sendable {
    /// The client said `end`, and got everything.
    case ended
    /// The client closed the WebSocket before that.
    case left
    /// The connection broke.
    case lost
    /// Nothing came from the client.
    case idle
    /// The client did not take its output.
    case slow
    /// The server ended, and sent the state.
    case restart
    /// A message that is no samples, or no known text.
    case badMessage = "bad_message"
    /// A state that is none of the network's.
    case badState = "bad_state"
    /// A message of too many bytes.
    case tooLarge = "too_large"
    /// Frames that break the protocol of WebSockets.
    case badFrame = "bad_frame"
    /// The last place was taken during the handshake.
    case full
  }

  /// Counts of the connections of a network.
  package struct Network: Sendable {
    package var connections = 0
    package var capacity = 0
    package var accepted = 0
    package var resumed = 0
    package var states = 0
    package var samplesIn = 0
    package var samplesOut = 0
    package var words = 0
    package var rounds = 0
    /// The sum of the streams of all rounds.
    package var roundStreams = 0
    package var roundNanoseconds: Int64 = 0
    package var latency = Histogram()
  }

  package var networks: [StreamNetwork: Network] = [:]
  /// Requests that were not served, by status of HTTP.
  package var refused: [String: Int] = [:]
  package var closed: [Ending: Int] = [:]
  /// Connections that are not WebSockets, or not yet.
  package var requests = 0

  static func += (sum: inout Metrics, other: Metrics) {
    for (network, counts) in other.networks {
      sum.networks[network, default: Network()] += counts
    }
    sum.refused.merge(other.refused, uniquingKeysWith: +)
    sum.closed.merge(other.closed, uniquingKeysWith: +)
    sum.requests += other.requests
  }
}

extension Metrics.Network {
  static func += (sum: inout Self, other: Self) {
    sum.connections += other.connections
    sum.capacity += other.capacity
    sum.accepted += other.accepted
    sum.resumed += other.resumed
    sum.states += other.states
    sum.samplesIn += other.samplesIn
    sum.samplesOut += other.samplesOut
    sum.words += other.words
    sum.rounds += other.rounds
    sum.roundStreams += other.roundStreams
    sum.roundNanoseconds += other.roundNanoseconds
    sum.latency += other.latency
  }
}

/// Times by their size.
package struct Histogram: Sendable {
  /// Upper bounds of the buckets in milliseconds; a last one has no bound.
  package static let bounds: [Double] = [0.25, 0.5, 1, 2, 4, 8, 12, 16, 20, 30, 50, 100, 250, 1000]
  package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
  package private(set) var nanoseconds: Int64 = 0

  package var count: Int { counts.reduce(0, +) }

  mutating func add(_ time: Int64) {
    let milliseconds = Double(time) * 1e-6
    var bucket = 0
    while bucket < Self.bounds.count, milliseconds > Self.bounds[bucket] { bucket += 1 }
    counts[bucket] += 1
    nanoseconds &+= time
  }

  static func += (sum: inout Histogram, other: Histogram) {
    for i in sum.counts.indices { sum.counts[i] += other.counts[i] }
    sum.nanoseconds &+= other.nanoseconds
  }
}
