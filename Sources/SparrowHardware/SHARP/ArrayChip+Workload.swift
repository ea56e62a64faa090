extension ArrayChip {
  /// The settings of an array for a workload.
  public struct Options: Sendable, Hashable {
    /// The order of tiles.
    public var schedule: Schedule
    /// The tile setting of all layers; nil for the fastest of each layer among `settings`.
    public var setting: TileSetting?
    /// The candidates of the search; nil for all that the chip has.
    public var settings: [TileSetting]?
    /// The number of simulated sequences; more than one averages over random zeros of activations.
    public var sequences: Int
    /// The seed of the zeros among activations.
    public var seed: UInt64
    /// Seconds that the simulation may take, as they are estimated before it begins.
    public var budget = SimulationBudget.seconds

    /// Settings; the defaults are the fastest that the chip has.
    public init(
      schedule: Schedule = .unfolded, setting: TileSetting? = nil, settings: [TileSetting]? = nil,
      sequences: Int = 1, seed: UInt64 = 1
    ) {
      precondition(sequences > 0)
      self.sequences = sequences
      self.schedule = schedule
      self.setting = setting
      self.settings = settings
      self.seed = seed
    }
  }

  /// Simulates a workload layer by layer, each for all steps.
  ///
  /// - Throws: ``ChipError`` if the workload is invalid, or if the chip has no room for its
  ///   weights: for those of all layers if it is streamed (one step), otherwise for those of each
  ///   layer; or if the simulation would take too long.
  public func simulate(
    _ workload: Workload, _ options: Options = Options()
  ) throws(ChipError) -> SimulationResult {
    try workload.validate()
    let choices = choices(options)
    for setting in choices where !tileHeights.contains(setting.height) {
      throw .invalid(
        chip: file.name,
        reason: "K is \(setting.height); expected one of \(tileHeights)")
    }
    let schedule = schedule(options)
    try checkBudget(workload, options)

    var runs: [MatrixProduct: ProductRun] = [:]
    var layers: [(layer: WorkloadLayer, run: ProductRun, name: String)] = []
    for layer in workload.layers {
      for product in layer.products {
        try checkVectors(product)
        let key = product.unnamed
        let run: ProductRun
        if let known = runs[key] {
          run = known
        } else {
          run = fastest(
            product, steps: workload.steps, sequences: options.sequences, schedule: schedule,
            among: choices,
            mask: product.weights.mask(rows: product.rows, columns: product.columns),
            seed: options.seed)
          runs[key] = run
        }
        layers.append((layer, run, product.name))
      }
    }
    let load = try weightLoad(
      layers.map { ($0.layer, $0.run, $0.name) }, steps: workload.steps,
      sequences: options.sequences)
    var result = result(workload, layers, load: load, sequences: options.sequences)
    result.simulatedCycles = Double(runs.values.reduce(0) { $0 + $1.simulatedCycles })
    return result
  }

  /// The candidates of the search.
  private func choices(_ options: Options) -> [TileSetting] {
    options.setting.map { [$0] } ?? options.settings ?? settings
  }

  /// A fixed tile knows one schedule: the gates together, and steps one after the other.
  private func schedule(_ options: Options) -> Schedule {
    isReconfigurable ? options.schedule : .intergate
  }

  /// The settings that are tried for a product.
  func candidates(_ product: MatrixProduct, _ options: Options) -> [TileSetting] {
    candidates(product, schedule: schedule(options), among: choices(options))
  }

  private func result(
    _ workload: Workload, _ layers: [(layer: WorkloadLayer, run: ProductRun, name: String)],
    load: (seconds: Double, bytes: Int), sequences: Int
  ) -> SimulationResult {
    var cycles = 0
    var counts = ArrayCounts()
    var results: [SimulationResult.Layer] = []
    for (layer, run, name) in layers {
      let own = run.cycles * layer.directions
      let done = run.counts * layer.directions
      cycles += own
      counts += done
      results.append(
        .init(
          name: name,
          setting: isReconfigurable ? run.setting.description : "",
          cycles: Double(own), seconds: Double(own) / clock, neededMACs: done.needed,
          utilization: Double(done.needed) / Double(own * multipliers)))
    }
    let seconds = Double(cycles) / clock
    let loading = load.seconds * Double(sequences)
    var energy = energy(of: counts, seconds: seconds + loading)
    energy.add(.offChipMemory, Double(load.bytes * sequences) * energies.offChip)
    return SimulationResult(
      chip: file.name, workload: workload.name, steps: workload.steps * sequences,
      layers: results,
      cycles: Double(cycles), seconds: seconds, weightLoadSeconds: loading, energy: energy,
      multiplications: counts.multiplications, neededMACs: counts.needed,
      utilization: Double(counts.needed) / (Double(cycles) * Double(multipliers)))
  }

  /// The energy of counts.
  func energy(of counts: ArrayCounts, seconds: Double) -> Energy {
    var energy = Energy()
    // Lanes without a weight are gated; those with a weight that is zero are not.
    energy.add(.multipliers, Double(counts.fed) * energies.multiply)
    energy.add(.weightBuffer, Double(counts.fed * weightBytes) * energies.weightRead)
    energy.add(.vectorBuffer, Double(counts.vectorReads * weightBytes) * energies.vectorRead)
    energy.add(.partialSums, Double(counts.partialSums * partialSumBytes) * energies.partialSum)
    energy.add(.activationUnit, Double(counts.activations) * energies.activation)
    energy.add(.cellUpdater, Double(counts.cellUpdates) * energies.cell)
    energy.add(.staticPower, seconds * energies.staticPower)
    return energy
  }

  private func checkVectors(_ product: MatrixProduct) throws(ChipError) {
    // Two of each, so that one can be written while the other is read.
    let vectors = 2 * (product.columns + product.units) * weightBytes
    guard vectors <= vectorBuffer else {
      throw .doesNotFit(
        chip: file.name,
        what: "\(product.name): its vectors take \(vectors) of \(vectorBuffer) bytes", chips: nil)
    }
    let cells = product.units * partialSumBytes
    guard !product.hasCell || cells <= cellBuffer else {
      throw .doesNotFit(
        chip: file.name, what: "\(product.name): its cells take \(cells) of \(cellBuffer) bytes",
        chips: nil)
    }
  }

  /// Time and bytes that weights take from off chip because the buffer does not hold all of them.
  ///
  /// A layer's weights are loaded while the one before it computes, as far as there is room for
  /// both.
  private func weightLoad(
    _ layers: [(layer: WorkloadLayer, run: ProductRun, name: String)], steps: Int,
    sequences: Int
  ) throws(ChipError) -> (seconds: Double, bytes: Int) {
    let parts = layers.flatMap { layer, run, name in
      Array(
        repeating: (name: name, bytes: run.storedWeights * weightBytes, cycles: run.cycles),
        count: layer.directions)
    }
    let total = parts.reduce(0) { $0 + $1.bytes }
    guard total > weightBuffer else { return (0, 0) }
    func chips(_ bytes: Int) -> Int { (bytes + weightBuffer - 1) / weightBuffer }
    guard steps > 1 else {
      throw .doesNotFit(
        chip: file.name,
        what: "weights of \(total) bytes for \(weightBuffer), all of which every frame needs,",
        chips: chips(total))
    }
    var seconds = 0.0
    var previous: (bytes: Int, seconds: Double) = (weightBuffer, 0)
    for part in parts {
      guard part.bytes <= weightBuffer else {
        throw .doesNotFit(
          chip: file.name, what: "\(part.name): weights of \(part.bytes) bytes for \(weightBuffer)",
          chips: chips(part.bytes))
      }
      let hidden = min(part.bytes, weightBuffer - previous.bytes)
      let overlapped = max(Double(hidden) / offChipBandwidth - previous.seconds, 0)
      seconds += overlapped + Double(part.bytes - hidden) / offChipBandwidth
      previous = (part.bytes, Double(part.cycles) / clock / Double(sequences))
    }
    return (seconds, total)
  }
}
