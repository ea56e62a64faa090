public import Sparrow

/// A network in fixed point on a mesh of neuron cores, time step by time step. It computes: what comes out is
/// what `NetworkStream.step` gives for the same integers, bit for bit.
///
/// A time step begins with a barrier. In it, every core at work goes through the synapses of the events that
/// the step before sent to it, updates its neurons, and sends an event for every value that is not zero to
/// every core that has synapses for it. A frame takes a time step for each stage of the network.
public struct NeurocoreSimulation: Sendable {
  /// How frames go through the stages.
  public enum Mode: String, Sendable, Codable, CaseIterable {
    /// One frame at a time, each as soon as it is there: the least latency.
    case fallThrough
    /// A frame in every stage: the most frames a second.
    case pipelined
  }

  public let chip: NeurocoreChip
  public let mode: Mode
  public let placement: Placement
  public let inputWidth: Int
  /// Exponents of the integers in frames that come in and go out.
  public let inputExponent: Int
  public let outputExponent: Int
  /// Time steps from a frame's first to its last.
  public let depth: Int
  public private(set) var counts = NeurocoreCounts()

  let groups: [NeuronGroup]
  private let output: Int
  private let limit: Int
  private var cores: [CoreState]
  private var traffic: MeshTraffic
  /// Events of the frames on their way: by frame, modulo the depth and one, then by group, the input last.
  private var events: [[[Event]]]
  private var framesTaken = 0
  private var framesGiven = 0

  /// - Parameters:
  ///   - policy: how many cores the network gets.
  ///   - activity: the share of values that are not zero, by which cores are shared out.
  /// - Throws: ``ChipError`` where the network is not in fixed point or has no room.
  public init(
    _ network: Network, on chip: NeurocoreChip, mode: Mode = .fallThrough,
    policy: Placement.Policy = .fastest, activity: Double = 0.5
  ) throws(ChipError) {
    let builder = try GroupBuilder(network, chip: chip.file.name)
    groups = builder.groups
    placement = try Placement(
      groups, on: chip, weightBits: network.quantization!.scheme.weightBits, policy: policy,
      activity: activity)
    self.chip = chip
    self.mode = mode
    output = builder.output
    limit = builder.limit
    inputWidth = network.inputWidth
    inputExponent = builder.inputExponent
    outputExponent = groups[output].exponent
    depth = groups[output].stage + 1
    cores = []
    let shares = placement.cores
    for (index, range) in placement.coresOfGroup.enumerated() {
      cores += CoreState.cores(
        of: groups[index], index: index, shares: range.map { shares[$0].neurons },
        limit: limit)
    }
    traffic = MeshTraffic(groups, placement, chip, output: output)
    let none = Array(repeating: [Event](), count: groups.count + 1)
    events = Array(repeating: none, count: depth + 1)
  }

  /// The integers of a frame: clip(x · 2^e), to nearest, ties to even; what is not a number is 0.
  public func integers(_ frame: some Sequence<Float>) -> [Int] {
    let scale = Float(sign: .plus, exponent: inputExponent, significand: 1)
    return frame.map { value in
      let scaled = value * scale
      guard !scaled.isNaN else { return 0 }
      return Int(min(max(scaled, -Float(limit)), Float(limit)).rounded(.toNearestOrEven))
    }
  }

  /// Takes frames, one after the other, and gives as many.
  ///
  /// - Parameter frames: integers, `inputWidth` to a frame.
  public mutating func run(_ frames: [[Int]]) -> [[Int]] {
    var results: [[Int]] = []
    switch mode {
    case .fallThrough:
      for frame in frames {
        take(frame)
        let last = framesTaken - 1
        for stage in 0..<depth { timeStep { $0 == stage ? last : nil } }
        results.append(give())
      }
    case .pipelined:
      let first = framesTaken
      for time in first..<first + frames.count + depth - 1 {
        if time - first < frames.count { take(frames[time - first]) }
        let last = framesTaken
        timeStep { stage in
          let frame = time - stage
          return frame >= first && frame < last ? frame : nil
        }
        if time - first >= depth - 1 { results.append(give()) }
      }
    }
    counts.frames += frames.count
    return results
  }

  private mutating func take(_ frame: [Int]) {
    precondition(frame.count == inputWidth, "a frame has the network's input width")
    events[framesTaken % events.count][groups.count] = nonZeros(frame)
    framesTaken += 1
  }

  private mutating func give() -> [Int] {
    var values = Array(repeating: 0, count: groups[output].outputs)
    for event in events[framesGiven % events.count][output] {
      values[Int(event.place)] = Int(event.value)
    }
    framesGiven += 1
    return values
  }

  private func nonZeros(_ values: some Sequence<Int>) -> [Event] {
    values.enumerated().compactMap { place, value in
      value == 0 ? nil : Event(place: Int32(place), value: Int32(value))
    }
  }

  /// - Parameter frame: the frame that groups of a stage are at, or nil where they have nothing to do.
  private mutating func timeStep(_ frame: (Int) -> Int?) {
    var slowest = 0.0
    for index in groups.indices {
      guard let frame = frame(groups[index].stage) else { continue }
      let slot = frame % events.count
      if groups[index].stage == 0 { traffic.sendInput(events[slot][groups.count]) }
      var real: [Int] = []
      var imaginary: [Int] = []
      for core in placement.coresOfGroup[index] {
        let known = events[slot]
        let work = cores[core].step { known[$0 ?? groups.count] }
        counts.matrixSynapses += work.matrixSynapses
        counts.synapses += work.synapses
        counts.updates += work.updates
        let seconds =
          Double(work.synapses) * chip.times.synapse + Double(work.updates) * chip.times.neuron
        counts.coreSeconds += seconds
        slowest = max(slowest, seconds)
        real += cores[core].values
        imaginary += cores[core].imaginaryValues
      }
      let sent = nonZeros(real + imaginary)
      events[slot][index] = sent
      traffic.send(sent, from: index)
    }
    let sent = traffic.finishTimeStep()
    counts.messages += sent.messages
    counts.hops += sent.hops
    counts.busiestLink = max(counts.busiestLink, sent.busiestLink)
    counts.timeSteps += 1
    counts.seconds +=
      slowest + Double(sent.busiestLink) * chip.times.message
      + Double(sent.longestPath) * chip.times.hop + chip.times.barrier
  }

  /// Messages that every link has carried, links without any left out.
  public var linkTraffic: [LinkTraffic] { traffic.links }
}

/// What cores and mesh have done.
public struct NeurocoreCounts: Sendable, Hashable {
  public internal(set) var frames = 0
  public internal(set) var timeSteps = 0
  /// Weights gone through for events: those of matrices, which are effective multiply-accumulates, and all,
  /// with those that carry a value on to the neuron of the same place.
  public internal(set) var matrixSynapses = 0
  public internal(set) var synapses = 0
  /// Updates of neurons; a complex state has two.
  public internal(set) var updates = 0
  /// Events times the cores that they went to.
  public internal(set) var messages = 0
  /// Links that these went over.
  public internal(set) var hops = 0
  /// The most messages that a link carried in a time step.
  public internal(set) var busiestLink = 0
  /// Time that passed.
  public internal(set) var seconds = 0.0
  /// Time that cores worked, added up over cores.
  var coreSeconds = 0.0
}

extension NeurocoreSimulation {
  /// Seconds from a frame's beginning to its end; where frames are pipelined, all of them alike.
  public var latency: Double {
    switch mode {
    case .fallThrough: counts.seconds / Double(max(counts.frames, 1))
    case .pipelined: Double(depth) * counts.seconds / Double(max(counts.timeSteps, 1))
    }
  }

  public var energy: Energy {
    var energy = Energy()
    energy.add(.synapses, Double(counts.synapses) * chip.energies.synapse)
    energy.add(.neurons, Double(counts.updates) * chip.energies.neuron)
    energy.add(
      .messages,
      Double(counts.messages) * chip.energies.message + Double(counts.hops) * chip.energies.hop)
    energy.add(
      .staticPower,
      counts.seconds
        * (chip.energies.chipPower + Double(placement.cores.count) * chip.energies.corePower))
    return energy
  }

  /// Groups of neurons with their cores.
  public var groupSummaries: [(name: String, neurons: Int, cores: Int, synapseBytes: Int)] {
    groups.enumerated().map { index, group in
      let cores = placement.coresOfGroup[index]
      return (
        group.name, group.count, cores.count,
        cores.reduce(0) { $0 + placement.cores[$1].synapseBytes }
      )
    }
  }

  public var coresUsed: Int { placement.cores.count }

  public func result(workload: String) -> SimulationResult {
    SimulationResult(
      chip: chip.file.name, workload: workload, steps: max(counts.frames, 1),
      layers: [], cycles: Double(counts.timeSteps), seconds: counts.seconds, weightLoadSeconds: 0,
      energy: energy, multiplications: counts.synapses, neededMACs: counts.matrixSynapses,
      utilization: counts.seconds > 0
        ? counts.coreSeconds / (counts.seconds * Double(coresUsed)) : 0)
  }
}
