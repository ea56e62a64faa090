import CSparrow

/// y_t = Σ_j W_j x_{t - (k - 1 - j) d} + b, j from 0 to k - 1: a causal convolution in time with k
/// taps and dilation d, frames before the first being zero. One product of a matrix with the taps'
/// frames side by side.
enum Convolution {
  @inline(__always)
  static func step(
    _ layer: sparrow_layer, _ memory: StepMemory, observer: inout some StepObserver
  ) {
    let input = memory.slot(layer.input)
    let work = memory.slot(layer.work)
    let ring = UnsafeMutableRawPointer(memory.state + Int(layer.state))
    memory.eachFrame { place in
      gather(
        UnsafeRawPointer(input + place), frameBytes: 4 * Int(layer.states), layer, ring,
        into: UnsafeMutableRawPointer(work + place))
    }
    Matrix(record: layer.matrices.0).multiply(
      work, into: memory.slot(layer.output), at: 0, in: memory, observer: &observer)
  }

  @inline(__always)
  static func stepInIntegers(
    _ layer: sparrow_layer, _ memory: IntegerMemory, observer: inout some StepObserver
  ) -> UInt32 {
    let work = memory.scratch + Int(layer.work)
    let layout = IntegerWork(layer)
    let taps = UnsafeMutableRawPointer(work + Int(layout.count))
    gather(
      UnsafeRawPointer(memory.slot(layer.input)), frameBytes: 2 * Int(layer.states), layer,
      UnsafeMutableRawPointer(memory.state + Int(layer.state)), into: taps)
    Matrix(record: layer.matrices.0).multiply(
      UnsafePointer(taps.assumingMemoryBound(to: Int16.self)), at: 0, in: memory, work: work,
      layout, observer: &observer)
    return memory.kernels.requantize(
      Int(layer.width), work, shifts: memory.vector(layer.vectors.0), limit: memory.limit,
      rectifies: layer.rectifies, memory.slot(layer.output))
  }

  /// Lays the taps' frames side by side, the oldest first, and puts the newest into the ring in
  /// place of the oldest.
  ///
  /// - Parameter ring: frames, then where it begins.
  @inline(__always)
  private static func gather(
    _ frame: UnsafeRawPointer, frameBytes: Int, _ layer: sparrow_layer,
    _ ring: UnsafeMutableRawPointer, into taps: UnsafeMutableRawPointer
  ) {
    let length = Int(layer.taps - 1) * Int(layer.dilation)
    if length > 0 {
      let counter = (ring + length * frameBytes).assumingMemoryBound(to: UInt32.self)
      // A state from outside may say anything.
      let first = Int(counter.pointee) < length ? Int(counter.pointee) : 0
      var place = first
      var tap = 0
      while tap < Int(layer.taps) - 1 {
        (taps + tap * frameBytes).copyMemory(from: ring + place * frameBytes, byteCount: frameBytes)
        place += Int(layer.dilation)
        if place >= length { place -= length }
        tap += 1
      }
      (ring + first * frameBytes).copyMemory(from: frame, byteCount: frameBytes)
      counter.pointee = first + 1 == length ? 0 : UInt32(first + 1)
    }
    (taps + Int(layer.taps - 1) * frameBytes).copyMemory(from: frame, byteCount: frameBytes)
  }

  /// Words of the ring and of where it begins.
  private static func stateCount(_ layer: sparrow_layer, isInteger: Bool) -> UInt64 {
    let length = UInt64(layer.taps - 1) * UInt64(layer.dilation)
    return length == 0 ? 0 : length * UInt64(layer.states) / (isInteger ? 2 : 1) + 16
  }

  static func check(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    guard let demand = shape(layer, plan, isInteger: false),
      plan.fits(layer.work, layer.taps * layer.states, in: plan.header.scratch_count),
      plan.fits(layer.input, layer.states, in: plan.header.scratch_count),
      plan.isValid(layer.matrices.0, from: layer.work, to: layer.output, width: layer.width)
    else { return nil }
    return demand
  }

  static func checkIntegers(_ layer: sparrow_layer, _ plan: inout PlanValidator) -> LayerDemand? {
    guard let demand = shape(layer, plan, isInteger: true), plan.isRectifierOrNothing(layer),
      plan.holdsActivations(layer.input, layer.states),
      UInt64(layer.work) + IntegerWork(layer).count + UInt64(layer.taps * layer.states / 2)
        <= UInt64(plan.header.scratch_count),
      plan.isValid(layer.matrices.0, rows: layer.width, columns: layer.taps * layer.states),
      plan.holds(layer.vectors.0, layer.width, in: 0...31)
    else { return nil }
    return demand
  }

  private static func shape(
    _ layer: sparrow_layer, _ plan: PlanValidator, isInteger: Bool
  ) -> LayerDemand? {
    guard layer.states >= 16, layer.states % 16 == 0, layer.taps >= 1, layer.dilation >= 1,
      UInt64(layer.taps) * UInt64(layer.states) <= 1 << 20,
      UInt64(layer.taps) * UInt64(layer.dilation) <= 1 << 20,
      layer.matrices.0.columns == layer.taps * layer.states
    else { return nil }
    let state = stateCount(layer, isInteger: isInteger)
    guard UInt64(layer.state) + state <= UInt64(plan.header.state_count) else { return nil }
    return LayerDemand(
      scratch: layer.width + layer.taps * layer.states, state: UInt32(truncatingIfNeeded: state))
  }
}
