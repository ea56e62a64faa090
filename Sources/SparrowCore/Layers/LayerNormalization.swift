import CSparrow

/// y = scale (x - m) / √(v + ε) + shift, m and v being mean and variance of the frame's values; or
/// without the mean (RMS). In place or not.
enum LayerNormalization {
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    memory.eachFrame { place in
      memory.kernels.layerNormalize(
        Int(layer.width), own: Int(layer.own), centers: layer.centers == 1,
        epsilon: memory.vector(layer.vectors.2).pointee, scale: memory.vector(layer.vectors.0),
        shift: memory.vector(layer.vectors.1), memory.slot(layer.input) + place,
        memory.slot(layer.output) + place)
      observer.pointwise(multiplications: Int(layer.multiplications))
    }
  }

  @inline(__always)
  static func stepInIntegers(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let epsilon = memory.vector(layer.vectors.2)
    observer.pointwise(multiplications: Int(layer.multiplications))
    return memory.kernels.layerNormalize(
      Int(layer.width), own: Int(layer.own), centers: layer.centers == 1,
      epsilon: UInt64(UInt32(bitPattern: epsilon[1])) << 32
        | UInt64(UInt32(bitPattern: epsilon[0])),
      scale: memory.vector(layer.vectors.0), shift: memory.vector(layer.vectors.1),
      left: layer.shifts.0, right: layer.shifts.1, limit: memory.limit,
      memory.slot(layer.input), memory.slot(layer.output))
  }

  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    hasOwnValues(layer) && plan.fits(layer.input, layer.width, in: plan.header.scratch_count)
      && plan.holds(layer.vectors.0, 4 * Int64(layer.width))
      && plan.holds(layer.vectors.1, 4 * Int64(layer.width)) && plan.holds(layer.vectors.2, 4)
      ? LayerDemand(scratch: layer.width) : nil
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    guard hasOwnValues(layer), plan.holdsActivations(layer.input, layer.width),
      plan.holds(layer.vectors.0, layer.width, in: PlanValidator.numbers(bits: 16)),
      plan.holds(layer.vectors.1, layer.width, in: PlanValidator.numbers(bits: 16)),
      layer.shifts.0 <= 31, layer.shifts.1 <= 31, plan.holds(layer.vectors.2, 8)
    else { return nil }
    // With it, a frame of zeros is divided by something, and no sum exceeds 63 bits.
    let high = (plan.image + Int(layer.vectors.2)).load(fromByteOffset: 4, as: UInt32.self)
    let low = (plan.image + Int(layer.vectors.2)).load(as: UInt32.self)
    return high < 1 << 29 && (high > 0 || low > 0) ? LayerDemand(scratch: layer.width) : nil
  }

  private static func hasOwnValues(_ layer: sparrow_layer) -> Bool {
    (1...layer.width).contains(layer.own) && layer.centers <= 1
  }
}
