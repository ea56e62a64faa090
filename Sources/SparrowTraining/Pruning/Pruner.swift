import Sparrow

/// Keeps a network's matrices sparse while they are trained; see ``PruningOptions``.
final class Pruner {
  private let options: PruningOptions
  private let matrices: [PrunableMatrix]

  /// - Parameter parameters: all of the network's. The optimiser moves copies of those that are pruned,
  ///   from their present values on.
  init(_ options: PruningOptions, _ parameters: [Parameter<Float>]) {
    self.options = options
    matrices = PrunableMatrix.all(in: parameters).filter { matrix in
      !options.excluded.contains { matrix.name.contains($0) }
    }
    for part in matrices.flatMap(\.parts) { part.keepDenseCopy() }
  }

  /// Makes the values that the next pass runs with, out of what the optimiser moves.
  ///
  /// - Parameters:
  ///   - step: counted from 0. steps: of the run.
  ///   - toAverages: out of the running means instead, for a look at them.
  func apply(step: Int, of steps: Int, toAverages: Bool = false, workers: Workers) {
    let source: (Parameter<Float>) -> UnsafeMutablePointer<Float> = {
      toAverages ? $0.average : $0.moved
    }
    let kept = SparsityDistribution.kept(
      options.distribution, counts: matrices.map(\.count), shapes: matrices.map(\.shape),
      sparsity: options.sparsity * options.progress(step: step, of: steps))
    let magnitudes = workers.map(matrices.count) { index in
      matrices[index].magnitudes(of: source, joined: options.prunesComplexJointly)
    }
    let threshold =
      options.distribution == .global
      ? Selection.threshold(magnitudes.flatMap { $0 }, keeping: kept.reduce(0, +)) : nil
    workers.forEach(matrices.count) { index, _ in
      let matrix = matrices[index]
      let mask =
        if let threshold {
          magnitudes[index].map { $0 >= threshold }
        } else {
          SparsityPattern.mask(
            options.pattern, magnitudes[index], rows: matrix.rows, columns: matrix.columns,
            kept: kept[index])
        }
      matrix.apply(mask, from: source)
    }
  }
}
