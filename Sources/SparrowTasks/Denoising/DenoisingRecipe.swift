public import Sparrow
public import SparrowTraining

/// Everything that decides a run of training a denoiser: the same recipe and data give the same
/// network.
public struct DenoisingRecipe: Sendable, Codable, Equatable {
  /// A line for people.
  public var title: String
  /// The front end of the network.
  public var frontEnd: SpectralFrontEnd
  public var layers: [Layer]
  /// Sequences in a batch, and their length.
  public var batch: ClipBatch
  public var run: RunOptions
  public var optimization: OptimizationOptions
  /// How weights are made zero; nil for a dense network.
  public var pruning: PruningOptions?
  /// How weights and activations are rounded, to tune a trained network for fixed point; nil for
  /// floats.
  public var quantization: QuantizationAwareOptions?
  /// Folders of speech and noise, and the files that are held out.
  public var data: SpeechAndNoiseDescription
  /// How speech and noise are mixed.
  public var mixtures: MixtureOptions
  /// Composition of the streams; nil for batches of clips that have nothing to do with each other.
  public var streams: StreamOptions?
  /// nil for the negative SI-SNR.
  public var loss: DenoisingLossOptions?
  /// The mixtures that networks are chosen by.
  public var validation: ValidationSet.Options

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    title = try values.decode(String.self, forKey: .title)
    frontEnd = try values.decode(SpectralFrontEnd.self, forKey: .frontEnd)
    layers = try values.decode([Layer].self, forKey: .layers)
    batch = try values.decode(ClipBatch.self, forKey: .batch)
    run = try values.decode(RunOptions.self, forKey: .run)
    optimization = try values.decode(OptimizationOptions.self, forKey: .optimization)
    pruning = try values.decodeIfPresent(PruningOptions.self, forKey: .pruning)
    quantization = try values.decodeIfPresent(
      QuantizationAwareOptions.self, forKey: .quantization)
    data = try values.decode(SpeechAndNoiseDescription.self, forKey: .data)
    mixtures = try values.decode(MixtureOptions.self, forKey: .mixtures)
    streams = try values.decodeIfPresent(StreamOptions.self, forKey: .streams)
    loss = try values.decodeIfPresent(DenoisingLossOptions.self, forKey: .loss)
    validation = try values.decode(ValidationSet.Options.self, forKey: .validation)
  }
}

extension DenoisingRecipe: TrainingRecipe {
  public var inputWidth: Int { frontEnd.inputWidth }

  public var framesPerBatch: Double { batch.frames(of: .spectral(frontEnd)) }

  public func networkFrontEnd(roots: [String]) -> FrontEnd { .spectral(frontEnd) }

  public func validateBatch() throws(TrainingError) { try batch.validate() }

  public func makeTask(
    for _: FrontEnd, roots: [String], workers: Workers, instructionSet: InstructionSet,
    unreadable: ((String) -> Void)?,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask {
    let data = try SpeechAndNoiseData(
      data, roots: roots, sampleRate: frontEnd.sampleRate, workers: workers,
      unreadable: unreadable, progress: loading)
    let loss = loss ?? DenoisingLossOptions()
    try loss.validate()
    let maker = try MixtureMaker(data, options: mixtures, seed: run.seed, workers: workers)
    let source: any MixtureSource =
      if let streams {
        try StreamMaker(maker, options: streams, sampleRate: frontEnd.sampleRate)
      } else {
        maker
      }
    let task = DenoisingTask(
      frontEnd: frontEnd, mixtures: source,
      validation: try ValidationSet(data, options: validation), loss: loss, clips: batch.clips,
      seconds: batch.seconds, batchesOfStream: streams?.batches ?? 1,
      unitsPerEpoch: data.speechSeconds, seed: run.seed, workers: workers,
      instructionSet: instructionSet)
    task.dataFingerprint = data.fingerprint
    return task
  }
}
