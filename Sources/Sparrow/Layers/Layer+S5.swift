extension Layer {
  /// The network of Pierro et al. (2025): an encoder, blocks of a linear recurrence, GELU and a
  /// gate around which the signal also passes, and a decoder.
  ///
  /// - Parameters:
  ///   - width: The values between blocks, H.
  ///   - states: The complex states of a block, P.
  ///   - blocks: The number of blocks.
  ///   - outputs: The width of the output.
  ///   - relufied: Whether ReLU makes activations sparse: after the encoder, on the states that C
  ///     reads, instead of GELU, and after each sum.
  public static func s5(
    width: Int, states: Int, blocks: Int, outputs: Int, relufied: Bool = false
  ) -> [Layer] {
    let rectifier: [Layer] = relufied ? [.activation(.relu)] : []
    let block: [Layer] =
      [
        .residual([
          .normalization,
          .linearRecurrence(LinearRecurrenceLayer(states: states, rectifiesState: relufied)),
          .activation(relufied ? .relu : .gelu),
          .gate,
        ])
      ] + rectifier
    return [.dense(DenseLayer(outputs: width))] + rectifier
      + (0..<blocks).flatMap { _ in block } + [.dense(DenseLayer(outputs: outputs))]
  }
}
