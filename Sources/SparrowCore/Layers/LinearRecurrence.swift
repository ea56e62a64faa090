import CSparrow

/// The diagonal linear state-space layer (S5) after discretisation, u real, x complex:
///
///     x = a x + f (B u)        y = C g(x) + d u
///
/// B keeps the sparsity that training gave it, since the factor f that discretisation multiplies it
/// by is kept apart. C holds 2 Re and -2 Im where states stand for conjugate pairs, so that it is a
/// real matrix on the parts of x. g is the identity or the complex rectifier; the state that is
/// carried on is never rectified.
enum LinearRecurrence {
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    let kernels = memory.kernels
    let states = Int(layer.states)
    let width = Int(layer.width)
    let rectifies = layer.function == SPARROW_ACTIVATION_RELU.rawValue
    let input = memory.slot(layer.input)
    let output = memory.slot(layer.output)
    let work = memory.slot(layer.work)
    let state = memory.state + Int(layer.state)

    Matrix(record: layer.matrices.0).multiply(
      input, into: work, at: 0, in: memory, observer: &observer)
    memory.eachFrame { place in
      let work = work + place
      kernels.recurrence(
        states, a: memory.vector(layer.vectors.0), f: memory.vector(layer.vectors.1), w: work,
        state)
      if rectifies {
        kernels.complexReLU(states, state, work)
      } else if memory.frames > 1 {
        UnsafeMutableRawPointer(work).copyMemory(from: state, byteCount: 8 * states)
      }
    }
    Matrix(record: layer.matrices.1).multiply(
      rectifies || memory.frames > 1 ? work : state, into: output, at: 1, in: memory,
      observer: &observer)
    memory.eachFrame { place in
      kernels.multiplyAdd(
        width, memory.vector(layer.vectors.2), input + place, to: output + place)
      observer.pointwise(multiplications: Int(layer.multiplications))
    }
  }
}
