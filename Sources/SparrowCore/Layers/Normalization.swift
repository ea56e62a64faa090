import CSparrow

/// y = scale x + shift: a normalisation with stored statistics that no neighbour could take in.
enum Normalization {
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    memory.eachFrame { place in
      memory.kernels.affine(
        Int(layer.width), scale: memory.vector(layer.vectors.0),
        shift: memory.vector(layer.vectors.1), memory.slot(layer.input) + place,
        memory.slot(layer.output) + place)
      observer.pointwise(multiplications: Int(layer.multiplications))
    }
  }

  /// For a branch that changes what another one still needs.
  @inline(__always)
  static func stepInIntegers(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    UnsafeMutableRawPointer(memory.slot(layer.output)).copyMemory(
      from: memory.slot(layer.input), byteCount: 2 * Int(layer.width))
    return 0
  }

  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    plan.fits(layer.input, layer.width, in: plan.header.scratch_count)
      && plan.holds(layer.vectors.0, 4 * Int64(layer.width))
      && plan.holds(layer.vectors.1, 4 * Int64(layer.width))
      ? LayerDemand(scratch: layer.width) : nil
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    plan.holdsActivations(layer.input, layer.width) ? LayerDemand(scratch: layer.width) : nil
  }
}
