// Runners out of networks and model files, in one line.

extension Denoiser {
  /// A denoiser of a network, packed for this machine. To give every channel one of its own, make
  /// a `Plan` once and share it.
  ///
  /// - Throws: ``FrontEndError`` for a network that is no denoiser.
  public init(
    _ network: Network, options: DenoisingOptions = .init(), instructionSet: InstructionSet = .best
  ) throws(FrontEndError) {
    try self.init(Plan(network, instructionSet: instructionSet), options: options)
  }

  /// A denoiser out of a model file's bytes.
  ///
  /// - Throws: `ModelFileError` or `NetworkError` where the bytes are no network, and
  ///   ``FrontEndError`` where it is no denoiser.
  public init(
    modelFile bytes: [UInt8], options: DenoisingOptions = .init(),
    instructionSet: InstructionSet = .best
  ) throws {
    try self.init(Network(modelFile: bytes), options: options, instructionSet: instructionSet)
  }
}

extension Spotter {
  /// A spotter of a network, packed for this machine. To give every channel one of its own, make a
  /// `Plan` once and share it.
  ///
  /// - Throws: ``FrontEndError`` for a network that spots no keywords.
  public init(
    _ network: Network, instructionSet: InstructionSet = .best
  ) throws(FrontEndError) {
    try self.init(Plan(network, instructionSet: instructionSet))
  }

  /// A spotter out of a model file's bytes.
  ///
  /// - Throws: `ModelFileError` or `NetworkError` where the bytes are no network, and
  ///   ``FrontEndError`` where it spots no keywords.
  public init(modelFile bytes: [UInt8], instructionSet: InstructionSet = .best) throws {
    try self.init(Network(modelFile: bytes), instructionSet: instructionSet)
  }

  /// The words that can be heard.
  public var words: [String] {
    (0..<wordCount).map { String(decoding: name(of: $0), as: UTF8.self) }
  }
}

extension FrontEndError: CustomStringConvertible {
  /// The network's kind, and the expected one, in one line.
  public var description: String {
    let network = found.map { "is \(FrontEnd.network($0))" } ?? "has no front end for sound"
    return "the network \(network); expected \(FrontEnd.network(expected))"
  }
}
