public import Sparrow
public import SparrowTraining

/// The teacher of knowledge distillation (Hinton et al. 2015): a trained network of the same
/// classes.
///
/// With teacher weight w the loss of a row is (1 - w) times the cross-entropy with the right class
/// and w times the cross-entropy with the teacher's distribution. Its gradient with respect to the
/// student's logits is the gradient of the right class for the student minus w times the same
/// gradient for the teacher. Rows without a target class have no teacher gradient.
public final class Teacher {
  private let network: TrainableNetwork<Float>
  private let weight: Float
  private let workers: Workers
  private let loss: CrossEntropy
  /// The step of the last batch.
  private(set) var lastStep = -1
  private var logits: Activations<Float>?

  /// A teacher.
  ///
  /// - Parameters:
  ///   - model: A network of the same classes as the student.
  ///   - weight: The teacher weight: over 0, at most 1.
  ///   - products: The precision of operands of matrix products.
  ///   - workers: The threads.
  ///   - instructionSet: An instruction set of this processor.
  /// - Throws: `TrainingError.unsupported` if the trainer does not support a
  ///   layer.
  public init(
    _ model: Network, weight: Double, products: ProductPrecision = .float32, workers: Workers,
    instructionSet: InstructionSet = .best
  ) throws(TrainingError) {
    network = try TrainableNetwork(
      model,
      context: TrainingContext(
        workers: workers, instructionSet: instructionSet, products: products))
    self.weight = Float(weight)
    self.workers = workers
    loss = CrossEntropy(workers: workers, instructionSet: instructionSet)
  }

  /// Runs the teacher on the batch of a step. If it continues, the previous batches have been run.
  func take(_ batch: Activations<Float>, step: Int, continues: Bool = false) {
    logits = network.forward(batch, TrainingPass(isTraining: false, continues: continues))
    lastStep = step
  }

  /// Adds the teacher's part to the gradient with respect to the student's logits, for the batch
  /// that was taken last.
  func teach(_ gradient: Activations<Float>, targets: [Int32]) {
    guard let logits else { preconditionFailure("a teacher takes a batch before it teaches") }
    _ = loss.replaceByGradient(logits, targets: targets)
    let grain = 1 << 16
    let weight = weight
    _ = workers.map((gradient.count + grain - 1) / grain) { block in
      for i in block * grain..<min((block + 1) * grain, gradient.count) {
        gradient.values[i] -= weight * logits.values[i]
      }
    }
  }
}
