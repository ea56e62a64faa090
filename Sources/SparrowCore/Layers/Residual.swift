import CSparrow

/// The end of a residual branch: output += what the branch began with.
enum Residual {
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    let output = memory.slot(layer.output)
    let width = Int(layer.width)
    memory.eachFrame { place in
      memory.kernels.add(width, memory.slot(layer.input) + place, to: output + place)
      Activation.apply(layer.function, to: output + place, count: width, memory.kernels)
    }
  }

  /// The end of a residual branch: output += what the branch began with.
  @inline(__always)
  static func stepInIntegers(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    memory.kernels.add(
      Int(layer.width), memory.slot(layer.input), left: layer.shifts.0,
      to: memory.slot(layer.output), left: layer.shifts.1, right: layer.shifts.2,
      limit: memory.limit, rectifies: layer.rectifies)
  }

  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    plan.fits(layer.input, layer.width, in: plan.header.scratch_count) ? LayerDemand() : nil
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    plan.isRectifierOrNothing(layer) && plan.holdsActivations(layer.input, layer.width)
      && layer.shifts.0 <= 14 && layer.shifts.1 <= 14 && layer.shifts.2 <= 31
      ? LayerDemand() : nil
  }
}
