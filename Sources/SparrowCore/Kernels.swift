package import CSparrow

/// The C kernels of a step for one instruction set, as methods. See `sparrow_kernels.h` for what
/// each one does and how its operands are laid out.
///
/// The compiler cannot look through a function pointer, so each call vouches for what it cannot
/// prove: the kernels are freestanding C, which has nothing to allocate or lock with.
package struct Kernels: @unchecked Sendable {
  let integers: UnsafePointer<sparrow_integer_kernels>
  let signal: UnsafePointer<sparrow_signal_kernels>
  #if SPARROW_FIXED_POINT_ONLY
    /// Nothing that refers to it is left where all plans are in fixed point.
    var floats: UnsafePointer<sparrow_float_kernels> { preconditionFailure() }
  #else
    let floats: UnsafePointer<sparrow_float_kernels>
  #endif

  package init(_ instructionSet: InstructionSet) {
    precondition(instructionSet.isSupported, "this processor lacks the instruction set")
    integers = sparrow_integer_kernels_for(instructionSet.cValue)
    signal = sparrow_signal_kernels_for(instructionSet.cValue)
    #if !SPARROW_FIXED_POINT_ONLY
      floats = sparrow_float_kernels_for(instructionSet.cValue)
    #endif
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
      sparrow_multiply(floats, matrix, image.assumingMemoryBound(to: UInt8.self), x, y)
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
        floats, matrix, image.assumingMemoryBound(to: UInt8.self), frames, stride, x, y)
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
        integers, matrix, image.assumingMemoryBound(to: UInt8.self), low, high, y)
    }
  }

  @inline(__always)
  package func planes(_ x: UnsafePointer<Int8>, count: Int, low: UnsafeMutablePointer<UInt8>) {
    _unsafePerformance { integers.pointee.planes_i8(count, x, low) }
  }

  @inline(__always)
  package func planes(
    _ x: UnsafePointer<Int16>, count: Int, low: UnsafeMutablePointer<UInt8>,
    high: UnsafeMutablePointer<UInt8>
  ) {
    _unsafePerformance { integers.pointee.planes_i16(count, x, low, high) }
  }

  /// Whether there is a kernel for products of bytes in a format, which builds may leave out.
  func multipliesBytes(in format: UInt32) -> Bool {
    sparrow_multiplies_integers(integers, format)
  }

  /// The planes of floats that are rounded to -limit...limit, and what one is worth.
  @inline(__always)
  package func roundActivations(
    _ x: Vector, count: Int, limit: Int32, low: UnsafeMutablePointer<UInt8>,
    high: UnsafeMutablePointer<UInt8>
  ) -> Float {
    _unsafePerformance { floats.pointee.round_activations(count, limit, x, low, high) }
  }

  /// y = scale · scales ⊙ sums + bias; y may lie where the sums do.
  @inline(__always)
  package func scaleSums(
    _ count: Int, _ sums: UnsafePointer<Int32>, scale: Float, scales: Vector, bias: Vector,
    _ y: MutableVector
  ) {
    _unsafePerformance { floats.pointee.scale_sums(count, sums, scale, scales, bias, y) }
  }

  @inline(__always)
  package func relu(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { floats.pointee.relu(count, x) }
  }

  @inline(__always)
  package func gelu(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { floats.pointee.gelu(count, x) }
  }

  @inline(__always)
  package func sigmoid(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { floats.pointee.sigmoid(count, x) }
  }

  @inline(__always)
  package func tanh(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { floats.pointee.tanh(count, x) }
  }

  @inline(__always)
  package func gate(_ count: Int, by gate: Vector, _ x: MutableVector) {
    _unsafePerformance { floats.pointee.gate(count, gate, x) }
  }

  @inline(__always)
  package func add(_ count: Int, _ x: Vector, to y: MutableVector) {
    _unsafePerformance { floats.pointee.add(count, x, y) }
  }

  @inline(__always)
  package func multiplyAdd(_ count: Int, _ a: Vector, _ x: Vector, to y: MutableVector) {
    _unsafePerformance { floats.pointee.multiply_add(count, a, x, y) }
  }

  @inline(__always)
  package func affine(
    _ count: Int, scale: Vector, shift: Vector, _ x: Vector, _ y: MutableVector
  ) {
    _unsafePerformance { floats.pointee.affine(count, scale, shift, x, y) }
  }

  @inline(__always)
  package func layerNormalize(
    _ count: Int, own: Int, centers: Bool, epsilon: Float, scale: Vector, shift: Vector,
    _ x: Vector, _ y: MutableVector
  ) {
    _unsafePerformance {
      floats.pointee.layer_normalize(count, own, centers ? 1 : 0, epsilon, scale, shift, x, y)
    }
  }

  @inline(__always)
  package func countActive(
    _ count: Int, _ x: Vector, _ counts: UnsafePointer<UInt32>
  ) -> (active: Int, sum: Int) {
    var sum: UInt64 = 0
    let active = floats.pointee.count_active(count, x, counts, &sum)
    return (Int(active), Int(sum))
  }

  @inline(__always)
  package func complexReLU(_ count: Int, _ x: Vector, _ y: MutableVector) {
    _unsafePerformance { floats.pointee.complex_relu(count, x, y) }
  }

  @inline(__always)
  package func recurrence(
    _ count: Int, a: Vector, f: Vector, w: Vector, _ x: MutableVector
  ) {
    _unsafePerformance { floats.pointee.recurrence(count, a, f, w, x) }
  }

  @inline(__always)
  package func transformForward(
    _ transform: UnsafePointer<sparrow_transform>, _ frame: Vector, window: Vector,
    re: MutableVector, im: MutableVector, work: MutableVector
  ) {
    _unsafePerformance {
      signal.pointee.transform_forward(transform, frame, window, re, im, work)
    }
  }

  @inline(__always)
  package func transformInverse(
    _ transform: UnsafePointer<sparrow_transform>, re: MutableVector, im: MutableVector,
    window: Vector, _ frame: MutableVector, work: MutableVector
  ) {
    _unsafePerformance {
      signal.pointee.transform_inverse(transform, re, im, window, frame, work)
    }
  }

  @inline(__always)
  package func spectrumPower(
    _ count: Int, re: Vector, im: Vector, floor: Float, power: Float, _ y: MutableVector
  ) {
    _unsafePerformance { signal.pointee.spectrum_power(count, re, im, floor, power, y) }
  }

  @inline(__always)
  package func spectrumFollow(
    _ count: Int, _ c: Vector, rise: Float, fall: Float, offset: Float,
    reference: MutableVector, _ y: MutableVector
  ) {
    _unsafePerformance {
      signal.pointee.spectrum_follow(count, c, rise, fall, offset, reference, y)
    }
  }

  /// x = e^x, the same bits on every processor.
  @inline(__always)
  package func portableExp(_ count: Int, _ x: MutableVector) {
    _unsafePerformance { signal.pointee.portable_exp(count, x) }
  }

  @inline(__always)
  package func spectrumSigmoid(_ count: Int, gain: Float, _ x: MutableVector) {
    _unsafePerformance { signal.pointee.spectrum_sigmoid(count, gain, x) }
  }

  @inline(__always)
  package func spectrumMask(
    _ count: Int, mask: Vector, re: MutableVector, im: MutableVector
  ) {
    _unsafePerformance { signal.pointee.spectrum_mask(count, mask, re, im) }
  }

  @inline(__always)
  package func add(samples count: Int, _ x: Vector, to y: MutableVector) {
    _unsafePerformance { signal.pointee.add(count, x, y) }
  }

  @inline(__always)
  package func logSumExp(_ x: Vector, count: Int) -> Float {
    _unsafePerformance { floats.pointee.log_sum_exp(count, x) }
  }

  /// Σ x h, the same bits on every processor. `taps`: a multiple of 8.
  @inline(__always)
  package func filter(_ taps: Int, _ x: Vector, _ h: Vector) -> Float {
    _unsafePerformance { floats.pointee.filter(taps, x, h) }
  }

  /// The same at all places, from one on, whose samples are there.
  ///
  /// - Parameters:
  ///   - x: `count` samples, and as many as a filter has taps that may be read.
  ///   - place: of the next output, in samples and in fractions of one; moved.
  /// - Returns: how many were written.
  @inline(__always)
  package func resample(
    _ resampling: sparrow_resampling, _ x: Vector, count: Int,
    place: inout (offset: Int, fraction: Int), into y: MutableVector
  ) -> Int {
    withUnsafePointer(to: resampling) { resampling in
      var (offset, fraction) = place
      let given = _unsafePerformance {
        floats.pointee.resample(resampling, x, count, &offset, &fraction, y)
      }
      place = (offset, fraction)
      return given
    }
  }
}
