import Sparrow

/// Prunes the matrices of a network during training; see ``PruningOptions``.
final class Pruner {
  private let options: PruningOptions
  private let matrices: [PrunableMatrix]

  /// - Parameter parameters: All parameters of the network. Pruned ones get a dense copy for the
  ///   optimiser.
  init(_ options: PruningOptions, _ parameters: [Parameter<Float>]) {
    self.options = options
    matrices = PrunableMatrix.all(in: parameters).filter { matrix in
      !options.excluded.contains { matrix.name.contains($0) }
    }
    for part in matrices.flatMap(\.parts) { part.keepDenseCopy() }
  }

  /// Sets the values of the next pass: dense copies with the smallest weights set to zero.
  ///
  /// - Parameters:
  ///   - step: The step, counted from 0.
  ///   - steps: The number of steps of the run.
  ///   - toAverages: Whether to prune the moving averages instead, for validation.
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
      if !options.regrows && !toAverages { matrix.apply(mask, from: source, to: source) }
    }
  }

  /// Takes gradients and what the optimiser remembers from weights that are to stay zero.
  func keepZeros() {
    guard !options.regrows else { return }
    for part in matrices.flatMap(\.parts) {
      for i in 0..<part.count where part.moved[i] == 0 {
        part.gradient[i] = 0
        part.firstMoment[i] = 0
        part.secondMoment[i] = 0
      }
    }
  }
}
