import Sparrow

/// Keeps a network's matrices on the grids of their formats while they are trained; see
/// ``QuantizationAwareOptions``.
final class WeightQuantizer {
  private let options: QuantizationAwareOptions
  /// One parameter a matrix, or a complex one's real and imaginary part, which share a row's format.
  private let matrices: [[Parameter<Float>]]
  /// Those whose values a pruner sets before they are rounded.
  private let pruned: Set<String>

  /// - Parameter parameters: all of the network's, after a pruner has taken those that are its own. The
  ///   optimiser moves copies of the matrices, from their present values on.
  init(_ options: QuantizationAwareOptions, _ parameters: [Parameter<Float>]) {
    self.options = options
    matrices = PrunableMatrix.all(in: parameters).map(\.parts)
    let parts = matrices.flatMap { $0 }
    pruned = Set(parts.filter { $0.denseCopy != nil }.map(\.name))
    for part in parts { part.keepDenseCopy() }
  }

  /// Makes the values that the next pass runs with, out of what pruning has left or, where nothing is
  /// pruned, of what the optimiser moves.
  ///
  /// Formats are decided anew each time, as by ``FixedPointFormat/weightFormats(bits:parts:rows:byRow:)``,
  /// so that they depend on nothing but the weights.
  ///
  /// - Parameter toAverages: out of the running means instead, for a look at them.
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

  /// Rounds the same stretch of each part, in one format.
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
