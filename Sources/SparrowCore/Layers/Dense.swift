import CSparrow

/// y = f(W x + b)
enum Dense {
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    let output = memory.slot(layer.output)
    Matrix(record: layer.matrices.0).multiply(
      memory.slot(layer.input), into: output, at: 0, in: memory, observer: &observer)
    memory.eachFrame { place in
      Activation.apply(
        layer.function, to: output + place, count: Int(layer.width), memory.kernels)
    }
  }

  /// y = f(W x + b)
  @inline(__always)
  static func stepInIntegers(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let work = layer.multiplyInput(memory, observer: &observer)
    return memory.kernels.requantize(
      Int(layer.width), work, shifts: memory.vector(layer.vectors.0), limit: memory.limit,
      rectifies: layer.rectifies, memory.slot(layer.output))
  }

  /// The record's demand of memory; nil where it refers to something that is not there.
  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    plan.isValid(layer.matrices.0, from: layer.input, to: layer.output, width: layer.width)
      ? LayerDemand(scratch: layer.width) : nil
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    plan.isRectifierOrNothing(layer) && plan.hasWork(layer)
      && plan.isValid(layer.matrices.0, from: layer.input, rows: layer.width)
      && plan.holds(layer.vectors.0, layer.width, in: 0...31)
      ? LayerDemand(scratch: layer.width) : nil
  }
}
