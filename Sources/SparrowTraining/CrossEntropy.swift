public import SparrowCore

/// The loss of a choice between classes: the mean of -log softmax(x)[target] over rows, in nats.
public struct CrossEntropy: Sendable {
  private let kernels: TrainingKernels<Float>
  private let workers: Workers

  public init(workers: Workers, instructionSet: InstructionSet = .best) {
    kernels = Float.kernels(instructionSet)
    self.workers = workers
  }

  /// - Parameters:
  ///   - logits: rows of a logit a class. The gradient by them takes their place.
  ///   - targets: the right class of each row.
  /// - Returns: the mean over rows.
  public func replaceByGradient(_ logits: Activations<Float>, targets: [Int32]) -> Double {
    let rows = logits.rows
    precondition(targets.count == rows && rows > 0)
    precondition(targets.allSatisfy { (0..<Int32(logits.width)).contains($0) })
    let grain = 64
    let sums = workers.map((rows + grain - 1) / grain) { block in
      let first = block * grain
      return targets.withUnsafeBufferPointer {
        kernels.crossEntropy(
          min(grain, rows - first), logits.width, $0.baseAddress! + first, 1 / Double(rows),
          logits.values + first * logits.width)
      }
    }
    return sums.reduce(0, +) / Double(rows)
  }
}
