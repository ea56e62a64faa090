public import Sparrow
public import SparrowTraining

/// Everything that decides a run of training a keyword spotter: the same recipe and data give the same
/// network.
public struct KeywordRecipe: Sendable, Codable, Equatable {
  /// A line for people.
  public var title: String
  /// Has the kind "keywords".
  public var frontEnd: FrontEnd
  public var layers: [Layer]
  public var batch: ClipBatch
  public var run: RunOptions
  public var optimization: OptimizationOptions
  /// How weights are made zero; nil for a dense network.
  public var pruning: PruningOptions?
  /// How weights and activations are rounded, to tune a trained network for fixed point; nil for floats.
  public var quantization: QuantizationAwareOptions?
  public var data: KeywordDataDescription
  public var streams: KeywordStreamOptions
  public var validation: KeywordValidation.Options
  /// A trained spotter that teaches this one; nil for none.
  public var teacher: TeacherOptions?

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
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask {
    guard case .keywords(let frontEnd) = frontEnd else {
      throw .recipe("the front end is not of the kind \"keywords\"")
    }
    let data = try KeywordData(
      data, frontEnd: frontEnd, roots: roots, workers: workers, progress: loading)
    return try KeywordTask(
      frontEnd: frontEnd, data: data, streams: streams, validation: validation,
      clips: batch.clips, seconds: batch.seconds, seed: run.seed,
      teacher: try teacher?.teacher(
        for: .keywords(frontEnd), roots: roots, products: run.matmulPrecision,
        workers: workers, instructionSet: instructionSet),
      workers: workers, instructionSet: instructionSet)
  }

  public func networkFrontEnd(roots: [String]) -> FrontEnd { frontEnd }

  public func validateBatch() throws(TrainingError) {
    try batch.validate()
    // The loss takes the memory of what the last layer gives, which a cell would need again.
    guard case .dense? = layers.last else { throw .recipe("a spotter ends with a dense layer") }
  }

  public var inputWidth: Int {
    switch frontEnd {
    case .spectral(let frontEnd): frontEnd.inputWidth
    case .keywords(let frontEnd): frontEnd.bands
    // Refused where the task is made.
    case .language: 1
    }
  }
}
