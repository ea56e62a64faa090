/// A recurrent network as a value: its layers in order, and their parameters.
///
/// It describes; a ``Plan`` made from it computes. It is what a model file holds.
public struct Network: Sendable, Equatable {
  /// Values in a frame.
  public let inputWidth: Int
  /// The layers in order.
  public let layers: [Layer]
  /// By the names that ``parameterDescriptions`` gives.
  public var parameters: [String: Tensor] { store.tensors }
  private let store: ParameterStore
  /// How a signal or a text becomes frames, where the network is one for either.
  public var frontEnd: FrontEnd?
  /// How it computes in fixed point; nil where it computes in single precision.
  public private(set) var quantization: Quantization?
  /// Its integers; nil where it computes in single precision.
  package private(set) var integers: IntegerNetwork?
  /// Title, licence, data and other notes of its makers: free text.
  public var information: [String: String]

  /// - Throws: ``NetworkError`` where layers don't fit each other, or a parameter is missing, has
  ///   another shape than its layer says, has a value that makes no sense, or belongs to no layer;
  ///   in fixed point, where a parameter is not on its grid or a sum of products could exceed its
  ///   bits.
  public init(
    inputWidth: Int, layers: [Layer], parameters: [String: Tensor],
    frontEnd: FrontEnd? = nil, quantization: Quantization? = nil,
    information: [String: String] = [:]
  ) throws(NetworkError) {
    try Network.validate(inputWidth: inputWidth, layers: layers, frontEnd: frontEnd)
    self.inputWidth = inputWidth
    self.layers = layers
    store = ParameterStore(parameters)
    self.frontEnd = frontEnd
    self.quantization = quantization
    self.information = information
    try validateParameters()
    if let quantization {
      integers = try IntegerNetwork(
        layers, inputWidth: inputWidth,
        try IntegerParameters(parameterDescriptions, parameters, quantization), quantization)
    }
  }

  /// A network in fixed point.
  ///
  /// - Parameter integers: checked, each of its parameter's shape.
  /// - Throws: ``NetworkError`` where layers or exponents do not fit each other, or a sum of
  ///   products could exceed its bits.
  init(
    inputWidth: Int, layers: [Layer], integers: IntegerParameters, frontEnd: FrontEnd?,
    quantization: Quantization, information: [String: String]
  ) throws(NetworkError) {
    try Network.validate(inputWidth: inputWidth, layers: layers, frontEnd: frontEnd)
    self.inputWidth = inputWidth
    self.layers = layers
    store = ParameterStore(integers)
    self.frontEnd = frontEnd
    self.quantization = quantization
    self.information = information
    self.integers = try IntegerNetwork(
      layers, inputWidth: inputWidth, integers, quantization)
  }

  public static func == (one: Network, other: Network) -> Bool {
    one.inputWidth == other.inputWidth && one.layers == other.layers
      && one.parameters == other.parameters && one.frontEnd == other.frontEnd
      && one.quantization == other.quantization && one.information == other.information
  }

  /// The values of an output frame.
  public var outputWidth: Int { layers.outputWidth(for: inputWidth) }

  /// Every parameter that the layers have, in order.
  public var parameterDescriptions: [ParameterDescription] {
    layers.parameters(inputWidth: inputWidth, path: "")
  }

  /// A parameter by its name.
  ///
  /// - Precondition: The network has a parameter of that name.
  public subscript(name: String) -> Tensor {
    guard let tensor = parameters[name] else { preconditionFailure("no parameter \(name)") }
    return tensor
  }

  /// Values of a parameter that are not zero.
  ///
  /// - Precondition: The network has a parameter of that name.
  func nonZeroCount(of name: String) -> Int { store.nonZeroCount(of: name) }

  /// Checks that layers fit each other, before there are parameters.
  public static func validate(
    inputWidth: Int, layers: [Layer], frontEnd: FrontEnd? = nil
  ) throws(NetworkError) {
    try Limits.check(inputWidth, "the input width")
    guard layers.totalCount <= Limits.layers else {
      throw .invalid("\(layers.totalCount) layers; expected at most \(Limits.layers)")
    }
    _ = try layers.validate(inputWidth: inputWidth, path: "")
    let count = layers.parameters(inputWidth: inputWidth, path: "").reduce(0) { $0 + $1.count }
    guard count <= Limits.parameters else {
      throw .invalid("\(count) parameters; expected at most \(Limits.parameters)")
    }
    if let frontEnd { try frontEnd.rule.validate(inputWidth: inputWidth, layers: layers) }
  }

  /// The network with other values of its parameters.
  ///
  /// - Precondition: names, shapes and values are such as the layers want.
  func replacing(parameters: [String: Tensor], quantization: Quantization?) -> Network {
    do throws(NetworkError) {
      return try Network(
        inputWidth: inputWidth, layers: layers, parameters: parameters, frontEnd: frontEnd,
        quantization: quantization, information: information)
    } catch {
      preconditionFailure("parameters such as the layers want: \(error)")
    }
  }

  private func validateParameters() throws(NetworkError) {
    var known: Set<String> = []
    for description in parameterDescriptions {
      known.insert(description.name)
      guard let tensor = parameters[description.name] else {
        throw .invalid("the parameter \(description.name) is missing")
      }
      try description.check(tensor.shape)
      if let index = tensor.values.firstIndex(where: { !description.range.contains($0) }) {
        try description.check(tensor.values[index], at: index)
      }
    }
    if let stranger = parameters.keys.sorted().first(where: { !known.contains($0) }) {
      throw .invalid("the parameter \(stranger) belongs to no layer")
    }
  }
}

extension [Layer] {
  fileprivate var totalCount: Int { reduce(0) { $0 + 1 + $1.rule.branch.totalCount } }
}

/// An error in a network's description or parameters.
public enum NetworkError: Error, Equatable, CustomStringConvertible {
  /// A network is invalid.
  case invalid(String)

  public var description: String {
    switch self {
    case .invalid(let reason): reason.onOneLine
    }
  }
}
