/// A graphics processor: launch overhead plus a roofline model (Williams et al. 2009) of each
/// kernel. Zeros are not skipped.
public struct GPU: Sendable {
  /// The parameters of the chip.
  public let file: ChipFile
  /// The clock frequency, in hertz.
  public let clock: Double
  /// Peak floating-point operations per second; a multiply-accumulate is two.
  let peakOperations: Double
  let bandwidth: Double
  let cache: Double
  let cacheBandwidth: Double
  let efficiency: Double
  let launchOverhead: Double
  let callOverhead: Double
  let recurrentKernels: Double
  let productKernels: Double
  let gateKernels: Double
  let stateKernels: Double
  let weightBytes: Int
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
    peakOperations = try reader.positive("peak", "FLOP/s")
    bandwidth = try reader.positive("bandwidth", "B/s")
    cache = try reader.number("cache", "bytes")
    cacheBandwidth = try reader.positive("cacheBandwidth", "B/s")
    efficiency = try reader.positive("efficiency", "1")
    launchOverhead = try reader.number("launchOverhead", "s")
    callOverhead = try reader.number("callOverhead", "s")
    recurrentKernels = try reader.number("recurrentKernels", "kernels")
    productKernels = try reader.number("productKernels", "kernels")
    gateKernels = try reader.number("gateKernels", "kernels")
    stateKernels = try reader.number("stateKernels", "kernels")
    weightBytes = try reader.count("weightBytes", "bytes", in: 1...8)
    power = try reader.number("power", "W")
    area = try reader.number("area", "mm2")
    try reader.finish()
    guard efficiency <= 1 else {
      throw reader.error("efficiency is \(efficiency); expected more than 0, at most 1")
    }
    guard cacheBandwidth >= bandwidth else {
      throw reader.error(
        "cacheBandwidth of \(cacheBandwidth) B/s is less than the bandwidth of \(bandwidth)")
    }
  }

  /// Peak throughput in multiply-accumulates per second.
  public var peak: Double { peakOperations / 2 }

  /// Simulates a workload layer by layer, with one call for all steps.
  ///
  /// - Throws: ``ChipError/workload(_:)`` if the workload is invalid.
  public func simulate(_ workload: Workload) throws(ChipError) -> SimulationResult {
    try workload.validate()
    let weights = Double(workload.weightCount * weightBytes)
    var layers: [SimulationResult.Layer] = []
    var seconds = callOverhead
    var needed = 0
    var multiplications = 0
    for layer in workload.layers {
      let own = Double(layer.directions) * time(layer, steps: workload.steps, allWeights: weights)
      let repeats = workload.steps * layer.directions
      let macs = Int(
        (Double(repeats) * layer.products.reduce(0) { $0 + $1.effectiveMACs }).rounded())
      multiplications += repeats * layer.products.reduce(0) { $0 + $1.denseMACs }
      seconds += own
      needed += macs
      layers.append(
        .init(
          name: layer.name, setting: "", cycles: own * clock, seconds: own, neededMACs: macs,
          utilization: own > 0 ? Double(macs) / (own * peak) : 0))
    }
    var energy = Energy()
    energy.add(.staticPower, seconds * power)
    return SimulationResult(
      chip: file.name, workload: workload.name, steps: workload.steps, layers: layers,
      cycles: seconds * clock, seconds: seconds, weightLoadSeconds: 0, energy: energy,
      multiplications: multiplications, neededMACs: needed,
      utilization: Double(needed) / (seconds * peak))
  }

  private func time(_ layer: WorkloadLayer, steps: Int, allWeights: Double) -> Double {
    let count = Double(steps)
    let recurrent = layer.products.reduce(0) { $0 + $1.rows * $1.recurrentInputs }
    let inputs = layer.products.reduce(0) { $0 + $1.denseMACs } - recurrent
    // A layer's own weights stay in the cache for a sequence; for frames that come one at a time,
    // they do where those of all layers fit.
    let resident =
      steps > 1
      ? Double((inputs + recurrent) * weightBytes) <= cache : allWeights <= cache
    func roofline(macs: Int, reuse: Double, reads: Double) -> Double {
      let bytes = Double(macs * weightBytes) * reads
      let rate = resident ? cacheBandwidth : bandwidth
      return max(2 * Double(macs) * reuse / peakOperations, bytes / rate) / efficiency
    }
    if recurrent > 0 {
      // The inputs' products of all steps are one kernel that reads the weights once.
      return launchOverhead + roofline(macs: inputs, reuse: count, reads: 1)
        + count * recurrentKernels * launchOverhead
        + roofline(macs: recurrent, reuse: count, reads: count)
    }
    let kernels =
      switch layer.kind {
      case .dense: productKernels
      case .gate: gateKernels
      case .linearRecurrence: stateKernels
      case .lstm, .gru, .eventGRU: recurrentKernels
      }
    // A linear recurrence's steps can be computed together (a scan), as those of a dense layer can.
    return kernels * launchOverhead + roofline(macs: inputs, reuse: count, reads: 1)
  }
}
