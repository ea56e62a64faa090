import Sparrow

/// Rounds the matrices of a network during training; see ``QuantizationAwareOptions``.
final class WeightQuantizer {
  private let options: QuantizationAwareOptions
  /// One parameter per matrix, or the real and imaginary part of a complex one, whose rows share a
  /// format.
  private let matrices: [[Parameter<Float>]]
  /// The parameters whose values a pruner has set before.
  private let pruned: Set<String>

  /// - Parameter parameters: All parameters of the network, after the pruner has taken its own.
  ///   Matrices get a copy in full precision for the optimiser.
  init(_ options: QuantizationAwareOptions, _ parameters: [Parameter<Float>]) {
    self.options = options
    matrices = PrunableMatrix.all(in: parameters).map(\.parts)
    let parts = matrices.flatMap { $0 }
    pruned = Set(parts.filter { $0.denseCopy != nil }.map(\.name))
    for part in parts { part.keepDenseCopy() }
  }

  /// Sets the values of the next pass: pruned values or, without pruning, the optimiser's copies,
  /// rounded.
  ///
  /// Formats are chosen at every step, as by
  /// ``FixedPointFormat/weightFormats(bits:parts:rows:byRow:)``, so that they depend on the weights
  /// alone.
  ///
  /// - Parameter toAverages: Whether to round the moving averages instead, for validation.
  func apply(toAverages: Bool = false, workers: Workers) {
    workers.forEach(matrices.count) { index, _ in
      let parts = matrices[index]
      for part in parts where !pruned.contains(part.name) {
        part.value.update(from: toAverages ? part.average : part.moved, count: part.count)
      }
      let groups = options.perChannel ? parts[0].description.shape[0] : 1
      let size = parts[0].count / groups
      for group in 0..<groups { round(parts, from: group * size, count: size) }
    }
  }

  /// Rounds the same range of each part, in one format.
  private func round(_ parts: [Parameter<Float>], from start: Int, count: Int) {
    var largest: Float = 0
    for part in parts {
      largest = max(largest, Rounding.largestMagnitude(count, part.value + start))
    }
    let whole = Rounding<Float>.format(bits: options.weightBits, holding: largest)
    var finer = whole
    finer.exponent += 1
    var rounding = Rounding<Float>(whole)
    let cutting = Rounding<Float>(finer)
    let wholeError = parts.reduce(0) { $0 + rounding.squaredError(count, $1.value + start) }
    let finerError = parts.reduce(0) { $0 + cutting.squaredError(count, $1.value + start) }
    if finerError < wholeError { rounding = cutting }
    for part in parts { rounding.apply(count, part.value + start, part.value + start) }
  }
}
