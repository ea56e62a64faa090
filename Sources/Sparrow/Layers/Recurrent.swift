/// A cell that carries a vector of its units from step to step, h_0 being zero. With H units,
/// inputs x_t, σ the logistic function and ⊙ the product by elements, a = W x_t + b and q = R
/// h_{t-1} + c stand for the rows of a gate, named by their index:
///
///     rnn               h_t = f(a + q)
///     lstm              i, f, o = σ(a + q), g = tanh(a + q) of their rows
///                       c_t = f ⊙ c_{t-1} + i ⊙ g, h_t = o ⊙ tanh(c_t)
///     gru               r, z = σ(a + q), n = tanh(a_n + r ⊙ q_n), h_t = (1 - z) ⊙ n + z ⊙ h_{t-1}
///     gru, reset first  the same with n = tanh(a_n + (R_n (r ⊙ h_{t-1}) + c_n))
///     eventGRU          see ``EventGRU``
///
/// The layer gives h_t. Gates come in PyTorch's order: i, f, g, o and r, z, n; with the same order
/// and both biases, PyTorch's parameters are these (Hochreiter and Schmidhuber 1997, Gers et al.
/// 2000, Cho et al. 2014).
///
/// Parameters, with G gates, D inputs and blocks of n units (``RecurrentStructure``): `inputWeight`
/// [G H, D], `recurrentWeight` [G H, n], `inputBias`, `recurrentBias` [G H]. Where the reset comes
/// first `recurrentWeight` is [2 H, n] and the rows of n are `candidateWeight` [H, n]. Event-based
/// cells have `threshold` [H].
public struct RecurrentLayer: Sendable, Hashable {
  /// The cell.
  public enum Cell: Sendable, Hashable {
    /// Of Elman (1990); the function is tanh or ReLU.
    case rnn(ActivationFunction = .tanh)
    /// A long short-term memory (Hochreiter and Schmidhuber 1997).
    case lstm
    /// - resetsFirst: whether the reset gate comes before the recurrent product (Cho et al. 2014)
    ///   and not after it, as in PyTorch and cuDNN.
    case gru(resetsFirst: Bool = false)
    /// An event-based GRU (Subramoney et al. 2023).
    case eventGRU(EventGRU = EventGRU())
  }

  /// The cell.
  public var cell: Cell
  /// H.
  public var units: Int
  /// The structure of the recurrent matrices.
  public var structure: RecurrentStructure

  /// A layer of cells.
  public init(_ cell: Cell, units: Int, structure: RecurrentStructure = .full) {
    self.cell = cell
    self.units = units
    self.structure = structure
  }

  /// Gates, a row of weights each for every unit.
  public var gates: Int {
    switch cell {
    case .rnn: 1
    case .lstm: 4
    case .gru, .eventGRU: 3
    }
  }

  /// Units that one sees at the next step.
  public var blockSize: Int { structure.blockSize(units: units) }

  /// Whether a part of the recurrent rows waits for the others.
  package var resetsFirst: Bool { cell == .gru(resetsFirst: true) }
}

extension RecurrentLayer: LayerRule {
  package var layer: Layer { .recurrent(self) }

  package var title: String {
    switch cell {
    case .rnn: "RNN"
    case .lstm: "LSTM"
    case .gru: "GRU"
    case .eventGRU: "event-based GRU"
    }
  }

  package func outputWidth(for width: Int) -> Int { units }

  package func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    func parameter(
      _ name: String, _ shape: [Int], _ axes: [ParameterAxis], _ role: ParameterRole
    ) -> ParameterDescription {
      ParameterDescription(
        "\(path).\(name)", shape, axes, role, fixedPoint: role == .bias ? .bias : .weights)
    }
    let rows = gates * units
    let first = resetsFirst ? 2 * units : rows
    var parameters = [
      parameter("inputWeight", [rows, inputWidth], [.gates, .inputs], .weight),
      parameter("recurrentWeight", [first, blockSize], [.gates, .block], .weight),
    ]
    if resetsFirst {
      parameters.append(
        parameter("candidateWeight", [units, blockSize], [.outputs, .block], .weight))
    }
    parameters += [
      parameter("inputBias", [rows], [.gates], .bias),
      parameter("recurrentBias", [rows], [.gates], .bias),
    ]
    if case .eventGRU(let events) = cell {
      parameters.append(
        ParameterDescription(
          "\(path).threshold", [units], [.outputs], .threshold,
          isTrained: events.trainsThresholds, fixedPoint: .threshold))
    }
    return parameters
  }

  package func validate(inputWidth: Int, path: String) throws(NetworkError) {
    try Limits.check(units, "\(path): units")
    try structure.validate(units: units, path: path)
    // Packing lays blocks out as the matrix that they are part of.
    guard gates * units * units <= Limits.parameters else {
      throw .invalid(
        "\(path): \(units) units; expected so few that \(gates) times their square is at most "
          + "\(Limits.parameters)")
    }
    switch cell {
    case .rnn(let function) where function != .tanh && function != .relu:
      throw .invalid(
        "\(path): an RNN with the function \"\(function.rawValue)\"; expected tanh or relu")
    case .eventGRU(let events): try events.validate(path: path)
    default: break
    }
  }

  /// Blocks and interleaved gates hold their units where they are.
  package var channels: ChannelOrder { .fixed }

  package func recurrentWidth(inputWidth: Int) -> Int? { units }

  package var expectedActivity: Double {
    if case .eventGRU = cell { EventGRU.expectedActivity } else { 1 }
  }

  // MARK: Folding

  package var foldsAffine: Bool { true }

  /// The input's weights take in the map, the recurrent ones don't see it.
  package func fold(
    _ affine: Affine?, into folding: inout Folding, _ place: LayerPlace, to newPath: String
  ) throws(NetworkError) -> Layer {
    folding.copyParameters(
      of: place, to: newPath, folding: affine, into: "inputWeight", bias: "inputBias")
    return layer
  }
}
