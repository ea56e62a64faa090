/// A tensor without its zeros: the values that are not zero, and how many zeros lie before each.
///
/// Gaps are a Rice code (Rice and Plaunt 1971), the low bits of bytes first: a gap g is ⌊g / 2^k⌋
/// ones, a zero, and k bits of g from the lowest on. k is the largest number for which 2^k is at
/// most the mean gap; see ``shift(count:zeros:)``. Zeros after the last value are not written. At
/// 90 % zeros that is 4.8 bits a value, where the entropy is 4.7.
struct SparseTensor {
  var values: [Float]
  var gaps: [UInt8]

  init(_ tensor: Tensor) {
    values = tensor.values.filter { $0 != 0 }
    let k = Self.shift(count: values.count, zeros: tensor.count - values.count)
    var bits = BitWriter()
    var gap = 0
    for value in tensor.values {
      guard value != 0 else {
        gap += 1
        continue
      }
      for _ in 0..<gap >> k { bits.append(1, count: 1) }
      bits.append(0, count: 1)
      bits.append(UInt32(gap & (1 << k - 1)), count: k)
      gap = 0
    }
    gaps = bits.bytes
  }

  init(values: [Float], gaps: [UInt8]) {
    self.values = values
    self.gaps = gaps
  }

  /// The k of the code of gaps.
  ///
  /// - Parameters:
  ///   - count: values that are not zero.
  ///   - zeros: the others.
  static func shift(count: Int, zeros: Int) -> Int {
    var k = 0
    while k < 31, count << (k + 1) <= zeros { k += 1 }
    return k
  }

  /// The tensor with its zeros; nil where the gaps don't fit the values or the shape.
  func dense(shape: [Int], version: Int = ModelFile.latestVersion) -> Tensor? {
    var result = Tensor(shape: shape, repeating: 0)
    let isWhole = result.values.withUnsafeMutableBufferPointer { result in
      place(in: result.count, version: version) { result[$0] = $1 }
    }
    return isWhole ? result : nil
  }

  /// Finds the index of each value among `count`.
  ///
  /// - Parameter version: of the model file.
  /// - Returns: Whether the gaps fit the values and the count.
  @inline(__always)
  func place(in count: Int, version: Int, _ put: (_ index: Int, _ value: Float) -> Void) -> Bool {
    guard values.count <= count else { return false }
    guard version >= ModelFile.sparseVersion else { return placeByHalves(in: count, put) }
    let k = Self.shift(count: values.count, zeros: count - values.count)
    var bits = BitReader(gaps)
    var next = 0
    for value in values {
      // No more ones than there are zeros to stand for, and no product that overflows.
      guard let ones = bits.nextOnes(atMost: (count - next) >> k), let rest = bits.next(count: k)
      else { return false }
      next += ones << k + Int(rest)
      guard next < count else { return false }
      put(next, value)
      next += 1
    }
    return bits.isWhole
  }

  /// The same of files before version 6, whose gaps are halves of bytes, the low half first: 15
  /// says that fifteen zeros lie there and that the gap goes on; anything less ends it.
  private func placeByHalves(in count: Int, _ put: (Int, Float) -> Void) -> Bool {
    var half = 0
    var next = 0
    for value in values {
      var isOpen = true
      while isOpen {
        guard half / 2 < gaps.count else { return false }
        let digit = Int(half % 2 == 0 ? gaps[half / 2] & 15 : gaps[half / 2] >> 4)
        half += 1
        next += digit
        isOpen = digit == 15
      }
      guard next < count else { return false }
      put(next, value)
      next += 1
    }
    return (half + 1) / 2 == gaps.count
  }

  /// The error where the gaps don't fit.
  func misfit(_ name: String, _ shape: [Int]) -> ModelFileError {
    .malformed(
      "\(name): its \(values.count) values and the gaps between them don't make a tensor of "
        + "shape \(shape)")
  }
}

/// Bits, the low ones of a byte first.
private struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var used = 8

  mutating func append(_ value: UInt32, count: Int) {
    for i in 0..<count {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8(value >> UInt32(i) & 1) << UInt8(used)
      used += 1
    }
  }
}

private struct BitReader {
  private let bytes: [UInt8]
  /// The byte after those in ``word``.
  private var place = 0
  /// The next bits, the first of them lowest.
  private var word: UInt64 = 0
  /// How many of them there are.
  private var held = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Holds at least 57 bits, or all there are.
  private mutating func fill() {
    while held <= 56, place < bytes.count {
      word |= UInt64(bytes[place]) << UInt64(held)
      held += 8
      place += 1
    }
  }

  private mutating func drop(_ count: Int) {
    word >>= UInt64(count)
    held -= count
  }

  /// The next bits, at most 32; nil where there are fewer.
  mutating func next(count: Int) -> UInt32? {
    if held < count { fill() }
    guard held >= count else { return nil }
    defer { drop(count) }
    return UInt32(truncatingIfNeeded: word & (1 << UInt64(count) - 1))
  }

  /// The number of ones before the next zero, which is taken, too; nil where they are more than
  /// `most`, or no zero follows.
  mutating func nextOnes(atMost most: Int) -> Int? {
    var count = 0
    while true {
      fill()
      let ones = min((~word).trailingZeroBitCount, held)
      count += ones
      guard count <= most, held > 0 else { return nil }
      guard ones == held else {
        drop(ones + 1)
        return count
      }
      drop(ones)
    }
  }

  /// Whether all bytes were needed, and what is left of the last one is zero.
  var isWhole: Bool { place == bytes.count && held < 8 && word == 0 }
}

extension SafeTensors {
  static let valuesSuffix = ".values"
  static let gapsSuffix = ".gaps"

  /// Whether tensors are stored without their zeros.
  var hasSparseTensors: Bool { types.keys.contains { $0.hasSuffix(Self.gapsSuffix) } }

  /// Bytes that a tensor's entry in the header takes.
  private static let entryBytes = 100

  /// Stores a tensor, without its zeros where that takes fewer bytes.
  ///
  /// - Parameter type: of a value in the file; single precision where that would make one infinite.
  mutating func store(_ tensor: Tensor, as name: String, type: ElementType) {
    let type = type.keepsFinite(tensor) ? type : .float32
    let sparse = SparseTensor(tensor)
    let byteCount = type.byteCount
    let sparseCount = sparse.values.count * byteCount + sparse.gaps.count + Self.entryBytes
    guard sparseCount < tensor.count * byteCount else {
      tensors[name] = tensor
      types[name] = type
      return
    }
    types[name + Self.valuesSuffix] = type
    tensors[name + Self.valuesSuffix] = Tensor(
      shape: [sparse.values.count], values: sparse.values)
    tensors[name + Self.gapsSuffix] = Tensor(
      shape: [sparse.gaps.count], values: sparse.gaps.map(Float.init))
    types[name + Self.gapsSuffix] = .uint8
  }

  /// A tensor that is stored without its zeros; nil where there is none of that name.
  func sparseTensor(_ name: String) throws(ModelFileError) -> SparseTensor? {
    guard let gaps = tensors[name + Self.gapsSuffix],
      let values = tensors[name + Self.valuesSuffix]
    else { return nil }
    guard types[name + Self.gapsSuffix] == .uint8, values.shape.count == 1, tensors[name] == nil
    else { throw .malformed("\(name): its gaps are not of type U8, or it is there twice") }
    return SparseTensor(values: values.values, gaps: gaps.values.map { UInt8($0) })
  }

  /// Gives the zeros back to those of the tensors that were stored without them.
  ///
  /// - Parameters:
  ///   - shapes: of the tensors that are expected, by name.
  ///   - version: of the model file.
  /// - Throws: ``ModelFileError/malformed(_:)`` where gaps and values don't make such a tensor.
  mutating func restoreZeros(shapes: [String: [Int]], version: Int) throws(ModelFileError) {
    for (name, shape) in shapes {
      guard let sparse = try sparseTensor(name) else { continue }
      types[name] = types[name + Self.valuesSuffix]
      guard let dense = sparse.dense(shape: shape, version: version) else {
        throw sparse.misfit(name, shape)
      }
      tensors[name + Self.gapsSuffix] = nil
      tensors[name + Self.valuesSuffix] = nil
      tensors[name] = dense
    }
  }
}

extension SafeTensors.ElementType {
  /// Whether no value of a tensor is so large that it would be rounded to infinity.
  fileprivate func keepsFinite(_ tensor: Tensor) -> Bool {
    let limit: Float =
      switch self {
      case .float16: 65_520
      case .bfloat16: 0x1.ffp127
      default: .infinity
      }
    return tensor.values.allSatisfy { $0.magnitude < limit }
  }
}
