/// What a parameter is for. Training chooses its learning rate, its decay and whether to prune it by
/// this; a state-space model's own parameters are known to want a smaller rate and no decay.
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
  /// What a unit has to exceed to send its value.
  case threshold
  /// Chosen before training, not learned.
  case constant
  /// Measured during training, not learned.
  case statistic
}

/// Name, shape and purpose of a parameter that a layer has.
public struct ParameterDescription: Sendable, Hashable {
  public let name: String
  public let shape: [Int]
  public let role: ParameterRole
  /// Values that make sense.
  public let range: ClosedRange<Float>

  init(
    name: String, shape: [Int], role: ParameterRole,
    range: ClosedRange<Float> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
  ) {
    self.name = name
    self.shape = shape
    self.role = role
    self.range = range
  }

  public var count: Int { shape.reduce(1, *) }
}
