/// The assignment of neurons to cores.
public struct Placement: Sendable {
  /// The choice of how many cores a network gets.
  public enum Policy: String, Sendable, Codable, CaseIterable {
    /// The minimum that holds it: fewer messages and less power.
    case fewestCores
    /// The number with the lowest latency of a frame.
    case fastest
  }

  /// A core's share of a group.
  struct Core: Sendable {
    var group: Int
    var neurons: Range<Int>
    var synapseBytes: Int
  }

  let cores: [Core]
  /// Of each group, the cores that it has.
  let coresOfGroup: [Range<Int>]

  /// - Parameter activity: the share of values that are not zero, which a core's work is estimated
  ///   with.
  /// - Throws: ``ChipError/doesNotFit(chip:what:chips:)``.
  init(
    _ groups: [NeuronGroup], on chip: NeurocoreChip, weightBits: Int, policy: Policy,
    activity: Double = 0.5
  ) throws(ChipError) {
    let shapes = groups.map { GroupShape($0, chip: chip, weightBits: weightBits) }
    var counts: [Int] = []
    for (group, shape) in zip(groups, shapes) {
      counts.append(try shape.fewestCores(group.name, on: chip))
    }
    let needed = counts.reduce(0, +)
    guard needed <= chip.cores else {
      throw .doesNotFit(
        chip: chip.file.name, what: "\(needed) cores for \(chip.cores)",
        chips: (needed + chip.cores - 1) / chip.cores)
    }
    if policy == .fastest {
      var free = chip.cores - needed
      // Each further core goes where it takes the most off the time that a group's slowest core
      // needs.
      var times = zip(shapes, counts).map { $0.slowest(cores: $1, chip, activity) }
      var gains = shapes.indices.map {
        times[$0] - shapes[$0].slowest(cores: counts[$0] + 1, chip, activity)
      }
      while free > 0 {
        let best = gains.indices.max { gains[$0] < gains[$1] }!
        guard gains[best] > 0 else { break }
        counts[best] += 1
        free -= 1
        times[best] -= gains[best]
        gains[best] =
          times[best] - shapes[best].slowest(cores: counts[best] + 1, chip, activity)
      }
    }
    var cores: [Core] = []
    var ranges: [Range<Int>] = []
    for (index, shape) in shapes.enumerated() {
      let first = cores.count
      for neurons in shape.split(counts[index]) {
        cores.append(
          Core(group: index, neurons: neurons, synapseBytes: shape.bytes(neurons)))
      }
      ranges.append(first..<cores.count)
    }
    self.cores = cores
    coresOfGroup = ranges
    try checkConnections(groups, on: chip)
  }

  /// Whether no neuron sends to too many cores, and no core hears too many.
  private func checkConnections(
    _ groups: [NeuronGroup], on chip: NeurocoreChip
  ) throws(ChipError) {
    let routes = Routes(groups, self)
    var heard = Array(repeating: 0, count: cores.count)
    for (source, destinations) in routes.all {
      for targets in destinations {
        guard targets.count <= chip.fanOut else {
          throw .doesNotFit(
            chip: chip.file.name,
            what: "a value of \(source.map { groups[$0].name } ?? "the input") goes to "
              + "\(targets.count) cores; at most \(chip.fanOut) are allowed", chips: nil)
        }
        for target in targets { heard[target] += 1 }
      }
    }
    for (core, count) in heard.enumerated() where count > chip.inputAxons {
      throw .doesNotFit(
        chip: chip.file.name,
        what: "a core of \(groups[cores[core].group].name) hears \(count) values; at most "
          + "\(chip.inputAxons) are allowed", chips: nil)
    }
  }
}

/// The memory and work of a group's neurons.
private struct GroupShape {
  /// Sums over the neurons before each: synapses, and those of them that belong to matrices.
  private var synapses = [0]
  private let count: Int
  private let updates: Int
  private let bitsPerSynapse: Int
  private let memory: Int
  private let neuronsPerCore: Int

  init(_ group: NeuronGroup, chip: NeurocoreChip, weightBits: Int) {
    count = group.count
    updates = group.updates
    // Synapses of one neuron alone have wider weights, 1 or D; they take the same room.
    bitsPerSynapse = weightBits + chip.synapseIndexBits
    memory = chip.synapseMemory
    neuronsPerCore = chip.neuronsPerCore / group.updates
    var counts = Array(repeating: 0, count: group.count)
    for connection in group.connections {
      for synapse in connection.synapses { counts[Int(synapse.neuron)] += 1 }
    }
    for own in counts { synapses.append(synapses.last! + own) }
  }

  func bytes(_ neurons: Range<Int>) -> Int {
    (synapses(neurons) * bitsPerSynapse + 7) / 8
  }

  private func synapses(_ neurons: Range<Int>) -> Int {
    synapses[neurons.upperBound] - synapses[neurons.lowerBound]
  }

  func fewestCores(_ name: String, on chip: NeurocoreChip) throws(ChipError) -> Int {
    for neuron in 0..<count {
      let own = bytes(neuron..<neuron + 1)
      guard own <= memory else {
        throw .doesNotFit(
          chip: chip.file.name,
          what: "a neuron of \(name) has synapses of \(own) bytes; a core has \(memory)", chips: nil
        )
      }
    }
    var cores = max(1, (bytes(0..<count) + memory - 1) / memory)
    cores = max(cores, (count + neuronsPerCore - 1) / max(neuronsPerCore, 1))
    while cores < count,
      !split(cores).allSatisfy({ bytes($0) <= memory && $0.count <= neuronsPerCore })
    { cores += 1 }
    return cores
  }

  /// Consecutive neurons for so many cores, with about as many synapses and neurons each.
  func split(_ cores: Int) -> [Range<Int>] {
    guard cores < count else { return (0..<count).map { $0..<$0 + 1 } }
    var result: [Range<Int>] = []
    var start = 0
    // A neuron counts as much as some synapses, so that those without any are shared out too.
    func weight(_ neurons: Int) -> Int { synapses[neurons] + 4 * neurons }
    for core in 0..<cores {
      let goal = weight(count) * (core + 1) / cores
      var end = start + 1
      let last = count - (cores - core - 1)
      while end < last, weight(end + 1) <= goal { end += 1 }
      if core == cores - 1 { end = count }
      result.append(start..<end)
      start = end
    }
    return result
  }

  func slowest(cores: Int, _ chip: NeurocoreChip, _ activity: Double) -> Double {
    split(cores).map {
      Double(synapses($0)) * activity * chip.times.synapse
        + Double($0.count * updates) * chip.times.neuron
    }.max() ?? 0
  }
}

/// To which cores every value goes.
struct Routes: Sendable {
  /// By group, nil for the input: a list of cores for each of its values.
  private(set) var all: [Int?: [[Int]]] = [:]

  init(_ groups: [NeuronGroup], _ placement: Placement) {
    for (index, group) in groups.enumerated() {
      let cores = placement.coresOfGroup[index]
      var coreOfNeuron = Array(repeating: 0, count: group.count)
      for core in cores {
        for neuron in placement.cores[core].neurons { coreOfNeuron[neuron] = core }
      }
      for connection in group.connections {
        let values = connection.offsets.count - 1
        var lists = all[connection.source] ?? Array(repeating: [], count: values)
        for value in 0..<values {
          for synapse in connection.synapses[
            connection.offsets[value]..<connection.offsets[value + 1]]
          {
            let core = coreOfNeuron[Int(synapse.neuron)]
            if !lists[value].contains(core) { lists[value].append(core) }
          }
        }
        all[connection.source] = lists
      }
    }
  }

  func cores(of value: Int, from group: Int?) -> [Int] { all[group]?[value] ?? [] }
}
