/// A layer as a network describes it: what it computes and how wide it is. Its parameters are in the
/// network, under names that begin with the layer's place.
public indirect enum Layer: Sendable, Hashable {
  case dense(DenseLayer)
  case normalization
  case linearRecurrence(LinearRecurrenceLayer)
  case recurrent(RecurrentLayer)
  case activation(ActivationFunction)
  case gate
  /// x + f(x), f being the layers in order.
  case residual([Layer])

  /// Values that the layer gives for `width` values that it takes.
  public func outputWidth(for width: Int) -> Int {
    switch self {
    case .dense(let dense): dense.outputs
    case .recurrent(let recurrent): recurrent.units
    default: width
    }
  }

  /// The layer's parameters, in a stable order, named below `path`.
  public func parameters(inputWidth width: Int, path: String) -> [ParameterDescription] {
    switch self {
    case .dense(let dense): dense.parameters(inputWidth: width, path: path)
    case .normalization: NormalizationLayer.parameters(width: width, path: path)
    case .linearRecurrence(let recurrence): recurrence.parameters(width: width, path: path)
    case .recurrent(let recurrent): recurrent.parameters(inputWidth: width, path: path)
    case .activation: []
    case .gate: DenseLayer(outputs: width).parameters(inputWidth: width, path: path)
    case .residual(let layers): layers.parameters(inputWidth: width, path: path)
    }
  }

  func validate(inputWidth width: Int, path: String) throws(NetworkError) {
    switch self {
    case .dense(let dense): try Limits.check(dense.outputs, "\(path): outputs")
    case .linearRecurrence(let recurrence): try recurrence.validate(path: path)
    case .recurrent(let recurrent): try recurrent.validate(path: path)
    case .residual(let layers):
      let output = try layers.validate(inputWidth: width, path: path)
      guard output == width else {
        throw .invalid(
          "\(path): a residual branch gives \(output) values for \(width); they have to be as many")
      }
    case .normalization, .activation, .gate: break
    }
  }
}

extension [Layer] {
  /// Places of the layers and their input widths: "layers.0", "layers.1", ... below `path`.
  public func placed(inputWidth: Int, path: String) -> [(layer: Layer, path: String, width: Int)] {
    var width = inputWidth
    return enumerated().map { index, layer in
      defer { width = layer.outputWidth(for: width) }
      return (layer, Self.path(of: index, below: path), width)
    }
  }

  /// The path of a layer by its place among those below `path`.
  static func path(of index: Int, below path: String) -> String {
    path.isEmpty ? "layers.\(index)" : "\(path).layers.\(index)"
  }

  func outputWidth(for width: Int) -> Int {
    reduce(width) { $1.outputWidth(for: $0) }
  }

  func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    placed(inputWidth: inputWidth, path: path).flatMap {
      $0.layer.parameters(inputWidth: $0.width, path: $0.path)
    }
  }

  func validate(inputWidth: Int, path: String) throws(NetworkError) -> Int {
    for place in placed(inputWidth: inputWidth, path: path) {
      try place.layer.validate(inputWidth: place.width, path: place.path)
    }
    return outputWidth(for: inputWidth)
  }
}

/// Sizes beyond which a description is taken for a mistake.
enum Limits {
  static let width = 1 << 16
  static let layers = 1 << 10
  /// In single precision a gigabyte: what an image of a plan has room for in any format.
  static let parameters = 1 << 28

  static func check(_ size: Int, _ what: String) throws(NetworkError) {
    guard (1...width).contains(size) else {
      throw .invalid("\(what) is \(size); expected 1 to \(width)")
    }
  }
}

/// A function of each value on its own.
public enum ActivationFunction: String, Sendable, Codable, CaseIterable {
  case relu
  /// The approximation by tanh (Hendrycks and Gimpel 2016).
  case gelu
  case sigmoid
  case tanh
}

/// y = W x + b. Parameters: `weight` [outputs, inputs], `bias` [outputs].
public struct DenseLayer: Sendable, Hashable, Codable {
  public var outputs: Int

  public init(outputs: Int) { self.outputs = outputs }

  func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    [
      ParameterDescription(
        name: "\(path).weight", shape: [outputs, inputWidth], role: .weight),
      ParameterDescription(name: "\(path).bias", shape: [outputs], role: .bias),
    ]
  }
}

/// Batch normalisation over clips and time (Ioffe and Szegedy 2015); with the stored `mean` and
/// `variance` it is an affine map, which packing takes into its neighbours. Parameters, all [width]:
/// `scale`, `shift`, `mean`, `variance`.
public enum NormalizationLayer {
  /// Added to the variance.
  public static let epsilon: Float = 1e-5

  static func parameters(width: Int, path: String) -> [ParameterDescription] {
    [
      ParameterDescription(name: "\(path).scale", shape: [width], role: .normalization),
      ParameterDescription(name: "\(path).shift", shape: [width], role: .normalization),
      ParameterDescription(name: "\(path).mean", shape: [width], role: .statistic),
      ParameterDescription(
        name: "\(path).variance", shape: [width], role: .statistic,
        range: 0 ... .greatestFiniteMagnitude),
    ]
  }
}

/// The diagonal state-space layer S5 (Smith et al. 2023), u and y real of the layer's width H, x
/// complex of P states:
///
///     x_t = Ā x_{t-1} + f (B u_t + b)        y_t = s Re(C g(x_t)) + D u_t + c
///
/// with Λ = min(Re, -1e-4) + i Im, Δ = exp(`logStep`), and, by zero-order hold, Ā = exp(Λ Δ),
/// f = (Ā - 1) / Λ; bilinear, Ā = (1 + Λ Δ / 2) / (1 - Λ Δ / 2), f = Δ / (1 - Λ Δ / 2). s is 2 where
/// states stand for conjugate pairs and 1 where they don't. b and c are zero where the layer has no
/// bias. With a largest time constant of τ frames, 1 / (τ Δ) is taken from Λ.
///
/// Parameters: `eigenvalues.real`, `eigenvalues.imaginary` [P], `logStep` [P], or, for a discrete
/// system, `A.real`, `A.imaginary`, `f.real`, `f.imaginary` [P]; then `B.real`, `B.imaginary` [P, H],
/// `C.real`, `C.imaginary` [H, P], `D` [H]; with a bias, `inputBias.real`, `inputBias.imaginary` [P]
/// (b) and `bias` [H] (c).
public struct LinearRecurrenceLayer: Sendable, Hashable, Codable {
  public enum Discretization: String, Sendable, Codable {
    case zeroOrderHold
    case bilinear
    /// The parameters are Ā and f themselves.
    case discrete
  }

  public var states: Int
  public var discretization: Discretization
  /// Whether each state stands for itself and its conjugate.
  public var conjugateSymmetry: Bool
  /// Whether states whose real part is not positive are read as zero.
  public var rectifiesState: Bool
  /// Whether something is added to what enters the state and to what the layer gives.
  public var hasBias: Bool
  /// Frames in which every state falls to 1/e at the latest; nil for no bound. All states decay by
  /// exp(-1/τ) a frame beside what their eigenvalues say (Re Λ Δ - 1/τ), so that the gradient never
  /// vanishes at the bound; bilinear discretisation keeps to it up to the cube of 1/τ. A discrete system
  /// has none of its own.
  public var maximumTimeConstant: Float?

  public init(
    states: Int, discretization: Discretization = .zeroOrderHold, conjugateSymmetry: Bool = true,
    rectifiesState: Bool = false, hasBias: Bool = false, maximumTimeConstant: Float? = nil
  ) {
    self.states = states
    self.discretization = discretization
    self.conjugateSymmetry = conjugateSymmetry
    self.rectifiesState = rectifiesState
    self.hasBias = hasBias
    self.maximumTimeConstant = maximumTimeConstant
  }

  func validate(path: String) throws(NetworkError) {
    try Limits.check(states, "\(path): states")
    guard let bound = maximumTimeConstant else { return }
    guard discretization != .discrete else {
      throw .invalid(
        "\(path): a discrete system has its time constants in A; expected no maximumTimeConstant")
    }
    guard bound >= 1, bound.isFinite else {
      throw .invalid("\(path): maximumTimeConstant is \(bound); expected at least 1 frame")
    }
  }

  /// The largest real part that an eigenvalue is used with.
  public static let stabilityBound: Float = -1e-4
  /// A step of e^80 frames forgets everything; longer ones would overflow.
  static let largestLogStep: Float = 80

  func parameters(width: Int, path: String) -> [ParameterDescription] {
    func parameter(_ name: String, _ shape: [Int], _ role: ParameterRole) -> ParameterDescription {
      ParameterDescription(name: "\(path).\(name)", shape: shape, role: role)
    }
    // With a bound, a step may not be so short that 1 / Δ overflows.
    let shortest =
      maximumTimeConstant == nil ? -Float.greatestFiniteMagnitude : -Self.largestLogStep
    let system =
      discretization == .discrete
      ? ["A.real", "A.imaginary", "f.real", "f.imaginary"].map {
        parameter($0, [states], .stateSpace)
      }
      : [
        parameter("eigenvalues.real", [states], .stateSpace),
        parameter("eigenvalues.imaginary", [states], .stateSpace),
        ParameterDescription(
          name: "\(path).logStep", shape: [states], role: .stateSpace,
          range: shortest...Self.largestLogStep),
      ]
    let matrices = [
      parameter("B.real", [states, width], .stateSpaceMatrix),
      parameter("B.imaginary", [states, width], .stateSpaceMatrix),
      parameter("C.real", [width, states], .stateSpaceMatrix),
      parameter("C.imaginary", [width, states], .stateSpaceMatrix),
      parameter("D", [width], .stateSpace),
    ]
    let biases =
      hasBias
      ? [
        parameter("inputBias.real", [states], .bias),
        parameter("inputBias.imaginary", [states], .bias),
        parameter("bias", [width], .bias),
      ] : []
    return system + matrices + biases
  }
}
