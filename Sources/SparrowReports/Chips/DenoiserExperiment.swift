public import Sparrow
public import SparrowHardware

/// A comparison of a sparse fixed-point denoiser on neuron cores with dense denoisers in single
/// precision on an edge GPU, after Pierro et al. (2025).
public struct DenoiserExperiment {
  private let network: Network
  private let frames: [[Float]]

  /// An experiment on a recording.
  ///
  /// - Parameters:
  ///   - network: A fixed-point network.
  ///   - frames: Input frames.
  public init(_ network: Network, frames: [[Float]]) {
    self.network = network
    self.frames = frames
  }

  /// Runs the experiment.
  ///
  /// - Parameter progress: Called with the completed fraction.
  /// - Throws: `ChipError` if the network does not fit.
  public func tables(progress: (Double) -> Void) throws(ChipError) -> [ResultTable] {
    progress(0)
    let sizes = try sizes()
    progress(0.2)
    return [sizes, try sensitivity { progress(0.2 + 0.8 * $0) }]
  }

  /// The dense networks: one of the same shape, and the one of k = 1.
  private func denseWorkloads() throws(ChipError) -> [Workload] {
    [
      try Workload(network, name: "dense, the same shape", isDense: true),
      .s5(
        name: "dense, k = 1", inputs: 257, width: 192, states: 128, blocks: 3, outputs: 257,
        steps: 1),
    ]
  }

  private func simulation(
    _ file: ChipFile, _ mode: NeurocoreSimulation.Mode = .fallThrough,
    _ policy: Placement.Policy = .fastest, frames count: Int = .max
  ) throws(ChipError) -> NeurocoreSimulation {
    var simulation = try NeurocoreSimulation(
      network, on: NeurocoreChip(file), mode: mode, policy: policy)
    _ = simulation.run(frames.prefix(count).map { simulation.integers($0) })
    return simulation
  }

  private func sizes() throws(ChipError) -> ResultTable {
    let edge = try GPU(ChipFile.named("jetson-orin-nano"))
    var dense: [SimulationResult] = []
    for workload in try denseWorkloads() { dense.append(try edge.simulate(workload)) }
    var rows = dense.map { result in
      [
        "edge GPU, \(result.workload), fp32", "", Digits.si(result.latency, "s"),
        Digits.text(1 / result.latency), Digits.si(result.energyPerStep, "J"), "", "",
      ]
    }
    let base = dense[1]
    for mode in NeurocoreSimulation.Mode.allCases {
      for policy in Placement.Policy.allCases {
        let own = try simulation(ChipFile.named("loihi2"), mode, policy)
        let energy = own.energy.total / Double(own.counts.frames)
        rows.append([
          "neuron cores, sparse, fixed point, \(mode.rawValue), \(policy.rawValue)",
          "\(own.coresUsed)", Digits.si(own.latency, "s"),
          Digits.text(Double(own.counts.frames) / own.counts.seconds), Digits.si(energy, "J"),
          Digits.ratio(base.latency / own.latency), Digits.ratio(base.energyPerStep / energy),
        ])
      }
    }
    rows.append(["published: Loihi 2 over an edge GPU", "", "", "", "", "42×", "149×"])
    return ResultTable(
      title: "The denoiser: neuron cores and an edge GPU",
      note:
        "Simulated, frame by frame, \(frames.count) frames of a recording; ratios are over the "
        + "dense network of k = 1 on the GPU. A frame of 8 ms comes 125 times a second; energy "
        + "is that of computing, without waiting for the next one. Published: abstract of "
        + "Pierro et al. 2025.",
      heading: [
        "chip and network", "cores", "latency", "frames/s", "energy/frame", "latency ratio",
        "energy ratio",
      ], rows: rows)
  }

  private func sensitivity(_ progress: (Double) -> Void) throws(ChipError) -> ResultTable {
    let workload = try denseWorkloads()[1]
    func ratios(_ edge: ChipFile, _ cores: ChipFile) throws(ChipError) -> (Double, Double) {
      let gpu = try GPU(edge).simulate(workload)
      let own = try simulation(cores, frames: 20)
      let energy = own.energy.total / Double(own.counts.frames)
      return (gpu.latency / own.latency, gpu.energyPerStep / energy)
    }
    let edge = try ChipFile.named("jetson-orin-nano")
    let cores = try ChipFile.named("loihi2")
    let base = try ratios(edge, cores)
    var rows: [[String]] = []
    var still: [String] = []
    let names = [edge, cores].flatMap { file in
      file.parameters.filter { $0.value.kind != .published }.keys.sorted().map { (file, $0) }
    }
    for (index, (file, name)) in names.enumerated() {
      progress(Double(index) / Double(names.count))
      let parameter = file.parameters[name]!
      var cells: [String] = []
      var moves = false
      for factor in [0.5, 2] {
        do {
          let changed = try file.setting(name, to: parameter.values.map { $0 * factor })
          let own =
            file == edge ? try ratios(changed, cores) : try ratios(edge, changed)
          cells.append(Digits.ratio(own.0) + " / " + Digits.ratio(own.1))
          if abs(own.0 / base.0 - 1) > 0.02 || abs(own.1 / base.1 - 1) > 0.02 { moves = true }
        } catch {
          cells.append("not possible")
        }
      }
      if moves {
        rows.append(["\(file.name): \(name) (\(parameter.kind.rawValue))"] + cells)
      } else {
        still.append(name)
      }
    }
    return ResultTable(
      title: "The denoiser: sensitivity",
      note:
        "Latency and energy ratios of fall-through on the fastest placement over the dense "
        + "network of k = 1 on the GPU, 20 frames, with a recalled or assumed parameter halved "
        + "and doubled; \(Digits.ratio(base.0)) / \(Digits.ratio(base.1)) as it is. Less than 2 "
        + "% come from: "
        + still.joined(separator: ", ") + ".",
      heading: ["parameter", "halved", "doubled"], rows: rows)
  }
}
