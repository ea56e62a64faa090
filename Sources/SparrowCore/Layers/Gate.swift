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
}
