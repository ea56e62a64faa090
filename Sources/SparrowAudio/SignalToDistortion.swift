#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The scale-invariant signal-to-noise ratio of an estimate, in dB (Le Roux et al. 2019).
///
/// Both signals have their means removed; the estimate is split into its projection on the reference,
/// p, and the rest, e; the ratio is 10 log10(|p|² / |e|²).
///
/// - Parameters:
///   - estimate, reference: as many samples of each.
/// - Returns: dB; with a silent estimate or reference, a large negative number; with a perfect
///   estimate, a large positive one. Never infinite: 1e-8 is added to |e|² and to the ratio.
public func scaleInvariantSNR(_ estimate: [Float], reference: [Float]) -> Double {
  precondition(estimate.count == reference.count, "signals of the same length")
  guard !estimate.isEmpty else { return 0 }
  let n = Double(estimate.count)
  var sumEstimate = 0.0
  var sumReference = 0.0
  for i in estimate.indices {
    sumEstimate += Double(estimate[i])
    sumReference += Double(reference[i])
  }
  let meanEstimate = sumEstimate / n
  let meanReference = sumReference / n
  var cross = 0.0
  var energyReference = 0.0
  var energyEstimate = 0.0
  for i in estimate.indices {
    let s = Double(estimate[i]) - meanEstimate
    let t = Double(reference[i]) - meanReference
    cross += s * t
    energyReference += t * t
    energyEstimate += s * s
  }
  let projection = energyReference > 0 ? cross * cross / energyReference : 0
  let error = max(energyEstimate - projection, 0)
  return 10 * log10(projection / (error + 1e-8) + 1e-8)
}
