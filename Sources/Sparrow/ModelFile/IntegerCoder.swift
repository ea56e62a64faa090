/// Models for the bits of positive integers, whose logarithms are likely to be alike.
struct NumberModel {
  /// Bits of the longest number.
  static let mostBits = 33
  /// How many of the bits below the first are worth a model; those below are as good as random.
  private static let modelled = 3

  /// Whether there are more bits than so many.
  private var lengths = Array(repeating: BitModel(), count: mostBits)
  /// The bits below the first, by how many bits there are and by those before.
  private var bits = Array(repeating: BitModel(), count: (mostBits + 1) << modelled)

  mutating func encode(_ number: UInt64, to encoder: inout RangeEncoder) {
    let length = UInt64.bitWidth - number.leadingZeroBitCount
    precondition(length >= 1 && length <= Self.mostBits)
    for count in 1..<length { encoder.encode(true, &lengths[count]) }
    if length < Self.mostBits { encoder.encode(false, &lengths[length]) }
    var before = 1
    for place in (0..<length - 1).reversed() {
      let bit = number >> UInt64(place) & 1 == 1
      if before < 1 << Self.modelled {
        encoder.encode(bit, &bits[length << Self.modelled + before])
        before = before << 1 | (bit ? 1 : 0)
      } else {
        encoder.encode(bit, .even)
      }
    }
  }

  /// At least 1, and less than 2^``mostBits``.
  mutating func decode(from decoder: inout RangeDecoder) -> UInt64 {
    var length = 1
    while length < Self.mostBits, decoder.decode(&lengths[length]) { length += 1 }
    var number: UInt64 = 1
    for _ in 1..<length {
      // Until there are as many, the number is its first bit and those before.
      let bit =
        number < 1 << UInt64(Self.modelled)
        ? decoder.decode(&bits[length << Self.modelled + Int(number)]) : decoder.decode(.even)
      number = number << 1 | (bit ? 1 : 0)
    }
    return number
  }
}

/// Models for bytes, the same few of which are likely to come again.
struct ByteModel {
  private var bits = Array(repeating: BitModel(), count: 256)

  mutating func encode(_ byte: UInt8, to encoder: inout RangeEncoder) {
    var before = 1
    for place in (0..<8).reversed() {
      let bit = byte >> UInt8(place) & 1 == 1
      encoder.encode(bit, &bits[before])
      before = before << 1 | (bit ? 1 : 0)
    }
  }

  mutating func decode(from decoder: inout RangeDecoder) -> UInt8 {
    var before = 1
    while before < 256 { before = before << 1 | (decoder.decode(&bits[before]) ? 1 : 0) }
    return UInt8(truncatingIfNeeded: before)
  }
}

/// Models for tensors of integers without their zeros: how many zeros lie before each that is not
/// zero, its magnitude and its sign. What was learned of one tensor serves the next.
struct IntegerTensorModel {
  private var gap = NumberModel()
  private var magnitude = NumberModel()
  private var sign = BitModel()

  mutating func encode(_ integers: [Int32], to encoder: inout RangeEncoder) {
    var zeros: UInt64 = 0
    for integer in integers {
      guard integer != 0 else {
        zeros += 1
        continue
      }
      gap.encode(zeros + 1, to: &encoder)
      zeros = 0
      magnitude.encode(UInt64(integer.magnitude), to: &encoder)
      encoder.encode(integer < 0, &sign)
    }
    // The end is known where the last one is not zero.
    if zeros > 0 { gap.encode(zeros + 1, to: &encoder) }
  }

  /// Calls `body` with the place and the value of every integer that is not zero.
  ///
  /// - Parameters:
  ///   - count: of the tensor's integers, zeros included.
  ///   - limit: of their magnitudes.
  /// - Returns: what is wrong, or nil.
  mutating func decode(
    count: Int, limit: Int32, from decoder: inout RangeDecoder, _ body: (Int, Int32) -> Void
  ) -> String? {
    var next: UInt64 = 0
    while next < count {
      next += gap.decode(from: &decoder) - 1
      guard next <= count else { return "has more zeros than its \(count) places hold" }
      if next == count { break }
      let magnitude = magnitude.decode(from: &decoder)
      guard magnitude <= limit else {
        return "has the integer \(magnitude) at \(next); expected at most \(limit)"
      }
      let value = Int32(magnitude)
      body(Int(next), decoder.decode(&sign) ? -value : value)
      guard !decoder.isExhausted else { return "is cut off" }
      next += 1
    }
    return nil
  }
}
