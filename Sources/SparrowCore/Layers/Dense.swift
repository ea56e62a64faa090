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
}
