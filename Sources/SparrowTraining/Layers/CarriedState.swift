/// The final state of the pass before, from which a pass may go on.
struct CarriedState<Scalar: TrainingScalar> {
  /// By clip, and what they are for: each layer's own.
  var vectors: [String: [Scalar]]
  /// Since the beginning.
  var steps: Int
}

/// A layer that carries a state from pass to pass, where a pass continues the one before.
protocol StatefulLayer<Scalar>: AnyObject {
  associatedtype Scalar: TrainingScalar

  /// Names of the vectors of a state.
  static var stateNames: [String] { get }
  /// nil before the first pass.
  var state: CarriedState<Scalar>? { get set }
}
