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
}
