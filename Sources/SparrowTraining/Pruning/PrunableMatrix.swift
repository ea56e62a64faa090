import Sparrow

/// A matrix as steps multiply it, and the parameters that it consists of.
struct PrunableMatrix {
  let description: MatrixDescription
  /// One parameter, or the real and imaginary part of a complex matrix.
  let parts: [Parameter<Float>]

  var name: String { description.name }
  var rows: Int { description.rows }
  var columns: Int { description.columns }
  var count: Int { description.count }
  private var isSideBySide: Bool { description.isSideBySide }
  /// The sizes in the formula of the ERK distribution.
  var shape: [Int] {
    description.parameters[0].shape + (description.isComplex ? [2] : [])
  }

  /// The matrices among parameters, in order.
  static func all(in parameters: [Parameter<Float>]) -> [PrunableMatrix] {
    let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
    return parameters.map(\.description).matrices.map { matrix in
      PrunableMatrix(
        description: matrix, parts: matrix.parameters.compactMap { byName[$0.name] })
    }
  }

  /// Magnitudes of the weights that `source` gives for each part, row-major.
  ///
  /// - Parameter joined: Whether both parts of a complex weight get its absolute value.
  func magnitudes(
    of source: (Parameter<Float>) -> UnsafeMutablePointer<Float>, joined: Bool
  ) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { values in
      for index in parts.indices {
        let from = source(parts[index])
        let other = joined && parts.count == 2 ? source(parts[1 - index]) : nil
        forEachRow(of: index) { start, partStart, width in
          for i in 0..<width {
            let value = from[partStart + i]
            if let other = other?[partStart + i] {
              values[start + i] = (value * value + other * other).squareRoot()
            } else {
              values[start + i] = abs(value)
            }
          }
        }
      }
    }
    return values
  }

  /// Sets the value, or `target`, to the source where the mask is set, and to zero elsewhere.
  func apply(
    _ mask: [Bool], from source: (Parameter<Float>) -> UnsafeMutablePointer<Float>,
    to target: (Parameter<Float>) -> UnsafeMutablePointer<Float> = \.value
  ) {
    mask.withUnsafeBufferPointer { mask in
      for (index, part) in parts.enumerated() {
        let from = source(part)
        let to = target(part)
        forEachRow(of: index) { start, partStart, width in
          for i in 0..<width { to[partStart + i] = mask[start + i] ? from[partStart + i] : 0 }
        }
      }
    }
  }

  /// Calls `body` with the place of each row of a part in the matrix and in the part.
  private func forEachRow(
    of part: Int, _ body: (_ start: Int, _ partStart: Int, _ width: Int) -> Void
  ) {
    let partRows = isSideBySide || parts.count == 1 ? rows : rows / 2
    let width = isSideBySide ? columns / 2 : columns
    let offset = part == 0 ? 0 : isSideBySide ? width : partRows * columns
    for row in 0..<partRows { body(offset + row * columns, row * width, width) }
  }
}
