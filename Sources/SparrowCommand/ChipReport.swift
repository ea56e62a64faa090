import Sparrow
import SparrowFigures
import SparrowHardware

/// The cost of a network on one chip.
struct ChipReport: Encodable {
  struct Options {
    var schedule: Schedule
    var mode: NeurocoreSimulation.Mode
    var placement: Placement.Policy
  }

  struct LayerReport: Encodable {
    var name: String
    var setting: String
    var cycles: Double
    var utilization: Double
  }

  /// Properties of neuron cores alone.
  struct Cores: Encodable {
    var mode: String
    var frames: Int
    var framesPerSecond: Double
    var coresUsed: Int
    var messagesPerFrame: Double
    var hopsPerFrame: Double
    var busiestLinkMessagesPerStep: Int
    var links: [Link]
    var groups: [Group]

    struct Link: Encodable {
      var core: Int
      var direction: String
      var messagesPerFrame: Double
    }

    struct Group: Encodable {
      var name: String
      var neurons: Int
      var cores: Int
      var synapseBytes: Int
    }
  }

  var chip: String
  var model: String
  var kind = "simulated"
  var steps: Int
  var cyclesPerStep: Double
  var latencyS: Double
  var energyJ: Double
  var utilization: Double
  var effectiveMacs: Double
  var weightLoadS: Double
  var areaMm2: Double
  var energyByPartJ: [String: Double]
  var layers: [LayerReport]
  var cores: Cores?

  init(_ subject: SimulatedModel, on chip: Chip, _ options: Options) throws {
    let result: SimulationResult
    cores = nil
    var latency: Double?
    switch chip {
    case .array(let array):
      result = try array.simulate(
        subject.workload,
        ArrayChip.Options(schedule: options.schedule, sequences: subject.sequences))
    case .matrixVectorEngine(let engine): result = try engine.simulate(subject.workload)
    case .gpu(let gpu): result = try gpu.simulate(subject.workload)
    case .neurocores(let chip):
      guard let network = subject.network else {
        throw ChipError.unsupported(
          chip: chip.file.name, reason: "neuron cores compute; expected a model file, not shapes")
      }
      var simulation = try NeurocoreSimulation(
        network, on: chip, mode: options.mode, policy: options.placement)
      _ = simulation.run(subject.frames.map { simulation.integers($0) })
      result = simulation.result(workload: subject.name)
      latency = simulation.latency
      cores = Cores(simulation)
    }
    self.chip = result.chip
    model = subject.name
    steps = result.steps
    cyclesPerStep = result.cyclesPerStep
    latencyS = latency ?? result.latency
    energyJ = result.energyPerStep
    utilization = result.utilization
    effectiveMacs = result.macsPerStep
    weightLoadS = result.weightLoadSeconds
    areaMm2 = chip.area
    energyByPartJ = Dictionary(
      uniqueKeysWithValues: result.energy.parts.map {
        ($0.key.rawValue, $0.value / Double(result.steps))
      })
    layers = result.layers.map {
      LayerReport(
        name: $0.name, setting: $0.setting, cycles: $0.cycles / Double(result.steps),
        utilization: $0.utilization)
    }
  }

  var row: [String] {
    [
      chip, fixed(cyclesPerStep, 1), si(latencyS, "s"), si(energyJ, "J"), percent(utilization),
      grouped(Int(effectiveMacs.rounded())), fixed(areaMm2, 0),
    ]
  }

  static let heading = [
    "chip (simulated)", "cycles/step", "latency", "energy/step", "utilisation",
    "effective MACs/step", "mm²",
  ]

  var text: String {
    var parts = [model, table(Self.heading, [row])]
    if !layers.isEmpty {
      parts.append(
        table(
          ["layer", "setting", "cycles/step", "utilisation"],
          layers.map {
            [$0.name, $0.setting, fixed($0.cycles, 1), percent($0.utilization)]
          }))
    }
    if let cores {
      parts.append(
        table(
          ["neurons", "how many", "cores", "synapse bytes"],
          cores.groups.map {
            [$0.name, grouped($0.neurons), "\($0.cores)", grouped($0.synapseBytes)]
          }))
      parts.append(
        "\(cores.mode): \(cores.coresUsed) cores, \(fixed(cores.framesPerSecond, 0)) frames a "
          + "second, \(fixed(cores.messagesPerFrame, 0)) messages a frame over "
          + "\(fixed(cores.hopsPerFrame, 0)) links; the busiest link carried "
          + "\(cores.busiestLinkMessagesPerStep) in a time step")
    }
    let energies = energyByPartJ.sorted { $0.value > $1.value }.map { [$0.key, si($0.value, "J")] }
    parts.append(table(["energy a step", ""], energies))
    if weightLoadS > 0 {
      parts.append(
        "loading weights that do not fit the chip takes \(si(weightLoadS, "s")) more a sequence")
    }
    return parts.joined(separator: "\n\n")
  }
}

extension ChipReport.Cores {
  init(_ simulation: NeurocoreSimulation) {
    let counts = simulation.counts
    let count = Double(max(counts.frames, 1))
    mode = simulation.mode.rawValue
    frames = counts.frames
    framesPerSecond = count / counts.seconds
    coresUsed = simulation.coresUsed
    messagesPerFrame = Double(counts.messages) / count
    hopsPerFrame = Double(counts.hops) / count
    busiestLinkMessagesPerStep = counts.busiestLink
    links = simulation.linkTraffic.map {
      Link(
        core: $0.core, direction: "\($0.direction)", messagesPerFrame: Double($0.messages) / count)
    }
    groups = simulation.groupSummaries.map {
      Group(name: $0.name, neurons: $0.neurons, cores: $0.cores, synapseBytes: $0.synapseBytes)
    }
  }
}

/// The cost of a network on all embedded chips.
struct ChipComparison: Encodable {
  struct Refusal: Encodable {
    var chip: String
    var reason: String
  }

  var model: String
  var chips: [ChipReport] = []
  /// The chips that cannot run it, with reasons.
  var refusals: [Refusal] = []

  init(_ subject: SimulatedModel, options: ChipReport.Options) {
    model = subject.name
    for file in ChipFile.builtIn {
      do {
        chips.append(try ChipReport(subject, on: Chip(file), options))
      } catch {
        refusals.append(Refusal(chip: file.name, reason: "\(error)"))
      }
    }
  }

  var text: String {
    ([model, table(ChipReport.heading, chips.map(\.row))] + refusals.map(\.reason))
      .joined(separator: "\n")
  }
}

/// A quantity with a unit and its SI prefix, from pico to none, and two digits after the point.
private func si(_ value: Double, _ unit: String) -> String {
  let prefix = SIPrefix.of(value, among: -12...0)
  return fixed(value / prefix.factor, 2) + " \(prefix.symbol)\(unit)"
}
