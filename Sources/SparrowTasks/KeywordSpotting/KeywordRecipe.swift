public import Sparrow
public import SparrowTraining

/// The recipe of a keyword spotter.
public struct KeywordRecipe: Sendable, Codable, Equatable {
  /// The title in model files and reports.
  public var title: String
  /// A front end of the kind "keywords".
  public var frontEnd: FrontEnd
  /// The layers of the network.
  public var layers: [Layer]
  /// The size of a batch.
  public var batch: ClipBatch
  /// The length of the run, its dropout and its intervals.
  public var run: RunOptions
  /// The optimiser and its hyperparameters.
  public var optimization: OptimizationOptions
  /// Pruning; nil for a dense network.
  public var pruning: PruningOptions?
  /// Quantisation-aware training; nil for single precision.
  public var quantization: QuantizationAwareOptions?
  /// The data.
  public var data: KeywordDataDescription
  /// Data augmentation of training streams.
  public var streams: KeywordStreamOptions
  /// The validation conditions.
  public var validation: KeywordValidation.Options
  /// Knowledge distillation; nil for none.
  public var teacher: TeacherOptions?

  /// Reads a recipe; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    title = try values.decode(String.self, forKey: .title)
    frontEnd = try values.decode(FrontEnd.self, forKey: .frontEnd)
    layers = try values.decode([Layer].self, forKey: .layers)
    batch = try values.decode(ClipBatch.self, forKey: .batch)
    run = try values.decode(RunOptions.self, forKey: .run)
    optimization = try values.decode(OptimizationOptions.self, forKey: .optimization)
    pruning = try values.decodeIfPresent(PruningOptions.self, forKey: .pruning)
    quantization = try values.decodeIfPresent(
      QuantizationAwareOptions.self, forKey: .quantization)
    data = try values.decode(KeywordDataDescription.self, forKey: .data)
    streams =
      try values.decodeIfPresent(KeywordStreamOptions.self, forKey: .streams)
      ?? KeywordStreamOptions()
    validation =
      try values.decodeIfPresent(KeywordValidation.Options.self, forKey: .validation)
      ?? KeywordValidation.Options()
    teacher = try values.decodeIfPresent(TeacherOptions.self, forKey: .teacher)
  }
}

extension KeywordRecipe: TrainingRecipe {
  public func makeTask(
    for _: FrontEnd, roots: [String], workers: Workers, instructionSet: InstructionSet,
    unreadable: ((String) -> Void)?,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask {
    guard case .keywords(let frontEnd) = frontEnd else {
      throw .recipe("the front end is not of the kind \"keywords\"")
    }
    guard streams.narrowBandProbability == 0 || frontEnd.sampleRate > NarrowBand.rate else {
      throw .recipe("streams: narrow bands are for sample rates above \(NarrowBand.rate)")
    }
    let data = try KeywordData(
      data, frontEnd: frontEnd, roots: roots, workers: workers,
      unreadable: unreadable, progress: loading)
    let task = try KeywordTask(
      frontEnd: frontEnd, data: data, streams: streams, validation: validation,
      clips: batch.clips, seconds: batch.seconds, seed: run.seed,
      teacher: try teacher?.teacher(
        for: .keywords(frontEnd), roots: roots, products: run.matmulPrecision,
        workers: workers, instructionSet: instructionSet),
      workers: workers, instructionSet: instructionSet)
    task.dataFingerprint = data.fingerprint
    return task
  }

  public func networkFrontEnd(roots: [String]) -> FrontEnd { frontEnd }

  public func validateBatch() throws(TrainingError) {
    try batch.validate()
    // The loss overwrites the output of the last layer, which a cell needs for its backward pass.
    guard case .dense? = layers.last else { throw .recipe("a spotter ends with a dense layer") }
  }

  // makeTask refuses front ends of other kinds.
  public var inputWidth: Int { frontEnd.frameWidth ?? 1 }

  public var framesPerBatch: Double { batch.frames(of: frontEnd) }
}
