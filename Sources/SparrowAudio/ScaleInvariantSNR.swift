#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The scale-invariant signal-to-noise ratio of an estimate (Le Roux et al. 2019), of signals that
/// may come piece by piece.
///
/// Both signals have their means removed; the estimate is split into its projection on the
/// reference, p, and the rest, e; the ratio is |p|² / |e|².
public struct ScaleInvariantSNR: Sendable {
  private var count = 0.0
  private var sumEstimate = 0.0
  private var sumReference = 0.0
  private var cross = 0.0
  private var energyEstimate = 0.0
  private var energyReference = 0.0

  /// A ratio of no samples.
  public init() {}

  /// Takes the next samples of both signals, as many of each.
  public mutating func add(_ estimate: some Sequence<Float>, reference: some Sequence<Float>) {
    for (estimate, reference) in zip(estimate, reference) {
      let s = Double(estimate)
      let t = Double(reference)
      count += 1
      sumEstimate += s
      sumReference += t
      cross += s * t
      energyEstimate += s * s
      energyReference += t * t
    }
  }

  /// The ratio in dB, from -80 for a silent estimate or reference to 110 for a perfect estimate,
  /// whatever the levels: 1e-11 of the estimate's energy is added to |e|², and 1e-8 to the ratio.
  public var decibels: Double {
    guard count > 0 else { return 0 }
    let cross = cross - sumEstimate * sumReference / count
    let energyReference = energyReference - sumReference * sumReference / count
    let energyEstimate = energyEstimate - sumEstimate * sumEstimate / count
    let projection = energyReference > 0 ? cross * cross / energyReference : 0
    let error = max(energyEstimate - projection, 0) + 1e-11 * energyEstimate
    return 10 * log10((error > 0 ? projection / error : 0) + 1e-8)
  }
}

/// The scale-invariant signal-to-noise ratio of a whole estimate, in dB; see ``ScaleInvariantSNR``.
///
/// - Precondition: both signals have as many samples.
public func scaleInvariantSNR(_ estimate: [Float], reference: [Float]) -> Double {
  precondition(estimate.count == reference.count, "signals of the same length")
  var ratio = ScaleInvariantSNR()
  ratio.add(estimate, reference: reference)
  return ratio.decibels
}
