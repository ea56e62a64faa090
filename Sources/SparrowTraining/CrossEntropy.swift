public import SparrowCore

/// The loss of a choice between classes: the mean of -log softmax(x)[target] over rows, in nats.
public struct CrossEntropy: Sendable {
  private let kernels: TrainingKernels<Float>
  private let workers: Workers

  /// The target of a row that is not judged.
  public static let ignored: Int32 = -1

  public init(workers: Workers, instructionSet: InstructionSet = .best) {
    kernels = Float.kernels(instructionSet)
    self.workers = workers
  }

  /// - Parameters:
  ///   - logits: rows of a logit a class. The gradient by them takes their place, so they come from a layer
  ///     that does not look at them again, such as a dense one.
  ///   - targets: the right class of each row, or ``ignored``.
  /// - Returns: the mean over rows that are judged; 0 where none is.
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
