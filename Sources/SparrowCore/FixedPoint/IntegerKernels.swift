import CSparrow

/// The kernels of a step in integers. Those that clip return how many values they had to clip.
/// Shifts are positive numbers of bits, which the plan keeps as unsigned ones.
extension Kernels {
  package typealias Integers = UnsafePointer<Int32>
  package typealias Activations = UnsafePointer<Int16>
  package typealias MutableActivations = UnsafeMutablePointer<Int16>

  @inline(__always)
  package func narrowPlanes(_ x: Activations, count: Int, low: UnsafeMutablePointer<UInt8>) {
    _unsafePerformance { integers.pointee.planes_narrow(count, x, low) }
  }

  @inline(__always)
  package func requantize(
    _ count: Int, _ x: Integers, shifts: Integers, limit: Int32, rectifies: Bool,
    _ y: MutableActivations
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.requantize(count, x, shifts, limit, rectifies ? 1 : 0, y)
    }
    return clipped
  }

  @inline(__always)
  package func requantize(
    _ count: Int, _ x: Integers, shifts: Integers, addingD d: Integers, times u: Activations,
    shift: UInt32, limit: Int32, _ y: MutableActivations
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.requantize_add(
        count, x, shifts, d, u, Int32(bitPattern: shift), limit, y)
    }
    return clipped
  }

  @inline(__always)
  package func recurrence(
    _ count: Int, a: Integers, shift: UInt32, f: Integers, shifts: Integers, w: Integers,
    _ x: UnsafeMutablePointer<Int32>
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.integer_recurrence(
        count, a, Int32(bitPattern: shift), f, shifts, w, x)
    }
    return clipped
  }

  @inline(__always)
  package func layerNormalize(
    _ count: Int, own: Int, centers: Bool, epsilon: UInt64, scale: Integers, shift: Integers,
    left: UInt32, right: UInt32, limit: Int32, _ x: Activations, _ y: MutableActivations
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.integer_layer_normalize(
        count, own, centers ? 1 : 0, epsilon, scale, shift, Int32(bitPattern: left),
        Int32(bitPattern: right), limit, x, y)
    }
    return clipped
  }

  @inline(__always)
  package func read(
    _ count: Int, _ x: Integers, shift: UInt32, limit: Int32, rectifies: Bool,
    _ y: MutableActivations
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.integer_read(
        count, x, Int32(bitPattern: shift), limit, rectifies ? 1 : 0, y)
    }
    return clipped
  }

  @inline(__always)
  package func add(
    _ count: Int, _ x: Activations, left xLeft: UInt32, to y: MutableActivations,
    left yLeft: UInt32, right: UInt32, limit: Int32, rectifies: Bool
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.integer_add(
        count, x, Int32(bitPattern: xLeft), Int32(bitPattern: yLeft), Int32(bitPattern: right),
        limit, rectifies ? 1 : 0, y)
    }
    return clipped
  }

  @inline(__always)
  package func relu(_ count: Int, _ x: MutableActivations) {
    _unsafePerformance { integers.pointee.integer_relu(count, x) }
  }

  @inline(__always)
  package func widen(
    _ count: Int, _ x: Activations, left: UInt32, _ y: UnsafeMutablePointer<Int32>
  ) {
    _unsafePerformance { integers.pointee.integer_widen(count, x, Int32(bitPattern: left), y) }
  }

  @inline(__always)
  package func function(
    _ count: Int, table function: Integers, _ x: Integers, shifts: Integers, shift: UInt32,
    limit: Int32, _ y: MutableActivations
  ) {
    _unsafePerformance {
      integers.pointee.integer_function(
        count, function, x, shifts, Int32(bitPattern: shift), limit, y)
    }
  }

  @inline(__always)
  package func gate(
    _ count: Int, table function: Integers, _ x: Integers, left: UInt32, shifts: Integers,
    shift: UInt32,
    limit: Int32, _ y: MutableActivations
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.integer_gate(
        count, function, x, Int32(bitPattern: left), shifts, Int32(bitPattern: shift), limit, y)
    }
    return clipped
  }

  package func countActive(
    _ count: Int, _ x: Activations, _ counts: UnsafePointer<UInt32>
  ) -> (active: Int, sum: Int) {
    var sum: UInt64 = 0
    let active = integers.pointee.count_active_i16(count, x, counts, &sum)
    return (Int(active), Int(sum))
  }

  @inline(__always)
  package func quantize(
    _ count: Int, _ x: Vector, scale: Float, limit: Int32, _ y: MutableActivations
  ) -> UInt32 {
    var clipped: UInt32 = 0
    _unsafePerformance {
      clipped = integers.pointee.quantize(count, x, scale, limit, y)
    }
    return clipped
  }

  @inline(__always)
  package func dequantize(_ count: Int, _ x: Activations, step: Float, _ y: MutableVector) {
    _unsafePerformance { integers.pointee.dequantize(count, x, step, y) }
  }
}
