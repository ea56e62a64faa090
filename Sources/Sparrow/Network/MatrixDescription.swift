/// A matrix as a step multiplies real activations by it: a parameter, or both parts of a complex
/// one.
///
/// B of a state-space layer makes complex numbers of real ones, so it is its real parts above its
/// imaginary ones; C makes real numbers of complex ones, and has its parts side by side.
public struct MatrixDescription: Sendable, Hashable {
  /// The name of its parameters, as "layers.1.weight" or "layers.2.layers.1.B".
  public let name: String
  /// Rows, which are real.
  public let rows: Int
  /// Columns, which are real.
  public let columns: Int
  /// One, or the real and the imaginary part.
  public let parameters: [ParameterDescription]

  /// The number of real weights.
  public var count: Int { rows * columns }
  /// Whether it consists of a real and an imaginary part.
  public var isComplex: Bool { parameters.count == 2 }
  /// Whether the imaginary part lies beside the real one, not below it.
  public var isSideBySide: Bool { parameters.last?.part == .imaginary(besides: true) }

  fileprivate init(_ parameters: [ParameterDescription]) {
    self.parameters = parameters
    name = parameters[0].group
    let isSideBySide = parameters.last?.part == .imaginary(besides: true)
    rows = (isSideBySide ? 1 : parameters.count) * parameters[0].shape[0]
    columns = (isSideBySide ? parameters.count : 1) * parameters[0].shape[1]
  }
}

extension [ParameterDescription] {
  /// The matrices among them, in their order: for the parameters of a network, the order in which a
  /// step multiplies them.
  public var matrices: [MatrixDescription] {
    indices.compactMap { index in
      let parameter = self[index]
      guard parameter.role == .weight || parameter.role == .stateSpaceMatrix else { return nil }
      switch parameter.part {
      case nil: return MatrixDescription([parameter])
      case .real: return MatrixDescription([parameter, self[index + 1]])
      case .imaginary: return nil
      }
    }
  }
}

extension Network {
  /// Every matrix, in the order in which a step multiplies them.
  public var matrixDescriptions: [MatrixDescription] { parameterDescriptions.matrices }

  /// Weights of a matrix that are not zero, a complex one counting as two.
  public func nonZeroCount(of matrix: MatrixDescription) -> Int {
    matrix.parameters.reduce(0) { $0 + nonZeroCount(of: $1.name) }
  }

  /// Non-zero weights of all matrices.
  package var nonZeroWeightCount: Int {
    matrixDescriptions.reduce(0) { $0 + nonZeroCount(of: $1) }
  }

  /// The fraction of zeros of a matrix, from 0 to 1.
  package func sparsity(of matrix: MatrixDescription) -> Double {
    1 - Double(nonZeroCount(of: matrix)) / Double(max(matrix.count, 1))
  }
}
