import CSparrow

/// x sigmoid(W x + b), in place: the half of a gated linear unit that keeps its input as the value.
enum Gate {
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    let output = memory.slot(layer.output)
    let work = memory.slot(layer.work)
    Matrix(record: layer.matrices.0).multiply(
      memory.slot(layer.input), into: work, at: 0, in: memory, observer: &observer)
    memory.eachFrame { place in
      memory.kernels.gate(Int(layer.width), by: work + place, output + place)
      observer.pointwise(multiplications: Int(layer.multiplications))
    }
  }

  /// x g(W x + b), in place; g is the sigmoid.
  @inline(__always)
  static func stepInIntegers(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let work = layer.multiplyInput(memory, observer: &observer)
    observer.pointwise(multiplications: Int(layer.multiplications))
    return memory.kernels.gate(
      Int(layer.width), table: memory.vector(layer.vectors.0), work, left: layer.shifts.1,
      shifts: memory.vector(layer.vectors.1), shift: layer.shifts.0, limit: memory.limit,
      memory.slot(layer.output))
  }

  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    plan.isValid(layer.matrices.0, from: layer.input, to: layer.work, width: layer.width)
      ? LayerDemand(scratch: 2 * layer.width) : nil
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    plan.hasWork(layer)
      && plan.isValid(layer.matrices.0, from: layer.input, rows: layer.width)
      && plan.isTable(layer.vectors.0) && plan.holds(layer.vectors.1, layer.width, in: 0...31)
      && layer.shifts.0 <= 31 && layer.shifts.1 <= 31
      ? LayerDemand(scratch: 2 * layer.width) : nil
  }
}
