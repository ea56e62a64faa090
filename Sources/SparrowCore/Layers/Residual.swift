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
}
