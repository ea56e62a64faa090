public import SparrowHardware

/// The experiments of the paper on SHARP (Yazdani et al. 2019), simulated.
public struct SharpExperiments {
  /// A function that is called with the completed fraction and the name of the current experiment.
  public typealias Progress = (Double, String) -> Void

  private let sharp: ChipFile
  private let epur: ChipFile
  /// Simulated cycles of multiplier arrays.
  public private(set) var simulatedCycles = 0.0

  /// Reads the embedded chip files.
  ///
  /// - Throws: `ChipError` if one of them is not valid.
  public init() throws(ChipError) {
    sharp = try ChipFile.named("sharp")
    epur = try ChipFile.named("epur")
  }

  /// Runs all experiments.
  ///
  /// - Throws: `ChipError` if a network does not fit on a chip.
  public mutating func tables(progress: Progress) throws(ChipError) -> [ResultTable] {
    var tables: [ResultTable] = []
    progress(0, "design steps")
    tables.append(try designSteps { progress(0.3 * $0, "design steps") })
    progress(0.3, "utilisation")
    tables.append(try utilization())
    progress(0.35, "networks")
    tables.append(try networks { progress(0.35 + 0.15 * $0, "networks") })
    tables.append(try deepBench { progress(0.5 + 0.15 * $0, "DeepBench") })
    progress(0.65, "published and simulated")
    tables.append(try summary())
    tables.append(try sensitivity { progress(0.7 + 0.25 * $0, "sensitivity") })
    tables.append(try sparsity())
    progress(1, "done")
    return tables
  }

  // MARK: The design, step by step

  private mutating func designSteps(
    _ progress: (Double) -> Void
  ) throws(ChipError) -> ResultTable {
    let stages: [(name: String, options: ArrayChip.Options)] =
      Schedule.allCases.map { ($0.rawValue, .init(schedule: $0, setting: TileSetting(height: 32))) }
      + [
        ("and K chosen", .init(settings: [32, 64, 128, 256].map { TileSetting(height: $0) })),
        ("and fringes", .init()),
      ]
    var rows: [[String]] = []
    for (index, multipliers) in PaperWorkloads.multipliers.enumerated() {
      progress(Double(index) / Double(PaperWorkloads.multipliers.count))
      let chip = try ArrayChip(sharp.setting("multipliers", to: Double(multipliers)))
      var times: [[Double]] = []
      for stage in stages {
        var own: [Double] = []
        for size in PaperWorkloads.sweepSizes {
          own.append(try run(chip, PaperWorkloads.sweep(size), stage.options).cycles)
        }
        times.append(own)
      }
      let ratios = times.map { own in
        Digits.ratio(geometricMean(zip(times[0], own).map { $0 / $1 }))
      }
      rows.append(["\(multipliers / 1024) K"] + ratios)
    }
    return ResultTable(
      title: "SHARP: what each step of the design gives",
      note:
        "Simulated. Speed-ups over the sequential schedule with K = 32; geometric means over LSTM "
        + "layers of \(PaperWorkloads.sweepSizes.map(String.init).joined(separator: ", ")) "
        + "units, as many inputs, \(PaperWorkloads.sweepSteps) steps. Steps add up from left to "
        + "right.",
      heading: ["multipliers"] + stages.map(\.name), rows: rows)
  }

  private mutating func utilization() throws(ChipError) -> ResultTable {
    var rows: [[String]] = []
    for size in PaperWorkloads.sweepSizes {
      var row = ["\(size)"]
      for multipliers in PaperWorkloads.multipliers {
        let chip = try ArrayChip(sharp.setting("multipliers", to: Double(multipliers)))
        let result = try run(chip, PaperWorkloads.sweep(size))
        row.append("\(Digits.percent(result.utilization)) (\(result.layers[0].setting))")
      }
      rows.append(row)
    }
    return ResultTable(
      title: "SHARP: utilisation",
      note:
        "Simulated. Unfolded, K and fringes chosen for each layer. Recalled of the paper: about "
        + "98 % at 1 K multipliers, about 50 % at 64 K.",
      heading: ["units"] + PaperWorkloads.multipliers.map { "\($0 / 1024) K" }, rows: rows)
  }

  // MARK: Networks

  /// The results of a workload on all chips; nil if it does not fit.
  struct Comparison {
    var sharp: SimulationResult
    var asic: SimulationResult
    var fpga: SimulationResult?
    var gpu: SimulationResult
  }

  mutating func compare(
    _ workload: Workload, multipliers: Int = 65536,
    changing change: (ChipFile) throws(ChipError) -> ChipFile = { $0 }
  ) throws(ChipError) -> Comparison {
    func file(_ name: String) throws(ChipError) -> ChipFile {
      try change(ChipFile.named(name).fitting(workload, multipliers: multipliers))
    }
    let engine = try MatrixVectorEngine(file("brainwave"))
    let server = try GPU(file("titan-v"))
    return Comparison(
      sharp: try run(try ArrayChip(file("sharp")), workload),
      asic: try run(try ArrayChip(file("epur")), workload),
      fpga: try? engine.simulate(workload), gpu: try server.simulate(workload))
  }

  private mutating func networks(_ progress: (Double) -> Void) throws(ChipError) -> ResultTable {
    var rows: [[String]] = []
    for (index, workload) in PaperWorkloads.networks.enumerated() {
      progress(Double(index) / Double(PaperWorkloads.networks.count))
      for multipliers in PaperWorkloads.multipliers {
        let result = try compare(workload, multipliers: multipliers)
        rows.append([
          workload.name, "\(multipliers / 1024) K", Digits.si(result.sharp.seconds, "s"),
          Digits.percent(result.sharp.utilization),
          Digits.ratio(result.asic.seconds / result.sharp.seconds),
          result.fpga.map { Digits.ratio($0.seconds / result.sharp.seconds) } ?? "–",
          Digits.ratio(result.gpu.seconds / result.sharp.seconds),
          Digits.si(result.sharp.weightLoadSeconds, "s"),
          Digits.text(result.sharp.gigaoperationsPerWatt),
        ])
      }
    }
    return ResultTable(
      title: "Networks",
      note:
        "Simulated; shapes recalled. Time of a whole sequence with weights on the chip, and "
        + "speed-ups over the E-PUR-like ASIC with as many multipliers, the BrainWave-like "
        + "engine and the server GPU. Loading is what weights from off chip would add where not "
        + "all of them fit at once, to SHARP and to the ASIC alike. Operations a joule count a "
        + "multiply-accumulate as two, without loading.",
      heading: [
        "network", "multipliers", "SHARP", "utilisation", "over ASIC", "over FPGA", "over GPU",
        "loading", "GFLOPS/W",
      ], rows: rows)
  }

  private mutating func deepBench(_ progress: (Double) -> Void) throws(ChipError) -> ResultTable {
    var rows: [[String]] = []
    for (index, shape) in PaperWorkloads.deepBench.enumerated() {
      progress(Double(index) / Double(PaperWorkloads.deepBench.count))
      let result = try compare(shape.workload)
      let enlarged =
        try ChipFile.named("sharp").fitting(shape.workload, multipliers: 65536)
        .parameters["weightBuffer"]?.kind == .assumed
      rows.append([
        shape.workload.name + (enlarged ? " ¹" : ""), Digits.si(result.sharp.seconds, "s"),
        Digits.si(result.asic.seconds, "s"),
        result.fpga.map { Digits.si($0.seconds, "s") } ?? "–",
        Digits.si(shape.recalledBrainWave / 1000, "s"), Digits.si(result.gpu.seconds, "s"),
        Digits.si(shape.recalledGPU / 1000, "s"),
      ])
    }
    return ResultTable(
      title: "DeepBench",
      note:
        "Simulated at 64 K multipliers beside recalled times of Fowers et al. 2018, whose GPU is "
        + "a V100. ¹ The layer does not fit SHARP's and E-PUR's weight buffers, which were made "
        + "large enough.",
      heading: [
        "layer", "SHARP", "E-PUR", "BrainWave", "recalled", "server GPU", "recalled (V100)",
      ], rows: rows)
  }

  // MARK: Beyond the paper

  private mutating func sparsity() throws(ChipError) -> ResultTable {
    let chip = try ArrayChip(sharp.setting("multipliers", to: 4096))
    let columns: [(name: String, density: Double, activity: Double)] = [
      ("dense", 1, 1), ("half of the activations", 1, 0.5),
      ("a tenth of the activations", 1, 0.1), ("a tenth of the weights", 0.1, 1),
      ("a tenth of both", 0.1, 0.1),
    ]
    var rows: [[String]] = []
    for kind in [WorkloadLayer.Kind.lstm, .gru, .eventGRU, .linearRecurrence] {
      var cells: [String] = []
      for (_, density, activity) in columns {
        let layer = WorkloadLayer.random(kind, size: 512, density: density, activity: activity)
        let result = try run(chip, Workload(name: kind.rawValue, layers: [layer], steps: 5))
        cells.append(
          "\(Digits.text(result.cyclesPerStep)) (\(Digits.percent(result.utilization)))")
      }
      rows.append(["\(kind.rawValue)"] + cells)
    }
    return ResultTable(
      title: "SHARP with zeros, beyond the paper",
      note:
        "Simulated. Cycles a step, and utilisation in brackets, of layers of 512 units and inputs "
        + "(512 inputs and 256 complex states for the linear recurrence, without its gate) on 4 "
        + "K multipliers, by what is not zero, at random. Columns whose activation is zero are "
        + "skipped, and so are columns of a block of K rows whose weights are all zero; a "
        + "weight that is zero among others takes its lane.",
      heading: ["layer"] + columns.map(\.name), rows: rows)
  }

  mutating func run(
    _ chip: ArrayChip, _ workload: Workload, _ options: ArrayChip.Options = .init()
  ) throws(ChipError) -> SimulationResult {
    let result = try chip.simulate(workload, options)
    simulatedCycles += result.simulatedCycles
    return result
  }
}

extension ChipFile {
  /// The chip with a number of multipliers, if that is a parameter, and a weight buffer that holds
  /// every layer.
  fileprivate func fitting(_ workload: Workload, multipliers: Int) throws(ChipError) -> ChipFile {
    guard family == .sharp || family == .fixedTile else { return self }
    var file = self
    if Double(multipliers) != parameters["multipliers"]?.values[0] {
      file = try file.setting("multipliers", to: Double(multipliers))
    }
    let largest =
      workload.layers.map { layer in
        layer.products.reduce(0) { $0 + $1.denseMACs }
      }.max() ?? 0
    if Double(2 * largest) > parameters["weightBuffer"]?.values[0] ?? 0 {
      file = try file.setting("weightBuffer", to: Double(2 * largest))
    }
    return file
  }
}

extension SimulationResult {
  /// Billions of operations per joule, two per multiply-accumulate, without the energy of loading
  /// weights.
  public var gigaoperationsPerWatt: Double {
    let joules =
      energy.total - energy[.offChipMemory] - (weightLoadSeconds > 0 ? idleEnergyWhileLoading : 0)
    return 2 * Double(neededMACs) / joules / 1e9
  }

  private var idleEnergyWhileLoading: Double {
    energy[.staticPower] * weightLoadSeconds / (seconds + weightLoadSeconds)
  }
}

extension WorkloadLayer {
  fileprivate static func random(
    _ kind: Kind, size: Int, density: Double, activity: Double
  ) -> WorkloadLayer {
    func pattern(_ seed: UInt64) -> WeightPattern {
      density < 1 ? .random(density: density, seed: seed) : .dense
    }
    let name = "\(kind.rawValue) \(size)"
    switch kind {
    case .linearRecurrence:
      return .linearRecurrence(
        name, inputs: size, states: size / 2, b: pattern(1), c: pattern(2),
        inputActivity: activity, stateActivity: activity)
    case .lstm:
      return .lstm(
        name, inputs: size, units: size, weights: pattern(1), inputActivity: activity,
        recurrentActivity: activity)
    case .gru:
      return .gru(
        name, inputs: size, units: size, weights: pattern(1), inputActivity: activity,
        recurrentActivity: activity)
    case .eventGRU, .dense, .gate:
      return .eventGRU(
        name, inputs: size, units: size, weights: pattern(1), inputActivity: activity,
        recurrentActivity: activity)
    }
  }
}
