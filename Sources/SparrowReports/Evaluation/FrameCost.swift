public import Sparrow

/// The operations of a network per frame, in all and matrix by matrix: the counts of a run divided
/// by its frames.
public struct FrameCost: Sendable, Hashable, Codable {
  /// Frames that were counted.
  public var frames: Int
  /// Multiply-accumulates if no zero were skipped.
  public var denseMACsPerFrame: Int
  /// Multiply-accumulates of non-zero weights.
  public var nonZeroWeightMACsPerFrame: Int
  /// Multiply-accumulates of non-zero activations, the mean over frames.
  public var nonZeroActivationMACsPerFrame: Double
  /// Multiply-accumulates of non-zero weights with non-zero activations, the mean over frames.
  public var effectiveMACsPerFrame: Double
  /// Multiplications outside of matrix products.
  public var pointwiseMultiplicationsPerFrame: Int
  /// Values that fixed-point arithmetic clipped, in all frames; nil in single precision.
  public var saturations: Int?
  /// The cost of each matrix, in the order of multiplication.
  public var matrices: [MatrixCost]

  private enum CodingKeys: String, CodingKey {
    case frames
    case denseMACsPerFrame = "denseMacsPerFrame"
    case nonZeroWeightMACsPerFrame = "nonZeroWeightMacsPerFrame"
    case nonZeroActivationMACsPerFrame = "nonZeroActivationMacsPerFrame"
    case effectiveMACsPerFrame = "effectiveMacsPerFrame"
    case pointwiseMultiplicationsPerFrame, saturations, matrices
  }

  /// Divides counts by their frames.
  ///
  /// - Parameters:
  ///   - count: Counts of a stream over a plan of `network`.
  ///   - network: The network, which names the matrices.
  public init(_ count: OperationCount, of network: Network) {
    frames = count.steps
    let total = MatrixCost("", count.total, frames: frames)
    denseMACsPerFrame = total.denseMACsPerFrame
    nonZeroWeightMACsPerFrame = total.nonZeroWeightMACsPerFrame
    nonZeroActivationMACsPerFrame = total.nonZeroActivationMACsPerFrame
    effectiveMACsPerFrame = total.effectiveMACsPerFrame
    pointwiseMultiplicationsPerFrame = count.pointwiseMultiplications / max(frames, 1)
    saturations = network.quantization == nil ? nil : count.saturations
    matrices = zip(network.matrixDescriptions, count.matrices).map {
      MatrixCost($0.name, $1, frames: count.steps)
    }
  }
}

/// The products of one matrix per frame; see `MatrixCount`.
public struct MatrixCost: Sendable, Hashable, Codable {
  /// The matrix's name in `MatrixDescription`.
  public var name: String
  /// Multiply-accumulates if no zero were skipped.
  public var denseMACsPerFrame: Int
  /// Multiply-accumulates of non-zero weights.
  public var nonZeroWeightMACsPerFrame: Int
  /// Multiply-accumulates of non-zero activations, the mean over frames.
  public var nonZeroActivationMACsPerFrame: Double
  /// Multiply-accumulates of non-zero weights with non-zero activations, the mean over frames.
  public var effectiveMACsPerFrame: Double
  /// Fraction of non-zeros among the activations that the matrix multiplies, from 0 to 1.
  public var activationDensity: Double

  private enum CodingKeys: String, CodingKey {
    case name
    case denseMACsPerFrame = "denseMacsPerFrame"
    case nonZeroWeightMACsPerFrame = "nonZeroWeightMacsPerFrame"
    case nonZeroActivationMACsPerFrame = "nonZeroActivationMacsPerFrame"
    case effectiveMACsPerFrame = "effectiveMacsPerFrame"
    case activationDensity
  }

  init(_ name: String, _ count: MatrixCount, frames: Int) {
    self.name = name
    let frames = max(frames, 1)
    // These are the same in every frame.
    denseMACsPerFrame = count.denseMACs / frames
    nonZeroWeightMACsPerFrame = count.nonZeroWeightMACs / frames
    nonZeroActivationMACsPerFrame = Double(count.nonZeroActivationMACs) / Double(frames)
    effectiveMACsPerFrame = Double(count.effectiveMACs) / Double(frames)
    activationDensity = Double(count.nonZeroActivationMACs) / Double(max(count.denseMACs, 1))
  }
}
