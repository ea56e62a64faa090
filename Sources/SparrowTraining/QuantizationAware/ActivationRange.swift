/// How large the values at a place of a network become. It belongs to training, not to the network, and a
/// checkpoint keeps it.
final class ActivationRange {
  /// What of the maximum stays from pass to pass: a value that does not come again is forgotten after
  /// some thousand passes.
  static var keep: Float { 0.999 }

  /// The path of the layer that gives the values, "input", or a recurrence's path and ".state".
  let name: String
  /// A running maximum of magnitudes over training passes; 0 before the first.
  var largest: Float = 0

  init(name: String) { self.name = name }

  func follow(_ magnitude: Float) { largest = max(magnitude, Self.keep * largest) }
}
