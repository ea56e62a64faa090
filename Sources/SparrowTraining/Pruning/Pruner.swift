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
  func apply(step: Int, of steps: Int, workers: Workers) {
    prune(share: options.progress(step: step, of: steps), workers) { $0.moved }
  }

  /// Makes the values out of the running means instead, for a look at them; the next ``apply`` undoes it.
  func applyToAverages(step: Int, of steps: Int, workers: Workers) {
    prune(share: options.progress(step: step, of: steps), workers) { $0.average }
  }

  private func prune(
    share: Double, _ workers: Workers,
    from source: (Parameter<Float>) -> UnsafeMutablePointer<Float>
  ) {
    let sparsity = options.sparsity * share
    let kept = SparsityDistribution.kept(
      options.distribution, counts: matrices.map(\.count), shapes: matrices.map(\.shape),
      sparsity: sparsity)
    let threshold =
      options.distribution == .global ? globalThreshold(kept.reduce(0, +), source) : nil
    workers.forEach(matrices.count) { index, _ in
      let matrix = matrices[index]
      var magnitudes = [Float](repeating: 0, count: matrix.count)
      matrix.gatherMagnitudes(into: &magnitudes, of: source)
      if options.prunesComplexJointly && matrix.parts.count == 2 { matrix.join(&magnitudes) }
      let mask =
        if let threshold {
          magnitudes.map { $0 >= threshold }
        } else {
          SparsityPattern.mask(
            options.pattern, magnitudes, rows: matrix.rows, columns: matrix.columns,
            kept: kept[index])
        }
      matrix.apply(mask, from: source)
    }
  }

  private func globalThreshold(
    _ kept: Int, _ source: (Parameter<Float>) -> UnsafeMutablePointer<Float>
  ) -> Float {
    var all: [Float] = []
    for matrix in matrices {
      var magnitudes = [Float](repeating: 0, count: matrix.count)
      matrix.gatherMagnitudes(into: &magnitudes, of: source)
      if options.prunesComplexJointly && matrix.parts.count == 2 { matrix.join(&magnitudes) }
      all.append(contentsOf: magnitudes)
    }
    return Selection.threshold(all, keeping: kept)
  }
}

extension PrunableMatrix {
  /// Gives both parts of a complex weight its magnitude.
  fileprivate func join(_ magnitudes: inout [Float]) {
    let step = isSideBySide ? columns / 2 : rows / 2 * columns
    for row in 0..<(isSideBySide ? rows : rows / 2) {
      for column in 0..<(isSideBySide ? columns / 2 : columns) {
        let index = row * columns + column
        let (real, imaginary) = (magnitudes[index], magnitudes[index + step])
        let size = (real * real + imaginary * imaginary).squareRoot()
        magnitudes[index] = size
        magnitudes[index + step] = size
      }
    }
  }
}
