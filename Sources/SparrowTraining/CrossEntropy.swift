public import SparrowCore

/// The cross-entropy loss: the mean of -log softmax(x)[target] over rows, in nats.
public struct CrossEntropy: Sendable {
  private let kernels: TrainingKernels<Float>
  private let workers: Workers

  /// The target of a row that does not count.
  public static let ignored: Int32 = -1

  /// A loss that is computed by workers on an instruction set of this processor.
  public init(workers: Workers, instructionSet: InstructionSet = .best) {
    kernels = Float.kernels(instructionSet)
    self.workers = workers
  }

  /// Computes the loss, and overwrites the logits by its gradient.
  ///
  /// - Parameters:
  ///   - logits: One row of logits per step and sequence. They must come from a layer that does not
  ///     need its output for the backward pass, such as a dense one.
  ///   - targets: The class of each row, or ``ignored``.
  /// - Returns: The mean loss over rows that count; 0 if there are none.
  public func replaceByGradient(_ logits: Activations<Float>, targets: [Int32]) -> Double {
    let rows = logits.rows
    precondition(targets.count == rows && rows > 0)
    precondition(targets.allSatisfy { (Self.ignored..<Int32(logits.width)).contains($0) })
    let judged = Double(max(1, targets.count { $0 != Self.ignored }))
    let grain = 64
    let sums = workers.map((rows + grain - 1) / grain) { block in
      let first = block * grain
      return targets.withUnsafeBufferPointer {
        kernels.crossEntropy(
          min(grain, rows - first), logits.width, $0.baseAddress! + first, 1 / judged,
          logits.values + first * logits.width)
      }
    }
    return sums.reduce(0, +) / judged
  }
}
