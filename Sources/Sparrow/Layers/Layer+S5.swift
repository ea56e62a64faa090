extension Layer {
  /// The network of Pierro et al. (2025): an encoder, blocks of a linear recurrence, GELU and a gate
  /// around which the signal also passes, and a decoder.
  ///
  /// - Parameters:
  ///   - width: values between blocks, H. states: complex states of a block, P.
  ///   - relufied: rectifies the encoder's output, the states as they are read, the recurrence's
  ///     output in place of GELU, and the sums, so that activations become sparse.
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
