import Sparrow
import SparrowTraining

/// Small networks to begin with, of every kind of layer, arithmetic and front end, so that an image
/// is a few kilobytes.
enum SmallNetworks {
  /// Frames of numbers: every layer, in single precision and in integers.
  static func bare() throws -> [Network] {
    let layers: [[Layer]] = [
      [.dense(DenseLayer(outputs: 3))],
      Layer.s5(width: 4, states: 2, blocks: 1, outputs: 2),
      [
        .normalization, .activation(.tanh), .dense(DenseLayer(outputs: 4)), .activation(.relu),
        .layerNormalization(LayerNormalizationLayer()),
        .convolution(ConvolutionLayer(outputs: 4, kernel: 3, dilation: 2, groups: 2)),
        .residual([
          .normalization, .linearRecurrence(LinearRecurrenceLayer(states: 5, rectifiesState: true)),
          .activation(.gelu), .gate,
        ]), .dense(DenseLayer(outputs: 3)), .activation(.sigmoid),
      ],
      [
        .recurrent(RecurrentLayer(.lstm, units: 3)),
        .recurrent(RecurrentLayer(.gru(resetsFirst: true), units: 3)),
        .recurrent(RecurrentLayer(.eventGRU(EventGRU(resetInterval: 3)), units: 4)),
      ],
    ]
    let networks = try layers.map { try Network(initializing: $0, inputWidth: 3, seed: 1) }
    let integerLayers: [Layer] = [
      .activation(.tanh), .dense(DenseLayer(outputs: 4)),
      .layerNormalization(LayerNormalizationLayer(centers: false)),
      .convolution(ConvolutionLayer(outputs: 4, kernel: 2, dilation: 3)),
      .residual([
        .linearRecurrence(LinearRecurrenceLayer(states: 5, rectifiesState: true)),
        .activation(.gelu), .gate,
      ]), .dense(DenseLayer(outputs: 3)), .activation(.sigmoid),
    ]
    return networks
      + [try integers(Network(initializing: integerLayers, inputWidth: 3, seed: 1))]
  }

  /// A network in fixed point.
  static func integers(_ network: Network) throws -> Network {
    var calibration = try Calibration(network)
    calibration.add((0..<8 * network.inputWidth).map { Float($0 % 7) / 7 - 0.5 })
    return try calibration.quantized(QuantizationScheme(weightBits: 8, activationBits: 16))
  }

  /// With cells, or without.
  static func denoiser(cells: Bool = true) throws -> Network {
    let edges = [0, 4, 8, 16, 32, 65]
    let frontEnd = SpectralFrontEnd(
      window: 128, hop: 64,
      features: [.magnitude, .init(.relativeToBin, rise: 0.1, fall: 0.5, offset: 1e-3, limit: 4)],
      silence: 1e-3, restart: 0.1, bandEdges: edges)
    return try Network(
      initializing: [
        cells ? .recurrent(RecurrentLayer(.lstm, units: 4)) : .dense(DenseLayer(outputs: 4)),
        .dense(DenseLayer(outputs: edges.count - 1)),
      ], inputWidth: frontEnd.inputWidth, frontEnd: .spectral(frontEnd), seed: 2)
  }

  static func spotter(cells: Bool = true) throws -> Network {
    let frontEnd = KeywordFrontEnd(
      window: 128, hop: 64, bands: 4, words: ["low", "high"], smoothing: 0.02, threshold: 0.4,
      refractoryTime: 0.05)
    return try Network(
      initializing: [
        cells
          ? .recurrent(RecurrentLayer(.gru(resetsFirst: false), units: 4))
          : .dense(DenseLayer(outputs: 4)),
        .dense(DenseLayer(outputs: 3)),
      ], inputWidth: 4, frontEnd: .keywords(frontEnd), seed: 3)
  }

  static func language() throws -> Network {
    try Network(
      initializing: [
        .recurrent(RecurrentLayer(.lstm, units: 3)), .dense(DenseLayer(outputs: 4)),
      ], inputWidth: 3, frontEnd: .language(LanguageFrontEnd(words: ["<eos>", "<unk>", "a", "b"])),
      seed: 4)
  }

  /// Networks with a front end.
  static func runners() throws -> [Network] {
    try [
      denoiser(), integers(denoiser(cells: false)), spotter(), integers(spotter(cells: false)),
      language(),
    ]
  }

  static func all() throws -> [Network] { try bare() + runners() }
}
