public import Sparrow

/// What a network does in a frame, matrix by matrix: counts of a run, divided by its frames. In JSON, the
/// names are these in snake case.
public struct FrameCost: Sendable, Hashable, Codable {
  /// Frames that were counted.
  public var frames: Int
  /// Multiply-accumulates of all matrices together; see `MatrixCount`.
  public var denseMacsPerFrame: Int
  public var nonZeroWeightMacsPerFrame: Int
  public var nonZeroActivationMacsPerFrame: Double
  public var effectiveMacsPerFrame: Double
  /// What is not a matrix's, in multiplications.
  public var pointwiseMultiplicationsPerFrame: Int
  /// Values that fixed point had to clip, in all frames; nil in single precision.
  public var saturations: Int?
  /// In the order in which a step multiplies them.
  public var matrices: [MatrixCost]

  /// - Parameter count: with a plan of `network`.
  public init(_ count: OperationCount, of network: Network) {
    frames = count.steps
    let total = MatrixCost("", count.total, frames: frames)
    denseMacsPerFrame = total.denseMacsPerFrame
    nonZeroWeightMacsPerFrame = total.nonZeroWeightMacsPerFrame
    nonZeroActivationMacsPerFrame = total.nonZeroActivationMacsPerFrame
    effectiveMacsPerFrame = total.effectiveMacsPerFrame
    pointwiseMultiplicationsPerFrame = count.pointwiseMultiplications / max(frames, 1)
    saturations = network.quantization == nil ? nil : count.saturations
    matrices = zip(network.matrixDescriptions, count.matrices).map {
      MatrixCost($0.name, $1, frames: count.steps)
    }
  }
}

/// What the products of one matrix consist of in a frame; see `MatrixCount`.
public struct MatrixCost: Sendable, Hashable, Codable {
  /// As in `MatrixDescription`.
  public var name: String
  public var denseMacsPerFrame: Int
  public var nonZeroWeightMacsPerFrame: Int
  public var nonZeroActivationMacsPerFrame: Double
  public var effectiveMacsPerFrame: Double
  /// Share of non-zeros among the activations that the matrix is multiplied by, 0 to 1.
  public var activationDensity: Double

  init(_ name: String, _ count: MatrixCount, frames: Int) {
    self.name = name
    let frames = max(frames, 1)
    // Every frame has as many of these.
    denseMacsPerFrame = count.denseMACs / frames
    nonZeroWeightMacsPerFrame = count.nonZeroWeightMACs / frames
    nonZeroActivationMacsPerFrame = Double(count.nonZeroActivationMACs) / Double(frames)
    effectiveMacsPerFrame = Double(count.effectiveMACs) / Double(frames)
    activationDensity = Double(count.nonZeroActivationMACs) / Double(max(count.denseMACs, 1))
  }
}
