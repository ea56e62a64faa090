public import Sparrow

/// A simulation of a fixed-point network on a mesh of neuron cores, time step by time step. Its
/// output is that of a stream over the same network, bit for bit.
///
/// A time step starts with a barrier. Then every active core adds up the synapses of the events
/// that it received in the previous step, updates its neurons, and sends an event for every
/// non-zero value to every core that has synapses for it. A frame takes one time step per stage of
/// the network.
public struct NeurocoreSimulation: Sendable {
  /// The order in which frames pass the stages.
  public enum Mode: String, Sendable, Codable, CaseIterable {
    /// One frame at a time: the lowest latency.
    case fallThrough
    /// A frame in every stage: the highest throughput.
    case pipelined
  }

  /// The chip.
  public let chip: NeurocoreChip
  /// The order in which frames pass the stages.
  public let mode: Mode
  /// The cores of the neurons.
  public let placement: Placement
  /// The values of an input frame.
  public let inputWidth: Int
  /// The exponent e of the integers in input frames, which stand for x · 2^-e.
  public let inputExponent: Int
  /// The exponent e of the integers in output frames, which stand for x · 2^-e.
  public let outputExponent: Int
  /// The number of time steps that a frame takes.
  public let depth: Int
  /// Counts since the beginning.
  public private(set) var counts = NeurocoreCounts()

  let groups: [NeuronGroup]
  private let output: Int
  private let limit: Int
  private var cores: [CoreState]
  private var traffic: MeshTraffic
  /// The events of frames in flight: by frame, modulo the depth plus one, then by group, the input
  /// last.
  private var events: [[[Event]]]
  private var framesTaken = 0
  private var framesGiven = 0

  /// Places a network on a chip.
  ///
  /// - Parameters:
  ///   - network: A fixed-point network.
  ///   - chip: The chip.
  ///   - mode: The order in which frames pass the stages.
  ///   - policy: The number of cores that the network gets.
  ///   - activity: The expected density of activations, from 0 to 1, for balancing the cores' work.
  /// - Throws: ``ChipError`` if the network is not in fixed point or does not fit.
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

  /// Quantises a frame: clip(x · 2^e) with the input exponent e, rounded to nearest, ties to even;
  /// NaN is 0.
  public func integers(_ frame: some Sequence<Float>) -> [Int] {
    let scale = Float(sign: .plus, exponent: inputExponent, significand: 1)
    return frame.map { value in
      let scaled = value * scale
      guard !scaled.isNaN else { return 0 }
      return Int(min(max(scaled, -Float(limit)), Float(limit)).rounded(.toNearestOrEven))
    }
  }

  /// Runs the network on frames in order.
  ///
  /// - Parameter frames: Integers, `inputWidth` per frame.
  /// - Returns: One output frame of integers per input frame.
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

  /// - Parameter frame: The frame that groups of a stage are at; nil if they are idle.
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

  /// The messages over every link, without links that carried none.
  public var linkTraffic: [LinkTraffic] { traffic.links }
}

/// Counts of what cores and mesh have done.
public struct NeurocoreCounts: Sendable, Hashable {
  /// Frames that were completed.
  public internal(set) var frames = 0
  /// Time steps that passed.
  public internal(set) var timeSteps = 0
  /// Synaptic operations of matrices: their effective multiply-accumulates.
  public internal(set) var matrixSynapses = 0
  /// Synaptic operations, those included that carry a value on to one neuron.
  public internal(set) var synapses = 0
  /// Updates of neurons; a complex state counts as two.
  public internal(set) var updates = 0
  /// Messages: one per event and receiving core.
  public internal(set) var messages = 0
  /// Links that messages passed, in total.
  public internal(set) var hops = 0
  /// The maximum number of messages over one link in one time step.
  public internal(set) var busiestLink = 0
  /// Simulated time, in seconds.
  public internal(set) var seconds = 0.0
  /// Simulated time of active cores, in seconds, summed over cores.
  var coreSeconds = 0.0
}

extension NeurocoreSimulation {
  /// The latency of a frame, in seconds: the mean, or that of every frame in a pipeline.
  public var latency: Double {
    switch mode {
    case .fallThrough: counts.seconds / Double(max(counts.frames, 1))
    case .pipelined: Double(depth) * counts.seconds / Double(max(counts.timeSteps, 1))
    }
  }

  /// The energy of all counts, in joules by part.
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

  /// The groups of neurons, with their size and cores.
  public var groupSummaries: [(name: String, neurons: Int, cores: Int, synapseBytes: Int)] {
    groups.enumerated().map { index, group in
      let cores = placement.coresOfGroup[index]
      return (
        group.name, group.count, cores.count,
        cores.reduce(0) { $0 + placement.cores[$1].synapseBytes }
      )
    }
  }

  /// The number of cores that hold neurons.
  public var coresUsed: Int { placement.cores.count }

  /// The costs so far as a result for tables.
  ///
  /// - Parameter workload: The name of the network.
  public func result(workload: String) -> SimulationResult {
    SimulationResult(
      chip: chip.file.name, workload: workload, steps: max(counts.frames, 1),
      layers: [], cycles: Double(counts.timeSteps), seconds: counts.seconds, weightLoadSeconds: 0,
      energy: energy, multiplications: counts.synapses, neededMACs: counts.matrixSynapses,
      utilization: counts.seconds > 0
        ? counts.coreSeconds / (counts.seconds * Double(coresUsed)) : 0)
  }
}
