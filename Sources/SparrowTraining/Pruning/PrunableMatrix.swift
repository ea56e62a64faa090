import Sparrow

/// A matrix as it is multiplied, and the parameters that are trained for it.
struct PrunableMatrix {
  let description: MatrixDescription
  /// One, or a complex matrix's real and imaginary part.
  let parts: [Parameter<Float>]

  var name: String { description.name }
  var rows: Int { description.rows }
  var columns: Int { description.columns }
  var count: Int { description.count }
  private var isSideBySide: Bool { description.isSideBySide }
  /// The sizes that the ERK distribution counts with.
  var shape: [Int] {
    description.parameters[0].shape + (description.isComplex ? [2] : [])
  }

  /// The matrices among parameters, in their order.
  static func all(in parameters: [Parameter<Float>]) -> [PrunableMatrix] {
    let byName = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
    return parameters.map(\.description).matrices.map { matrix in
      PrunableMatrix(
        description: matrix, parts: matrix.parameters.compactMap { byName[$0.name] })
    }
  }

  /// Magnitudes of the weights that `source` gives for each part, row-major.
  ///
  /// - Parameter joined: whether both parts of a complex weight get the weight's magnitude.
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

  /// value = the source where the mask is set, and zero elsewhere.
  func apply(
    _ mask: [Bool], from source: (Parameter<Float>) -> UnsafeMutablePointer<Float>
  ) {
    mask.withUnsafeBufferPointer { mask in
      for (index, part) in parts.enumerated() {
        let from = source(part)
        let to = part.value
        forEachRow(of: index) { start, partStart, width in
          for i in 0..<width { to[partStart + i] = mask[start + i] ? from[partStart + i] : 0 }
        }
      }
    }
  }

  /// Where each row of a part lies in the matrix and in the part.
  private func forEachRow(
    of part: Int, _ body: (_ start: Int, _ partStart: Int, _ width: Int) -> Void
  ) {
    let partRows = isSideBySide || parts.count == 1 ? rows : rows / 2
    let width = isSideBySide ? columns / 2 : columns
    let offset = part == 0 ? 0 : isSideBySide ? width : partRows * columns
    for row in 0..<partRows { body(offset + row * columns, row * width, width) }
  }
}
