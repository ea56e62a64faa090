import NIOCore
import NIOHTTP1

/// A thread's part of a server: its groups and its connections. All of it runs on one event loop.
final class Shard {
  let loop: any EventLoop
  let limits: ServerLimits
  /// Of every network.
  private let rounds: [Rounds]
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var counts = Metrics()
  /// Connections that have no place yet, or want none.
  private var requests = 0
  private let mostRequests: Int
  private(set) var isDraining = false
  private var drained: EventLoopPromise<Void>?

  /// - Throws: `FrontEndError` for networks of other tasks.
  init(_ configuration: ServerConfiguration, on loop: any EventLoop) throws {
    self.loop = loop
    var limits = configuration.limits
    let capacity = configuration.capacity
    var engines: [any SignalEngine] = try configuration.denoisers.map {
      try DenoiserEngine($0, capacity: capacity)
    }
    engines.append(try SpotterEngine(configuration.spotter, capacity: capacity))
    for engine in engines {
      limits.messageBytes = max(limits.messageBytes, JSON.stateTextBytes(engine.stateByteCount))
    }
    rounds = engines.map { Rounds($0, on: loop) }
    self.limits = limits
    mostRequests = 128 + capacity
    scheduleSweep()
  }

  /// Those of the network that a request is for.
  func rounds(for request: StreamRequest) -> Rounds {
    rounds.first { $0.engine.network == request.network }!
  }

  // MARK: Requests

  /// Takes a connection whose request has not come yet.
  ///
  /// - Returns: whether there is room for it.
  func beginRequest() -> Bool {
    guard requests < mostRequests else {
      countRefusal("connections")
      return false
    }
    requests += 1
    counts.requests += 1
    return true
  }

  func endRequest() { requests -= 1 }

  func route(_ head: HTTPRequestHead) throws(Refusal) -> Route {
    let route = try Route(head, rounds.map(\.engine.network))
    if case .stream(let request) = route {
      if isDraining { throw .draining }
      let engine = rounds(for: request).engine
      if engine.count >= engine.capacity { throw .full }
    }
    return route
  }

  /// - Parameter reason: a status of HTTP, or `connections` where there are too many to answer.
  func countRefusal(_ reason: String) { counts.refused[reason, default: 0] += 1 }

  // MARK: Connections

  func add(_ connection: Connection) { connections[ObjectIdentifier(connection)] = connection }

  func remove(_ connection: Connection) {
    connections[ObjectIdentifier(connection)] = nil
    finishDraining()
  }

  func count(_ ending: Metrics.Ending) { counts.closed[ending, default: 0] += 1 }

  private func scheduleSweep() {
    let pause = min(limits.idleTime.nanoseconds, limits.closeTime.nanoseconds) / 4
    loop.assumeIsolated().scheduleTask(in: .nanoseconds(min(1_000_000_000, pause))) {
      [weak self] in
      self?.sweep()
    }
  }

  /// Ends connections whose time is over.
  private func sweep() {
    let now = NIODeadline.now()
    for connection in connections.values { connection.checkTime(now) }
    scheduleSweep()
  }

  // MARK: The end

  /// Refuses new connections.
  func beginDraining() { isDraining = true }

  /// Sends every connection its state and closes it.
  ///
  /// - Returns: a future of when all are closed.
  func drain() -> EventLoopFuture<Void> {
    isDraining = true
    let promise = drained ?? loop.makePromise()
    drained = promise
    for connection in connections.values { connection.leave() }
    finishDraining()
    return promise.futureResult
  }

  private func finishDraining() {
    guard connections.isEmpty, let drained else { return }
    drained.succeed()
  }

  var metrics: Metrics {
    var metrics = counts
    for rounds in rounds { metrics.networks[rounds.engine.network] = rounds.metrics }
    return metrics
  }
}
