public import Sparrow

/// A training task: its batches, its loss and its scores.
public protocol TrainingTask: AnyObject {
  /// The size of a batch in ``unit``, as seconds of sound.
  var unitsPerBatch: Double { get }
  /// The unit of data, as "audio-seconds".
  var unit: String { get }
  /// The size of an epoch in ``unit``.
  var unitsPerEpoch: Double { get }

  /// Identifies the data by their names and contents; 0 if there is nothing to compare.
  var dataFingerprint: UInt64 { get }

  /// The input of a step, which depends on the seed and the index of the step alone.
  func makeBatch(step: Int) -> Activations<Float>
  /// Whether the sequences of a step continue those of the previous step, so that recurrent cells
  /// keep their state (truncated backpropagation through time).
  func continues(step: Int) -> Bool
  /// A factor on the learning rate of a step, for batches of different lengths.
  func rateFactor(step: Int) -> Double
  /// The loss of the output for the last batch, and its gradient with respect to the output.
  func loss(of output: Activations<Float>) -> (loss: Loss, gradient: Activations<Float>)
  /// The scores of a network on held-out data, by name. The best network is that with the highest
  /// "score".
  func validate(_ network: Network) -> [String: Double]
}

extension TrainingTask {
  /// There is nothing to compare by default.
  public var dataFingerprint: UInt64 { 0 }
  /// Sequences are independent by default.
  public func continues(step: Int) -> Bool { false }
  /// The factor is 1 by default.
  public func rateFactor(step: Int) -> Double { 1 }
}

/// A loss with a measure for the log.
public struct Loss: Sendable {
  /// The loss, which training minimises.
  public var value: Double
  /// A measure that is easier to read, such as a signal-to-noise ratio.
  public var measure: Double
  /// The unit of ``measure``.
  public var measureUnit: String

  /// A loss.
  public init(value: Double, measure: Double, measureUnit: String) {
    self.value = value
    self.measure = measure
    self.measureUnit = measureUnit
  }
}
