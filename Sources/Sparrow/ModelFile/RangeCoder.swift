/// The probability that a bit is one, learned from the bits that were coded with it.
struct BitModel {
  /// In 65536ths; never 0 or 1.
  private(set) var probability: UInt16 = 1 << 15
  private var shift: UInt8 = 0

  static let even = BitModel()

  /// The first bits count most: until there are five, each moves the probability by less than the
  /// one before.
  mutating func learn(_ bit: Bool) {
    if shift < 5 { shift += 1 }
    if bit {
      probability += (.max - probability) >> shift
    } else {
      probability -= probability >> shift
    }
  }
}

/// Writes bits in as few bytes as their probabilities allow: a range coder with binary decisions,
/// as in LZMA.
struct RangeEncoder {
  /// What is written is a fraction in binary: these bytes, `low` after them, and then something
  /// below `range`.
  private(set) var bytes: [UInt8] = []
  private var low: UInt32 = 0
  private var range: UInt32 = .max

  mutating func encode(_ bit: Bool, _ model: inout BitModel) {
    encode(bit, model)
    model.learn(bit)
  }

  /// Without learning.
  mutating func encode(_ bit: Bool, _ model: BitModel) {
    let bound = (range >> 16) * UInt32(model.probability)
    if bit {
      range = bound
    } else {
      range -= bound
      let (sum, carries) = low.addingReportingOverflow(bound)
      low = sum
      if carries { carry() }
    }
    while range < 1 << 24 {
      range <<= 8
      shift()
    }
  }

  /// Writes what is still held back; nothing can be encoded after it.
  mutating func finish() {
    for _ in 0..<4 { shift() }
  }

  private mutating func shift() {
    bytes.append(UInt8(low >> 24))
    low <<= 8
  }

  /// Adds one to what was written. There is a byte to add it to, since the whole is a fraction
  /// below one.
  private mutating func carry() {
    var place = bytes.count - 1
    while bytes[place] == .max {
      bytes[place] = 0
      place -= 1
    }
    bytes[place] += 1
  }
}

/// Reads what ``RangeEncoder`` wrote, with the same models in the same order.
///
/// Whatever the bytes, bits come; past the end there are zeros. ``isWhole`` tells what the bits are
/// worth.
struct RangeDecoder {
  private let bytes: ArraySlice<UInt8>
  private var next: Int
  private var code: UInt32 = 0
  private var range: UInt32 = .max

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    next = bytes.startIndex
    for _ in 0..<4 { shift() }
  }

  /// Whether more was read than there is.
  var isExhausted: Bool { next > bytes.endIndex }
  /// Whether what was read is exactly what there is.
  var isWhole: Bool { next == bytes.endIndex }

  mutating func decode(_ model: inout BitModel) -> Bool {
    let bit = decode(model)
    model.learn(bit)
    return bit
  }

  /// Without learning.
  mutating func decode(_ model: BitModel) -> Bool {
    let bound = (range >> 16) * UInt32(model.probability)
    let bit = code < bound
    if bit {
      range = bound
    } else {
      code -= bound
      range -= bound
    }
    while range < 1 << 24 {
      range <<= 8
      shift()
    }
    return bit
  }

  private mutating func shift() {
    code = code << 8 | (next < bytes.endIndex ? UInt32(bytes[next]) : 0)
    next += 1
  }
}
