import CSparrow

/// A function of each value on its own, in place.
enum Activation {
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    let output = memory.slot(layer.output)
    memory.eachFrame { place in
      apply(layer.function, to: output + place, count: Int(layer.width), memory.kernels)
    }
  }

  @inline(__always)
  static func apply(
    _ function: UInt32, to x: UnsafeMutablePointer<Float>, count: Int,
    _ kernels: Kernels
  ) {
    switch sparrow_activation(rawValue: function) {
    case SPARROW_ACTIVATION_RELU: kernels.relu(count, x)
    case SPARROW_ACTIVATION_GELU: kernels.gelu(count, x)
    case SPARROW_ACTIVATION_SIGMOID: kernels.sigmoid(count, x)
    case SPARROW_ACTIVATION_TANH: kernels.tanh(count, x)
    default: break
    }
  }

  /// A function of each value, in place: GELU as x times what GELU keeps of x, the others from
  /// their tables.
  @inline(__always)
  static func stepInIntegers(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let output = memory.slot(layer.output)
    let width = Int(layer.width)
    guard !layer.rectifies else {
      memory.kernels.relu(width, output)
      return 0
    }
    let work = memory.scratch + Int(layer.work)
    let table = memory.vector(layer.vectors.0)
    let shifts = memory.vector(layer.vectors.1)
    memory.kernels.widen(width, output, left: layer.shifts.0, work)
    if layer.function == SPARROW_ACTIVATION_GELU.rawValue {
      return memory.kernels.gate(
        width, table: table, work, left: 0, shifts: shifts, shift: layer.shifts.1,
        limit: memory.limit, output)
    }
    memory.kernels.function(
      width, table: table, work, shifts: shifts, shift: layer.shifts.1, limit: memory.limit, output)
    return 0
  }

  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    LayerDemand()
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    layer.rectifies
      || plan.hasWork(layer) && plan.isTable(layer.vectors.0)
        && plan.holds(layer.vectors.1, layer.width, in: 0...31)
        && layer.shifts.0 <= 14 && layer.shifts.1 <= 31
      ? LayerDemand() : nil
  }
}
