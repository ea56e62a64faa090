/// A tensor without its zeros: the values that are not zero, and how many zeros lie before each.
///
/// A gap is written in halves of bytes, the low half first: 15 says that fifteen zeros lie there
/// and that the gap goes on; anything less ends it. Zeros after the last value are not written. At
/// 90 % zeros that is some five bits a value.
struct SparseTensor {
  var values: [Float]
  var gaps: [UInt8]

  init(_ tensor: Tensor) {
    values = []
    gaps = []
    var halves = 0
    func append(_ half: UInt8) {
      if halves % 2 == 0 { gaps.append(half) } else { gaps[gaps.count - 1] |= half << 4 }
      halves += 1
    }
    var gap = 0
    for value in tensor.values {
      guard value != 0 else {
        gap += 1
        continue
      }
      for _ in 0..<gap / 15 { append(15) }
      append(UInt8(gap % 15))
      values.append(value)
      gap = 0
    }
  }

  init(values: [Float], gaps: [UInt8]) {
    self.values = values
    self.gaps = gaps
  }

  /// The tensor with its zeros; nil where the gaps don't fit the values or the shape.
  func dense(shape: [Int]) -> Tensor? {
    var result = Tensor(shape: shape, repeating: 0)
    var half = 0
    var next = 0
    for value in values {
      var isOpen = true
      while isOpen {
        guard half / 2 < gaps.count else { return nil }
        let digit = Int(half % 2 == 0 ? gaps[half / 2] & 15 : gaps[half / 2] >> 4)
        half += 1
        next += digit
        isOpen = digit == 15
      }
      guard next < result.count else { return nil }
      result.values[next] = value
      next += 1
    }
    return (half + 1) / 2 == gaps.count ? result : nil
  }
}

extension SafeTensors {
  static let valuesSuffix = ".values"
  static let gapsSuffix = ".gaps"

  /// Whether tensors are stored without their zeros.
  var hasSparseTensors: Bool { types.keys.contains { $0.hasSuffix(Self.gapsSuffix) } }

  /// Stores a tensor, without its zeros where that takes fewer bytes.
  ///
  /// - Parameter type: of a value in the file; single precision where that would make one infinite.
  mutating func store(_ tensor: Tensor, as name: String, type: ElementType) {
    let type = type.keepsFinite(tensor) ? type : .float32
    let sparse = SparseTensor(tensor)
    let byteCount = type.byteCount
    guard sparse.values.count * byteCount + sparse.gaps.count < tensor.count * byteCount else {
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

  /// Gives the zeros back to those of the tensors that were stored without them.
  ///
  /// - Parameter shapes: of the tensors that are expected, by name.
  /// - Throws: ``ModelFileError/malformed(_:)`` where gaps and values don't make such a tensor.
  mutating func restoreZeros(shapes: [String: [Int]]) throws(ModelFileError) {
    for (name, shape) in shapes {
      guard let gaps = tensors[name + Self.gapsSuffix],
        let values = tensors[name + Self.valuesSuffix]
      else { continue }
      types[name] = types[name + Self.valuesSuffix]
      guard types[name + Self.gapsSuffix] == .uint8, values.shape.count == 1,
        tensors[name] == nil,
        let dense = SparseTensor(
          values: values.values, gaps: gaps.values.map { UInt8($0) }
        ).dense(shape: shape)
      else {
        throw .malformed(
          "\(name): its \(values.count) values and the gaps between them don't make a tensor of "
            + "shape \(shape)")
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
