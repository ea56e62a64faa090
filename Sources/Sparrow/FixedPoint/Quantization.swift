/// The fixed-point formats of a network: bits, and the exponent of every value. A network with a
/// quantisation has parameters that these formats represent exactly, and its plans compute in
/// integers.
///
/// `Documentation/FixedPoint.md` describes the arithmetic.
public struct Quantization: Sendable, Hashable {
  /// The bits of weights and activations.
  public var scheme: QuantizationScheme
  /// Exponents of activations and states by place: "input", the path of a layer for its output
  /// (dense, recurrence, gate, GELU, residual, recurrent cell), for a linear recurrence also
  /// "PATH.state" (its state) and "PATH.read" (the state as the input of C), and for an LSTM
  /// "PATH.state" (its c).
  public var activations: [String: Int]
  /// Exponents of parameters by ``ParameterGroup/name``: one, or one per row.
  public var parameters: [String: [Int]]

  /// A quantisation.
  public init(
    scheme: QuantizationScheme, activations: [String: Int], parameters: [String: [Int]]
  ) {
    self.scheme = scheme
    self.activations = activations
    self.parameters = parameters
  }

  /// Exponents that make sense.
  static let exponents = -64...64
}

/// The bits of weights and activations.
public struct QuantizationScheme: Sendable, Hashable, Codable {
  /// Bits of the weights of matrices, from 2 to 8.
  public var weightBits: Int
  /// Bits of activations: 8 or 16.
  public var activationBits: Int
  /// Whether every row (output channel) of a matrix has its own exponent.
  public var byRow: Bool

  /// A scheme.
  public init(weightBits: Int, activationBits: Int, byRow: Bool = true) {
    self.weightBits = weightBits
    self.activationBits = activationBits
    self.byRow = byRow
  }

  /// 8-bit weights, 16-bit activations.
  public static let w8a16 = QuantizationScheme(weightBits: 8, activationBits: 16)
  /// 8-bit weights, 8-bit activations.
  public static let w8a8 = QuantizationScheme(weightBits: 8, activationBits: 8)
  /// 4-bit weights, 16-bit activations.
  public static let w4a16 = QuantizationScheme(weightBits: 4, activationBits: 16)

  /// The scheme of a name such as "w8a16"; nil if there is none.
  public init?(name: String) {
    let parts = name.dropFirst().split(separator: "a", omittingEmptySubsequences: false)
    guard name.first == "w", parts.count == 2, let weightBits = Int(parts[0]),
      let activationBits = Int(parts[1])
    else { return nil }
    self.init(weightBits: weightBits, activationBits: activationBits)
    guard isSupported else { return nil }
  }

  /// The name, as "w8a16".
  public var name: String { "w\(weightBits)a\(activationBits)" }

  private var isSupported: Bool {
    (2...8).contains(weightBits) && (activationBits == 8 || activationBits == 16)
  }

  func validate() throws(NetworkError) {
    guard isSupported else { throw .invalid("\(name) is none of w2…w8 with a8 or a16") }
  }
}

/// Parameters that share exponents: a tensor, or both parts of a complex one.
public struct ParameterGroup: Sendable, Hashable {
  /// The role of the parameters.
  public enum Kind: Sendable {
    /// A matrix.
    case weights
    /// Biases.
    case bias
    /// Ā of a recurrence. It has bits for long memories: 1 - |Ā| may be small.
    case system
    /// f of a recurrence; each state has an exponent, since f goes with its step size.
    case factor
    /// D of a recurrence.
    case feedThrough
    /// Thresholds that units of an event-based cell have to exceed.
    case threshold
  }

  /// The name of the tensor, or the common prefix of the names of both parts.
  public let name: String
  /// The role of the parameters.
  public let kind: Kind
  /// One parameter, or the real and the imaginary part.
  public let parameters: [ParameterDescription]

  /// The number of rows, which may have an exponent each.
  public var rows: Int { parameters[0].shape[0] }

  func bits(_ scheme: QuantizationScheme) -> Int {
    switch kind {
    case .weights: scheme.weightBits
    case .bias, .factor, .feedThrough, .threshold: 16
    case .system: 24
    }
  }

  func isByRow(_ scheme: QuantizationScheme) -> Bool {
    switch kind {
    case .weights: scheme.byRow
    case .factor: true
    case .bias, .system, .feedThrough, .threshold: false
    }
  }
}

extension Network {
  /// See the same of descriptions.
  package var parameterGroups: [ParameterGroup]? { parameterDescriptions.fixedPointGroups }
}

extension NetworkError {
  /// Names the first parameter that has no form in fixed point.
  static func notForFixedPoint(_ descriptions: [ParameterDescription]) -> NetworkError {
    let name = descriptions.first { $0.fixedPoint == nil }?.name ?? "a parameter"
    return .invalid(
      "quantization: \(name) has no form in fixed point; there, there are no normalisations, and "
        + "linear recurrences are discrete")
  }
}

extension [ParameterDescription] {
  /// The parameters in groups that share exponents; nil where there are others than those of
  /// integer layers (see ``Network/fixedPointForm()``).
  var fixedPointGroups: [ParameterGroup]? {
    var groups: [ParameterGroup] = []
    for (index, description) in enumerated() {
      guard let kind = description.fixedPoint else { return nil }
      switch description.part {
      case nil:
        groups.append(
          ParameterGroup(name: description.group, kind: kind, parameters: [description]))
      case .real:
        groups.append(
          ParameterGroup(
            name: description.group, kind: kind, parameters: Array(self[index...index + 1])))
      case .imaginary: break
      }
    }
    return groups
  }
}
