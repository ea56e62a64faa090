public import Sparrow

/// What is trained for: where batches come from, what is lost by the network's output, how a network
/// is judged.
public protocol TrainingTask: AnyObject {
  /// Seconds of signal (or whatever the task counts) in a batch.
  var unitsPerBatch: Double { get }
  /// What the task counts, as in "audio-seconds".
  var unit: String { get }
  /// Units in one passage through the data: an epoch.
  var unitsPerEpoch: Double { get }

  /// The input of a step, decided by the seed and the step's index alone.
  func makeBatch(step: Int) -> Activations<Float>
  /// Whether a step's batch goes on where that of the step before ended, so that recurrent cells keep
  /// their state.
  func continues(step: Int) -> Bool
  /// What the learning rate of a step is multiplied by, for batches that differ in length.
  func rateFactor(step: Int) -> Double
  /// The loss of the output for the last batch, and its gradient by the output.
  func loss(of output: Activations<Float>) -> (loss: Loss, gradient: Activations<Float>)
  /// Scores of a network on data that no batch is made of; "score" is the one that chooses, larger
  /// being better.
  func validate(_ network: Network) -> [String: Double]
}

extension TrainingTask {
  public func continues(step: Int) -> Bool { false }
  public func rateFactor(step: Int) -> Double { 1 }
}

/// A loss, and what else is worth telling of it.
public struct Loss: Sendable {
  public var value: Double
  /// A measure that people know, such as a signal-to-noise ratio, with its unit.
  public var measure: Double
  public var measureUnit: String

  public init(value: Double, measure: Double, measureUnit: String) {
    self.value = value
    self.measure = measure
    self.measureUnit = measureUnit
  }
}
