/// A layer that can be run over whole sequences and differentiated.
///
/// `forward` keeps what `backward` will need; `backward` takes the gradient of the loss by the
/// layer's output, adds to the gradients of its parameters, and gives the gradient by the layer's
/// input. It may change the gradient that it is given.
protocol TrainableLayer<Scalar>: AnyObject {
  associatedtype Scalar: TrainingScalar

  var parameters: [Parameter<Scalar>] { get }
  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar>
  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar>
}

/// The options of one pass.
public struct TrainingPass: Sendable {
  /// Whether to drop out and to normalise by the batch; otherwise as in inference.
  public var isTraining: Bool
  /// Decides what is dropped.
  public var seed: UInt64
  /// Whether recurrent cells begin with the state that the last pass ended with, rather than with
  /// zeros: as where a long sequence comes in chunks. The clips have to be as many.
  public var continues: Bool

  /// A pass.
  public init(isTraining: Bool, seed: UInt64 = 0, continues: Bool = false) {
    self.isTraining = isTraining
    self.seed = seed
    self.continues = continues
  }
}
