/// A cell that carries a vector of its units from step to step, h_0 being zero. With H units, inputs x_t,
/// σ the logistic function and ⊙ the product by elements, a = W x_t + b and q = R h_{t-1} + c stand for
/// the rows of a gate, named by their index:
///
///     rnn               h_t = f(a + q)
///     lstm              i, f, o = σ(a + q), g = tanh(a + q) of their rows
///                       c_t = f ⊙ c_{t-1} + i ⊙ g, h_t = o ⊙ tanh(c_t)
///     gru               r, z = σ(a + q), n = tanh(a_n + r ⊙ q_n), h_t = (1 - z) ⊙ n + z ⊙ h_{t-1}
///     gru, reset first  the same with n = tanh(a_n + (R_n (r ⊙ h_{t-1}) + c_n))
///     eventGRU          see ``EventGRU``
///
/// The layer gives h_t. Gates come in PyTorch's order: i, f, g, o and r, z, n; with the same order and both
/// biases, PyTorch's parameters are these (Hochreiter and Schmidhuber 1997, Gers et al. 2000, Cho et al.
/// 2014).
///
/// Parameters, with G gates, D inputs and blocks of n units (``RecurrentStructure``): `inputWeight`
/// [G H, D], `recurrentWeight` [G H, n], `inputBias`, `recurrentBias` [G H]. Where the reset comes first
/// `recurrentWeight` is [2 H, n] and the rows of n are `candidateWeight` [H, n]. Event-based cells have
/// `threshold` [H].
public struct RecurrentLayer: Sendable, Hashable {
  public enum Cell: Sendable, Hashable {
    /// Of Elman (1990); the function is tanh or ReLU.
    case rnn(ActivationFunction = .tanh)
    case lstm
    /// - resetsFirst: whether the reset gate comes before the recurrent product (Cho et al. 2014) and not
    ///   after it, as in PyTorch and cuDNN.
    case gru(resetsFirst: Bool = false)
    case eventGRU(EventGRU = EventGRU())
  }

  public var cell: Cell
  /// H.
  public var units: Int
  public var structure: RecurrentStructure

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

  func validate(path: String) throws(NetworkError) {
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

  func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    func parameter(_ name: String, _ shape: [Int], _ role: ParameterRole) -> ParameterDescription {
      ParameterDescription(name: "\(path).\(name)", shape: shape, role: role)
    }
    let rows = gates * units
    let first = resetsFirst ? 2 * units : rows
    var parameters = [
      parameter("inputWeight", [rows, inputWidth], .weight),
      parameter("recurrentWeight", [first, blockSize], .weight),
    ]
    if resetsFirst { parameters.append(parameter("candidateWeight", [units, blockSize], .weight)) }
    parameters += [
      parameter("inputBias", [rows], .bias), parameter("recurrentBias", [rows], .bias),
    ]
    if case .eventGRU(let events) = cell {
      parameters.append(
        parameter("threshold", [units], events.trainsThresholds ? .threshold : .constant))
    }
    return parameters
  }
}

/// The event-based GRU (Subramoney et al. 2023): a GRU whose units send their value only when it crosses
/// their threshold ϑ, so that most of what the recurrent product reads is zero.
///
///     r, z = σ(a + q), n = tanh(a_n + r ⊙ q_n), v_t = (1 - z) ⊙ n + z ⊙ h_{t-1}
///     e_t = 1 where v_t > ϑ, 0 elsewhere; y_t = e_t ⊙ v_t; h_t = v_t - e_t ⊙ ϑ
///
/// The layer gives y_t, and q = R y_{t-1} + c reads it too; h_t, reset softly, stays with its unit. ϑ is
/// used clamped to 0...1. In training a surrogate, γ max(0, 1 - ε |v - ϑ|), takes the place of the derivative
/// of e by v, or of another one: ``surrogate``.
public struct EventGRU: Sendable, Hashable {
  /// What the surrogate stands for in training.
  public enum Surrogate: String, Codable, Sendable {
    /// The derivative of e by v, wherever that occurs (Subramoney et al. 2023). As y = e v, a silent unit whose
    /// value is negative then learns to send less from what asks it to send more.
    case event
    /// Of silent units the derivative of y by v, as if they leaked; those that send have 1, and the reset
    /// that of e as before.
    case output
  }

  /// Whether training moves the thresholds.
  public var trainsThresholds: Bool
  /// The mean of the thresholds that training begins with: they are uniform from 0 to twice that. The higher,
  /// the fewer units send.
  public var initialThreshold: Float
  /// γ.
  public var damping: Float
  /// ε.
  public var support: Float
  public var surrogate: Surrogate
  /// h is set to zero before every so many steps, counted from the beginning of the sequence, y is not: as
  /// where sequences are evaluated in chunks that hand on y alone. nil for never.
  public var resetInterval: Int?

  public init(
    trainsThresholds: Bool = true, initialThreshold: Float = Self.usualThreshold,
    damping: Float = 0.7, support: Float = 1, surrogate: Surrogate = .event,
    resetInterval: Int? = nil
  ) {
    self.trainsThresholds = trainsThresholds
    self.initialThreshold = initialThreshold
    self.damping = damping
    self.support = support
    self.surrogate = surrogate
    self.resetInterval = resetInterval
  }

  public static let usualThreshold: Float = 0.01

  /// A count of steps has to be exact as a number of single precision.
  static let longestInterval = 1 << 24

  func validate(path: String) throws(NetworkError) {
    guard damping.isFinite, damping >= 0, support.isFinite, support >= 0 else {
      throw .invalid(
        "\(path): damping \(damping) and support \(support); expected numbers that are not negative"
      )
    }
    guard (0...0.5).contains(initialThreshold) else {
      throw .invalid("\(path): initialThreshold is \(initialThreshold); expected 0 to 0.5")
    }
    if let resetInterval, !(1...Self.longestInterval).contains(resetInterval) {
      throw .invalid(
        "\(path): resetInterval is \(resetInterval); expected 1 to \(Self.longestInterval)")
    }
  }
}
