/// The range of the activations at a place of a network. It belongs to training, not to the
/// network; checkpoints contain it.
final class ActivationRange {
  /// The decay of the maximum per pass: a value that does not occur again is forgotten after some
  /// thousand passes.
  static var keep: Float { 0.999 }

  /// The path of the layer whose output it is, "input", or a recurrence's path and ".state".
  let name: String
  /// The running maximum of absolute values over training passes; 0 before the first.
  var largest: Float = 0

  init(name: String) { self.name = name }

  func follow(_ magnitude: Float) { largest = max(magnitude, Self.keep * largest) }
}
