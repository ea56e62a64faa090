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
    let rectifies = layer.rectifies
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

  /// x = a x + f (B u + b)        y = C g(x) + d u + c
  @inline(__always)
  static func stepInIntegers(
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

  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    let parts = 2 * layer.states
    return layer.states >= 16 && layer.states % 16 == 0
      && plan.fits(layer.state, parts, in: plan.header.state_count)
      && plan.isValid(layer.matrices.0, from: layer.input, to: layer.work, width: parts)
      && plan.isValid(layer.matrices.1, columns: parts, to: layer.output, width: layer.width)
      && plan.holds(layer.vectors.0, 4 * Int64(parts))
      && plan.holds(layer.vectors.1, 4 * Int64(parts))
      && plan.holds(layer.vectors.2, 4 * Int64(layer.width))
      && plan.fits(layer.input, layer.width, in: plan.header.scratch_count)
      ? LayerDemand(scratch: layer.width + parts, state: parts) : nil
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    let parts = 2 * layer.states
    return layer.states >= 16 && layer.states % 16 == 0 && plan.isRectifierOrNothing(layer)
      && plan.hasWork(layer) && plan.fits(layer.state, parts, in: plan.header.state_count)
      && plan.isValid(layer.matrices.0, from: layer.input, rows: parts)
      && plan.isValid(layer.matrices.1, rows: layer.width, columns: parts)
      && plan.holdsActivations(layer.input, layer.width)
      && plan.holds(layer.vectors.0, parts, in: PlanValidator.numbers(bits: 24))
      && plan.holds(layer.vectors.1, parts, in: PlanValidator.numbers(bits: 16))
      && plan.holds(layer.vectors.1, layer.states, after: parts, in: 0...62)
      && plan.holds(layer.vectors.2, layer.width, in: PlanValidator.numbers(bits: 16))
      && plan.holds(layer.vectors.2, layer.width, after: layer.width, in: 1...31)
      && layer.shifts.0 <= 62 && layer.shifts.1 <= 31 && (1...31).contains(layer.shifts.2)
      ? LayerDemand(scratch: layer.width + parts, state: parts) : nil
  }
}
