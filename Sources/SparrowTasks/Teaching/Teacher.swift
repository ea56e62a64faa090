public import Sparrow
public import SparrowTraining

/// A trained network that tells another one, row by row, how likely it finds each class (knowledge
/// distillation; Hinton et al. 2015).
///
/// With the share w of the teacher, what is lost is 1 - w times the cross-entropy of the right class and w
/// times that of the teacher's distribution. By the logits, the gradient of the sum is that of the right class
/// minus w times what the same gradient would be for the teacher. Rows that are not judged teach nothing.
public final class Teacher {
  private let network: TrainableNetwork<Float>
  private let share: Float
  private let workers: Workers
  private let loss: CrossEntropy
  /// The step whose batch the teacher took last.
  private(set) var lastStep = -1
  private var logits: Activations<Float>?

  /// - Parameters:
  ///   - model: of the same classes as the one that learns.
  ///   - share: over 0, at most 1.
  /// - Throws: where a layer of the model cannot be run by the trainer.
  public init(
    _ model: Network, share: Double, products: ProductPrecision = .float32, workers: Workers,
    instructionSet: InstructionSet = .best
  ) throws(TrainingError) {
    network = try TrainableNetwork(
      model,
      context: TrainingContext(
        workers: workers, instructionSet: instructionSet, products: products))
    self.share = Float(share)
    self.workers = workers
    loss = CrossEntropy(workers: workers, instructionSet: instructionSet)
  }

  /// Takes the batch of a step; where it continues, those before it have been taken.
  func take(_ batch: Activations<Float>, step: Int, continues: Bool = false) {
    logits = network.forward(batch, TrainingPass(isTraining: false, continues: continues))
    lastStep = step
  }

  /// Takes the teacher's share of the gradient by the learner's logits into account, for the batch that was
  /// taken last.
  func teach(_ gradient: Activations<Float>, targets: [Int32]) {
    guard let logits else { preconditionFailure("a teacher takes a batch before it teaches") }
    _ = loss.replaceByGradient(logits, targets: targets)
    let grain = 1 << 16
    let share = share
    _ = workers.map((gradient.count + grain - 1) / grain) { block in
      for i in block * grain..<min((block + 1) * grain, gradient.count) {
        gradient.values[i] -= share * logits.values[i]
      }
    }
  }
}
