/// The event-based GRU (Subramoney et al. 2023): a GRU whose units send their value only when it
/// crosses their threshold ϑ, so that most of what the recurrent product reads is zero.
///
///     r, z = σ(a + q), n = tanh(a_n + r ⊙ q_n), v_t = (1 - z) ⊙ n + z ⊙ h_{t-1}
///     e_t = 1 where v_t > ϑ, 0 elsewhere; y_t = e_t ⊙ v_t; h_t = v_t - e_t ⊙ ϑ
///
/// The layer gives y_t, and q = R y_{t-1} + c reads it too; h_t, reset softly, stays with its unit.
/// ϑ is used clamped to 0...1. In training a surrogate, γ max(0, 1 - ε |v - ϑ|), takes the place of
/// the derivative of e by v, or of another one: ``surrogate``.
public struct EventGRU: Sendable, Hashable {
  /// The derivative that the surrogate replaces in training.
  public enum Surrogate: String, Codable, Sendable {
    /// The derivative of e by v, wherever that occurs (Subramoney et al. 2023). As y = e v, a
    /// silent unit whose value is negative then learns to send less from what asks it to send more.
    case event
    /// Of silent units the derivative of y by v, as if they leaked; those that send have 1, and the
    /// reset that of e as before.
    case output
  }

  /// Whether training moves the thresholds.
  public var trainsThresholds: Bool
  /// The mean of the thresholds that training begins with: they are uniform from 0 to twice that.
  /// The higher, the fewer units send.
  public var initialThreshold: Float
  /// γ.
  public var damping: Float
  /// ε.
  public var support: Float
  /// The surrogate gradient.
  public var surrogate: Surrogate
  /// h is set to zero before every so many steps, counted from the beginning of the sequence, y is
  /// not: as where sequences are evaluated in chunks that hand on y alone. nil for never.
  public var resetInterval: Int?

  /// An event-based cell.
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

  /// The default threshold.
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
