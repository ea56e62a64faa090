import NIOCore

/// Steps of a group: a round takes a hop of every connection that has one.
///
/// Rounds begin a multiple of a round's time after one another, so that there is time to read and
/// write between them, and at least once in a hop's time, so that they have many streams exactly
/// when there is much to do. A backlog is worked off with shorter pauses: hops that came in one
/// message are better processed with other connections' than in lanes that are mostly empty.
final class Rounds {
  let engine: any SignalEngine
  private let loop: any EventLoop
  private(set) var metrics = Metrics.Network()
  /// Connections that may have a hop.
  private var ready: [Connection] = []
  private var current: [Connection] = []
  private var isScheduled = false
  private var lastStart = NIODeadline.uptimeNanoseconds(0)
  /// Average nanoseconds of a round with its writes.
  private var cost: Int64 = 0
  /// Maximum nanoseconds between the beginnings of rounds.
  private let mostPause: Int64

  init(_ engine: any SignalEngine, on loop: any EventLoop) {
    self.engine = engine
    self.loop = loop
    // A bit less than a hop, so that rounds don't fall behind the clients' clocks.
    mostPause = Int64(engine.hop) * 1_000_000_000 / Int64(engine.sampleRate) * 15 / 16
    metrics.capacity = engine.capacity
  }

  /// Has the next round look at a connection.
  func add(_ connection: Connection) {
    guard !connection.isReady else { return }
    connection.isReady = true
    ready.append(connection)
    schedule(after: pause)
  }

  /// Nanoseconds between the beginnings of rounds.
  private var pause: Int64 { min(2 * cost, mostPause) }

  private func schedule(after pause: Int64) {
    guard !isScheduled, !ready.isEmpty else { return }
    isScheduled = true
    let due = lastStart + .nanoseconds(pause)
    let isolated = loop.assumeIsolated()
    if due <= .now() {
      // Behind what else has come at the same time.
      isolated.execute { self.run() }
    } else {
      isolated.scheduleTask(deadline: due) { self.run() }
    }
  }

  private func run() {
    isScheduled = false
    let start = NIODeadline.now()
    lastStart = start
    swap(&ready, &current)
    var count = 0
    for connection in current {
      connection.isReady = false
      guard connection.isDue else { continue }
      connection.fill(hop(engine.input, count))
      engine.indices[count] = connection.index
      current[count] = connection
      count += 1
    }
    if count > 0 {
      engine.process(count)
      for (place, word) in engine.heard { current[place].hear(word) }
      for place in 0..<count { current[place].take(hop(engine.output, place)) }
      let end = NIODeadline.now()
      for place in 0..<count {
        let connection = current[place]
        while connection.answered > 0 {
          connection.answered -= 1
          guard let arrival = connection.arrivals.popFirst() else { continue }
          metrics.latency.add((end - arrival).nanoseconds)
        }
      }
      let time = (end - start).nanoseconds
      metrics.rounds += 1
      metrics.roundStreams += count
      metrics.roundNanoseconds += time
      cost += (time - cost) / 8
    }
    var hasBacklog = false
    for place in 0..<count where current[place].isDue && !current[place].isReady {
      current[place].isReady = true
      ready.append(current[place])
      hasBacklog = true
    }
    current.removeAll(keepingCapacity: true)
    schedule(after: hasBacklog ? min(cost + cost / 4, mostPause) : pause)
  }

  private func hop(
    _ samples: UnsafeMutableBufferPointer<Float>, _ place: Int
  ) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(rebasing: samples[place * engine.hop..<(place + 1) * engine.hop])
  }

  // MARK: Counts

  func countConnection() {
    metrics.connections += 1
    metrics.accepted += 1
  }
  func countEnd() { metrics.connections -= 1 }
  func countResumption() { metrics.resumed += 1 }
  func countState() { metrics.states += 1 }
  func countWord() { metrics.words += 1 }
  func countInput(_ samples: Int) { metrics.samplesIn += samples }
  func countOutput(_ samples: Int) { metrics.samplesOut += samples }
}
