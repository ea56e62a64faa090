package import CSparrow

/// The C kernels of a step for one instruction set, as methods. See `sparrow_kernels.h` for what
/// each one does and how its operands are laid out.
///
/// The compiler cannot look through a function pointer, so each call vouches for what it cannot
/// prove: the kernels are freestanding C, which has nothing to allocate or lock with.
package struct Kernels: @unchecked Sendable {
  let table: UnsafePointer<sparrow_kernels>

  package init(_ instructionSet: InstructionSet) {
    precondition(instructionSet.isSupported, "this processor lacks the instruction set")
    table = sparrow_kernels_for(instructionSet.cValue)
  }

  package typealias Vector = UnsafePointer<Float>
  package typealias MutableVector = UnsafeMutablePointer<Float>

  /// y = W x + bias in single precision, by the matrix's format. `image`: what the matrix's offsets
  /// count from.
  @inline(__always)
  package func multiply(
    _ matrix: sparrow_matrix, in image: UnsafeRawPointer, _ x: Vector, _ y: MutableVector
  ) {
    _unsafePerformance {
      sparrow_multiply(table, matrix, image.assumingMemoryBound(to: UInt8.self), x, y)
    }
  }

  /// The same for several frames, whose x are `stride` floats apart, as their y are.
  @inline(__always)
  package func multiply(
    _ matrix: sparrow_matrix, in image: UnsafeRawPointer, frames: Int, stride: Int, _ x: Vector,
    _ y: MutableVector
  ) {
    _unsafePerformance {
      sparrow_multiply_frames(
        table, matrix, image.assumingMemoryBound(to: UInt8.self), frames, stride, x, y)
    }
  }

  /// The same in integers. `low`, `high`: the activations' planes; `high` is nil for 8-bit ones.
  @inline(__always)
  package func multiply(
    _ matrix: sparrow_matrix, in image: UnsafeRawPointer, low: UnsafePointer<UInt8>,
    high: UnsafePointer<UInt8>?, _ y: UnsafeMutablePointer<Int32>
  ) {
    _unsafePerformance {
      sparrow_multiply_integers(
        table, matrix, image.assumingMemoryBound(to: UInt8.self), low, high, y)
    }
  }

  @inline(__always)
  package func planes(_ x: UnsafePointer<Int8>, count: Int, low: UnsafeMutablePointer<UInt8>) {
    _unsafePerformance { table.pointee.planes_i8(count, x, low) }
  }

  @inline(__always)
  package func planes(
    _ x: UnsafePointer<Int16>, count: Int, low: UnsafeMutablePointer<UInt8>,
    high: UnsafeMutablePointer<UInt8>
  ) {
    _unsafePerformance { table.pointee.planes_i16(count, x, low, high) }
  }

  /// Steps that a lookup takes for each of some panels; see `sparrow_kernels.h`.
  @inline(__always)
  package func lookupSteps(
    panels: Int, quarters: Int, _ counts: UnsafePointer<UInt8>, _ steps: UnsafeMutablePointer<Int32>
  ) {
    table.pointee.lookup_steps(panels, quarters, counts, steps)
  }

  /// The planes of floats that are rounded to -limit...limit, and what one is worth.
  @inline(__always)
  package func roundActivations(
    _ x: Vector, count: Int, limit: Int32, low: UnsafeMutablePointer<UInt8>,
    high: UnsafeMutablePointer<UInt8>
  ) -> Float {
    _unsafePerformance { table.pointee.round_activations(count, limit, x, low, high) }
  }

  /// y = scale · scales ⊙ sums + bias; y may lie where the sums do.
  @inline(__always)
  package func scaleSums(
    _ count: Int, _ sums: UnsafePointer<Int32>, scale: Float, scales: Vector, bias: Vector,
    _ y: MutableVector
  ) {
    _unsafePerformance { table.pointee.scale_sums(count, sums, scale, scales, bias, y) }
  }

  @inline(__always)
  package func relu(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { table.pointee.relu(count, x) }
  }

  @inline(__always)
  package func gelu(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { table.pointee.gelu(count, x) }
  }

  @inline(__always)
  package func sigmoid(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { table.pointee.sigmoid(count, x) }
  }

  @inline(__always)
  package func tanh(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { table.pointee.tanh(count, x) }
  }

  @inline(__always)
  package func gate(_ count: Int, by gate: Vector, _ x: MutableVector) {
    _unsafePerformance { table.pointee.gate(count, gate, x) }
  }

  @inline(__always)
  package func add(_ count: Int, _ x: Vector, to y: MutableVector) {
    _unsafePerformance { table.pointee.add(count, x, y) }
  }

  @inline(__always)
  package func multiplyAdd(_ count: Int, _ a: Vector, _ x: Vector, to y: MutableVector) {
    _unsafePerformance { table.pointee.multiply_add(count, a, x, y) }
  }

  @inline(__always)
  package func affine(
    _ count: Int, scale: Vector, shift: Vector, _ x: Vector, _ y: MutableVector
  ) {
    _unsafePerformance { table.pointee.affine(count, scale, shift, x, y) }
  }

  @inline(__always)
  package func layerNormalize(
    _ count: Int, own: Int, centers: Bool, epsilon: Float, scale: Vector, shift: Vector,
    _ x: Vector, _ y: MutableVector
  ) {
    _unsafePerformance {
      table.pointee.layer_normalize(count, own, centers ? 1 : 0, epsilon, scale, shift, x, y)
    }
  }

  @inline(__always)
  package func countActive(
    _ count: Int, _ x: Vector, _ counts: UnsafePointer<UInt32>
  ) -> (active: Int, sum: Int) {
    var sum: UInt64 = 0
    let active = table.pointee.count_active(count, x, counts, &sum)
    return (Int(active), Int(sum))
  }

  @inline(__always)
  package func complexReLU(_ count: Int, _ x: Vector, _ y: MutableVector) {
    _unsafePerformance { table.pointee.complex_relu(count, x, y) }
  }

  @inline(__always)
  package func recurrence(
    _ count: Int, a: Vector, f: Vector, w: Vector, _ x: MutableVector
  ) {
    _unsafePerformance { table.pointee.recurrence(count, a, f, w, x) }
  }

  @inline(__always)
  package func transformForward(
    _ transform: UnsafePointer<sparrow_transform>, _ frame: Vector, window: Vector,
    re: MutableVector, im: MutableVector, work: MutableVector
  ) {
    _unsafePerformance {
      table.pointee.transform_forward(transform, frame, window, re, im, work)
    }
  }

  @inline(__always)
  package func transformInverse(
    _ transform: UnsafePointer<sparrow_transform>, re: Vector, im: Vector, window: Vector,
    _ frame: MutableVector, work: MutableVector
  ) {
    _unsafePerformance {
      table.pointee.transform_inverse(transform, re, im, window, frame, work)
    }
  }

  @inline(__always)
  package func spectrumPower(
    _ count: Int, re: Vector, im: Vector, floor: Float, power: Float, _ y: MutableVector
  ) {
    _unsafePerformance { table.pointee.spectrum_power(count, re, im, floor, power, y) }
  }

  @inline(__always)
  package func spectrumFollow(
    _ count: Int, _ c: Vector, rise: Float, fall: Float, offset: Float,
    reference: MutableVector, _ y: MutableVector
  ) {
    _unsafePerformance {
      table.pointee.spectrum_follow(count, c, rise, fall, offset, reference, y)
    }
  }

  /// x = e^x, the same bits on every processor.
  @inline(__always)
  package func portableExp(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { table.pointee.portable_exp(count, x) }
  }

  @inline(__always)
  package func spectrumSigmoid(_ count: Int, gain: Float, _ x: MutableVector) {
    _unsafePerformance { table.pointee.spectrum_sigmoid(count, gain, x) }
  }

  @inline(__always)
  package func spectrumMask(
    _ count: Int, mask: Vector, re: MutableVector, im: MutableVector
  ) {
    _unsafePerformance { table.pointee.spectrum_mask(count, mask, re, im) }
  }

  @inline(__always)
  package func logSumExp(_ x: Vector, count: Int) -> Float {
    _unsafePerformance { table.pointee.log_sum_exp(count, x) }
  }
}
