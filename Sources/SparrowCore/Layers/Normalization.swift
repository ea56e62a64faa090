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
}
