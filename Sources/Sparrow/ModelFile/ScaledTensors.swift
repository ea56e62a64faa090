/// Matrices in 8 bits, row by row a ``ByteRow``: a tensor of integers, and one of a scale a row, by
/// which they are multiplied.
extension SafeTensors {
  static let scalesSuffix = ".scales"

  /// Whether matrices are stored so.
  var hasScaledTensors: Bool { tensors.keys.contains { $0.hasSuffix(Self.scalesSuffix) } }

  /// Stores a matrix, rounded to nearest, without its zeros where that takes fewer bytes.
  mutating func storeScaled(_ matrix: Tensor, as name: String) {
    let columns = matrix.shape[1]
    let rows = (0..<matrix.shape[0]).map { row in
      ByteRow(matrix.values[row * columns..<(row + 1) * columns])
    }
    let integers = rows.flatMap { $0.integers.map(Float.init) }
    store(Tensor(shape: matrix.shape, values: integers), as: name, type: .int8)
    tensors[name + Self.scalesSuffix] = Tensor(
      shape: [rows.count], values: rows.map(\.scale))
  }

  /// Makes numbers of the integers, and takes the scales out of the file. Zeros have been restored.
  ///
  /// - Parameter shapes: of the tensors that are expected, by name.
  /// - Throws: ``ModelFileError/malformed(_:)`` where integers have no scales that fit them.
  mutating func applyScales(shapes: [String: [Int]]) throws(ModelFileError) {
    for (name, shape) in shapes {
      guard let scales = tensors[name + Self.scalesSuffix] else {
        guard types[name]?.isInteger != true else {
          throw .malformed("\(name) has integers, but no \(name)\(Self.scalesSuffix)")
        }
        continue
      }
      // A tensor that is missing or has another shape is told of with those of other networks.
      guard let integers = tensors[name], integers.shape == shape else { continue }
      guard types[name] == .int8, shape.count == 2, scales.shape == [shape[0]] else {
        throw .malformed(
          "\(name)\(Self.scalesSuffix) has the shape \(scales.shape); expected a scale for each "
            + "row of a matrix of type I8")
      }
      tensors[name + Self.scalesSuffix] = nil
      types[name] = nil
      tensors[name] = Tensor(
        shape: shape,
        values: integers.values.enumerated().map {
          $0.element * scales.values[$0.offset / shape[1]]
        })
    }
  }
}
