/// A matrix as a step multiplies real activations by it: a parameter, or both parts of a complex one.
///
/// B of a state-space layer makes complex numbers of real ones, so it is its real parts above its
/// imaginary ones; C makes real numbers of complex ones, and has its parts side by side.
public struct MatrixDescription: Sendable, Hashable {
  /// That of its parameters, as in "layers.1.weight" and "layers.2.layers.1.B".
  public let name: String
  public let rows: Int
  public let columns: Int
  /// One, or the real and the imaginary part.
  public let parameters: [ParameterDescription]

  public var count: Int { rows * columns }
  public var isComplex: Bool { parameters.count == 2 }
  /// Whether the imaginary part lies beside the real one, not below it.
  public var isSideBySide: Bool { isComplex && rows == parameters[0].shape[0] }
}

extension [ParameterDescription] {
  /// The matrices among them, in their order: for the parameters of a network, the order in which a
  /// step multiplies them.
  public var matrices: [MatrixDescription] {
    indices.compactMap { index in
      let parameter = self[index]
      switch parameter.role {
      case .weight:
        return MatrixDescription(
          name: parameter.name, rows: parameter.shape[0], columns: parameter.shape[1],
          parameters: [parameter])
      case .stateSpaceMatrix where parameter.name.hasSuffix(".real"):
        let name = String(parameter.name.dropLast(".real".count))
        let isReadout = name.hasSuffix(".C")
        return MatrixDescription(
          name: name, rows: (isReadout ? 1 : 2) * parameter.shape[0],
          columns: (isReadout ? 2 : 1) * parameter.shape[1],
          parameters: [parameter, self[index + 1]])
      default: return nil
      }
    }
  }
}

extension Network {
  /// Every matrix, in the order in which a step multiplies them.
  public var matrixDescriptions: [MatrixDescription] { parameterDescriptions.matrices }

  /// Weights of a matrix that are not zero, a complex one counting as two.
  public func nonZeroCount(of matrix: MatrixDescription) -> Int {
    matrix.parameters.reduce(0) { $0 + self[$1.name].nonZeroCount }
  }
}
