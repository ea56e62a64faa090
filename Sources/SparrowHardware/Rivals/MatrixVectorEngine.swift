/// A matrix-vector engine like BrainWave (Fowers et al. 2018): matrices are padded to native tiles
/// of n × n, which a tile engine computes in n/lanes cycles each, with a deep pipeline behind them.
///
/// Every matrix is padded on its own: each gate of a cell has one for the inputs and one for the
/// states.
public struct MatrixVectorEngine: Sendable {
  /// The parameters of the chip.
  public let file: ChipFile
  /// The clock frequency, in hertz.
  public let clock: Double
  let nativeDimension: Int
  let lanes: Int
  let tileEngines: Int
  let pipelineLatency: Int
  let weightBits: Int
  let weightBuffer: Int
  let power: Double
  /// The area of the chip, in mm².
  public let area: Double

  /// A chip of the parameters in a file.
  ///
  /// - Throws: ``ChipError/invalid(chip:reason:)`` if a parameter is missing or out of its range.
  public init(_ file: ChipFile) throws(ChipError) {
    var reader = ParameterReader(file)
    self.file = file
    clock = try reader.positive("clock", "Hz")
    nativeDimension = try reader.count("nativeDimension", "rows", in: 1...(1 << 14))
    lanes = try reader.count("lanes", "columns", in: 1...(1 << 16))
    tileEngines = try reader.count("tileEngines", in: 1...(1 << 16))
    pipelineLatency = try reader.count("pipelineLatency", "cycles", in: 0...1_000_000)
    weightBits = try reader.count("weightBits", "bits", in: 1...64)
    weightBuffer = try reader.count("weightBuffer", "bytes")
    power = try reader.number("power", "W")
    area = try reader.number("area", "mm2")
    try reader.finish()
    guard nativeDimension.isMultiple(of: lanes) else {
      throw reader.error("\(lanes) lanes do not divide the native dimension of \(nativeDimension)")
    }
  }

  /// The number of multipliers.
  public var multipliers: Int { nativeDimension * lanes * tileEngines }
  /// Peak throughput in multiply-accumulates per second.
  public var peak: Double { clock * Double(multipliers) }

  /// Simulates a workload layer by layer, each for all steps.
  ///
  /// - Throws: ``ChipError`` if the weights of a layer do not fit, or those of all layers of a
  ///   streamed network, or if the simulation would take too long.
  public func simulate(_ workload: Workload) throws(ChipError) -> SimulationResult {
    try workload.validate()
    try checkBudget(workload)
    var layers: [SimulationResult.Layer] = []
    var cycles = 0
    var multiplications = 0
    var needed = 0
    var bytes = 0
    for layer in workload.layers {
      for product in layer.products {
        let own = padded(product)
        let size = (own.all * nativeDimension * nativeDimension * weightBits + 7) / 8
        bytes += size * layer.directions
        try check(size, product.name)
        let run = run(own, isRecurrent: product.recurrentInputs > 0, steps: workload.steps)
        let count = layer.directions
        let macs = Int((Double(workload.steps * count) * product.effectiveMACs).rounded())
        let done = run.tiles * nativeDimension * nativeDimension
        cycles += run.cycles * count
        multiplications += done * count
        needed += macs
        layers.append(
          .init(
            name: product.name, setting: "", cycles: Double(run.cycles * count),
            seconds: Double(run.cycles * count) / clock, neededMACs: macs,
            utilization: Double(macs) / Double(run.cycles * count * multipliers)))
      }
    }
    if workload.steps == 1 { try check(bytes, "all weights") }
    let seconds = Double(cycles) / clock
    var energy = Energy()
    energy.add(.staticPower, seconds * power)
    return SimulationResult(
      chip: file.name, workload: workload.name, steps: workload.steps, layers: layers,
      cycles: Double(cycles), seconds: seconds, weightLoadSeconds: 0, energy: energy,
      multiplications: multiplications, neededMACs: needed,
      utilization: Double(needed) / (Double(cycles) * Double(multipliers)))
  }

  /// Refuses a workload whose simulation would take too long, by its tiles.
  ///
  /// The constants are measured in a release build on an AMD EPYC with AVX2.
  ///
  /// - Throws: ``ChipError/workload(_:)`` with both times.
  func checkBudget(_ workload: Workload) throws(ChipError) {
    var seconds = 0.0
    for product in workload.layers.flatMap(\.products) {
      seconds += 5e-9 * Double(workload.steps) * Double(padded(product).all)
      if product.weights != .dense { seconds += 5e-9 * Double(product.denseMACs) }
    }
    try SimulationBudget.check(seconds, for: workload)
  }

  private func check(_ bytes: Int, _ name: String) throws(ChipError) {
    guard bytes <= weightBuffer else {
      throw .doesNotFit(
        chip: file.name,
        what: "\(name): padded weights of \(bytes) bytes for \(weightBuffer)",
        chips: (bytes + weightBuffer - 1) / weightBuffer)
    }
  }

  /// Native tiles of the inputs' matrices, and of the states'.
  private func padded(_ product: MatrixProduct) -> (early: Int, late: Int, all: Int) {
    func tiles(_ size: Int) -> Int { (size + nativeDimension - 1) / nativeDimension }
    let rows = product.gates * tiles(product.units)
    let early = rows * tiles(product.inputs)
    let late = rows * tiles(product.recurrentInputs)
    return (early, late, early + late)
  }

  /// Native tile by native tile: a tile engine takes the next one as soon as it is free.
  private func run(
    _ product: (early: Int, late: Int, all: Int), isRecurrent: Bool, steps: Int
  ) -> (cycles: Int, tiles: Int) {
    let tileCycles = nativeDimension / lanes
    var free = Array(repeating: 0, count: tileEngines)
    var tiles = 0
    var stateReady = 0
    var next = 0
    func issue(_ count: Int, from cycle: Int) -> Int {
      var end = cycle
      for _ in 0..<count {
        free[next] = max(free[next], cycle) + tileCycles
        end = max(end, free[next])
        next = (next + 1) % tileEngines
        tiles += 1
      }
      return end
    }
    for _ in 0..<steps {
      // The products of inputs wait for nothing, and so run while the pipeline holds the step
      // before.
      let inputs = issue(product.early, from: 0)
      let states = isRecurrent ? issue(product.late, from: stateReady) : inputs
      stateReady = max(inputs, states) + pipelineLatency
    }
    return (stateReady, tiles)
  }
}
