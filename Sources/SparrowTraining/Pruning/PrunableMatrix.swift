import Sparrow

/// A matrix as it is multiplied, and the parameters that it is made of: B of a state-space layer is its
/// real parts above its imaginary ones, C its real parts beside its imaginary ones.
struct PrunableMatrix {
  let name: String
  let rows: Int
  let columns: Int
  /// One, or a complex matrix's real and imaginary part.
  let parts: [Parameter<Float>]
  /// Whether the second part lies beside the first one rather than below it.
  let isSideBySide: Bool
  /// The sizes that the ERK distribution counts with.
  let shape: [Int]

  var count: Int { rows * columns }

  /// The matrices among parameters, in their order.
  static func all(in parameters: [Parameter<Float>]) -> [PrunableMatrix] {
    var matrices: [PrunableMatrix] = []
    for (index, parameter) in parameters.enumerated() {
      let shape = parameter.description.shape
      switch parameter.description.role {
      case .weight:
        matrices.append(
          PrunableMatrix(
            name: parameter.name, rows: shape[0], columns: shape[1], parts: [parameter],
            isSideBySide: false, shape: shape))
      case .stateSpaceMatrix where parameter.name.hasSuffix(".real"):
        let name = String(parameter.name.dropLast(".real".count))
        let isReadout = name.hasSuffix(".C")
        matrices.append(
          PrunableMatrix(
            name: name, rows: isReadout ? shape[0] : 2 * shape[0],
            columns: isReadout ? 2 * shape[1] : shape[1],
            parts: [parameter, parameters[index + 1]], isSideBySide: isReadout,
            shape: shape + [2]))
      default: break
      }
    }
    return matrices
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
