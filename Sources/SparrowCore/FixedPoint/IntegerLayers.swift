import CSparrow

/// The layers' steps in integers, as Documentation/FixedPoint.md describes them. Each returns how many
/// values it had to clip.
enum IntegerLayers {
  /// y = f(W x + b)
  @inline(__always)
  static func dense(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let work = memory.scratch + Int(layer.work)
    Matrix(record: layer.matrices.0).multiply(
      memory.slot(layer.input), at: 0, in: memory, work: work, IntegerWork(layer),
      observer: &observer)
    return memory.kernels.requantize(
      Int(layer.width), work, shifts: memory.vector(layer.vectors.0), limit: memory.limit,
      rectifies: layer.rectifies, memory.slot(layer.output))
  }

  /// x = a x + f (B u + b)        y = C g(x) + d u + c
  @inline(__always)
  static func linearRecurrence(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let kernels = memory.kernels
    let layout = IntegerWork(layer)
    let states = Int(layer.states)
    let width = Int(layer.width)
    let input = memory.slot(layer.input)
    let work = memory.scratch + Int(layer.work)
    let state = memory.state + Int(layer.state)
    let f = memory.vector(layer.vectors.1)
    let d = memory.vector(layer.vectors.2)

    Matrix(record: layer.matrices.0).multiply(
      input, at: 0, in: memory, work: work, layout, observer: &observer)
    var clipped = kernels.recurrence(
      states, a: memory.vector(layer.vectors.0), shift: layer.shifts.0, f: f,
      shifts: f + 2 * states, w: work, state)
    let read = UnsafeMutableRawPointer(work + layout.read).assumingMemoryBound(to: Int16.self)
    clipped &+= kernels.read(
      states, state, shift: layer.shifts.1, limit: memory.limit,
      rectifies: layer.rectifies, read)
    Matrix(record: layer.matrices.1).multiply(
      read, at: 1, in: memory, work: work, layout, observer: &observer)
    clipped &+= kernels.requantize(
      width, work, shifts: d + width, addingD: d, times: input, shift: layer.shifts.2,
      limit: memory.limit, memory.slot(layer.output))
    observer.pointwise(multiplications: Int(layer.multiplications))
    return clipped
  }

  /// x g(W x + b), in place; g is the sigmoid.
  @inline(__always)
  static func gate(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let work = memory.scratch + Int(layer.work)
    Matrix(record: layer.matrices.0).multiply(
      memory.slot(layer.input), at: 0, in: memory, work: work, IntegerWork(layer),
      observer: &observer)
    observer.pointwise(multiplications: Int(layer.multiplications))
    return memory.kernels.gate(
      Int(layer.width), table: memory.vector(layer.vectors.0), work, left: layer.shifts.1,
      shifts: memory.vector(layer.vectors.1), shift: layer.shifts.0, limit: memory.limit,
      memory.slot(layer.output))
  }

  /// A function of each value, in place: GELU as x times what GELU keeps of x, the others from their
  /// tables.
  @inline(__always)
  static func activation(_ layer: sparrow_layer, _ memory: IntegerMemory) -> UInt32 {
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

  /// The end of a residual branch: output += what the branch began with.
  @inline(__always)
  static func add(_ layer: sparrow_layer, _ memory: IntegerMemory) -> UInt32 {
    memory.kernels.add(
      Int(layer.width), memory.slot(layer.input), left: layer.shifts.0,
      to: memory.slot(layer.output), left: layer.shifts.1, right: layer.shifts.2,
      limit: memory.limit, rectifies: layer.rectifies)
  }

  /// For a branch that changes what another one still needs.
  @inline(__always)
  static func copy(_ layer: sparrow_layer, _ memory: IntegerMemory) -> UInt32 {
    UnsafeMutableRawPointer(memory.slot(layer.output)).copyMemory(
      from: memory.slot(layer.input), byteCount: 2 * Int(layer.width))
    return 0
  }
}

extension sparrow_layer {
  @inline(__always)
  fileprivate var rectifies: Bool { function == SPARROW_ACTIVATION_RELU.rawValue }
}
