/// The purpose of a parameter. Training chooses its learning rate, its decay and whether to prune
/// it by this; a state-space model's own parameters are known to want a smaller rate and no decay.
public enum ParameterRole: Sendable, Hashable {
  /// A matrix between activations.
  case weight
  /// Added to activations.
  case bias
  /// Scale or shift of a normalisation.
  case normalization
  /// A matrix of a state-space model: B or C.
  case stateSpaceMatrix
  /// The rest of a state-space model: eigenvalues, step sizes, feed-through.
  case stateSpace
  /// The threshold that a unit has to exceed to send its value.
  case threshold
  /// Measured during training, not learned.
  case statistic
}

/// The meaning of an index along an axis of a parameter.
public enum ParameterAxis: Sendable, Hashable {
  /// A value of the layer's input.
  case inputs
  /// A value of the layer's output, or a unit.
  case outputs
  /// A complex state of a linear recurrence.
  case states
  /// A unit of a gate: the units of each gate after those of the gate before.
  case gates
  /// A value of a frame that a convolution sees: the inputs of a tap after those of the tap before.
  case taps
  /// A unit of the block that a unit sees; see ``RecurrentStructure``.
  case block
}

/// Which part of a complex parameter a tensor is.
public enum ComplexPart: Sendable, Hashable {
  /// The real part.
  case real
  /// - besides: whether a product reads both parts of its input, so that the matrix has the
  ///   imaginary part beside the real one and not below it.
  case imaginary(besides: Bool)
}

/// Name, shape and purpose of a parameter of a layer.
public struct ParameterDescription: Sendable, Hashable {
  /// The name, such as `layers.0.weight`.
  public let name: String
  /// The size of each axis.
  public let shape: [Int]
  /// The meaning of an index along each axis of the shape.
  public let axes: [ParameterAxis]
  /// The parameter's purpose in its layer.
  public let role: ParameterRole
  /// Whether training changes it by its gradient.
  public let isTrained: Bool
  /// Values that make sense.
  public let range: ClosedRange<Float>
  /// The name that both parts of a complex parameter share; the name itself for real ones.
  public let group: String
  /// nil for real parameters.
  public let part: ComplexPart?
  /// How fixed point stores it; nil where fixed point has no form for it.
  public let fixedPoint: ParameterGroup.Kind?

  static var finite: ClosedRange<Float> { -.greatestFiniteMagnitude ... .greatestFiniteMagnitude }

  init(
    _ name: String, _ shape: [Int], _ axes: [ParameterAxis], _ role: ParameterRole,
    isTrained: Bool? = nil, range: ClosedRange<Float> = Self.finite, group: String? = nil,
    part: ComplexPart? = nil, fixedPoint: ParameterGroup.Kind? = nil
  ) {
    self.name = name
    self.shape = shape
    self.axes = axes
    self.role = role
    self.isTrained = isTrained ?? (role != .statistic)
    self.range = range
    self.group = group ?? name
    self.part = part
    self.fixedPoint = fixedPoint
  }

  /// The number of values.
  public var count: Int { shape.reduce(1, *) }

  /// - Throws: ``NetworkError`` for a shape other than the parameter's.
  func check(_ shape: [Int]) throws(NetworkError) {
    guard shape == self.shape else {
      throw .invalid("\(name) has the shape \(shape); expected \(self.shape)")
    }
  }

  /// - Throws: ``NetworkError`` for a value that makes no sense.
  func check(_ value: Float, at index: Int) throws(NetworkError) {
    guard range.contains(value) else {
      throw .invalid(
        "\(name) has the value \(value) at \(index); "
          + "expected \(range.lowerBound) to \(range.upperBound)")
    }
  }
}
