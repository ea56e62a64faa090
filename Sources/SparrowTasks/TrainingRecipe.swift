import Foundation
public import Sparrow
public import SparrowTraining

/// What the recipes of all tasks have: a network, how it is trained, and a task that knows its data.
public protocol TrainingRecipe: Sendable, Encodable {
  var title: String { get }
  var inputWidth: Int { get }
  var layers: [Layer] { get }
  var run: RunOptions { get set }
  var optimization: OptimizationOptions { get }
  /// How weights are made zero; nil for a dense network.
  var pruning: PruningOptions? { get }
  /// How weights and activations are rounded, to tune a trained network for fixed point; nil for floats.
  var quantization: QuantizationAwareOptions? { get }

  /// Checks what only such recipes have.
  func validateBatch() throws(TrainingError)

  /// How a signal becomes frames: what the recipe says, or what follows from its data.
  func networkFrontEnd(roots: [String]) throws(TrainingError) -> FrontEnd

  /// Loads the data.
  ///
  /// - Parameter frontEnd: what ``networkFrontEnd(roots:)`` gave.
  func makeTask(
    for frontEnd: FrontEnd, roots: [String], workers: Workers, instructionSet: InstructionSet,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask
}

extension TrainingRecipe {
  /// Checks what can be checked before the data are loaded.
  func validate(_ frontEnd: FrontEnd) throws(TrainingError) {
    try run.validate()
    try optimization.validate()
    try pruning?.validate()
    try quantization?.validate()
    try validateBatch()
    do throws(NetworkError) {
      try Network.validate(inputWidth: inputWidth, layers: layers, frontEnd: frontEnd)
    } catch {
      throw .recipe("\(error)")
    }
  }

  /// Loads the data and makes the run; ``Trainer/train()`` begins it.
  ///
  /// - Parameters:
  ///   - roots: folders that the recipe's data are in. output: the run's folder.
  ///   - loading: told of files that are read. progress: told of every look at the log.
  public func trainer(
    from initial: InitialParameters = .random, roots: [String], output: String, resume: Bool,
    workers: Workers, instructionSet: InstructionSet = .best,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void,
    progress: @escaping (TrainingProgress) -> Void
  ) throws(TrainingError) -> Trainer {
    let frontEnd = try networkFrontEnd(roots: roots)
    try validate(frontEnd)
    let network = try initialNetwork(initial, frontEnd)
    let task = try makeTask(
      for: frontEnd, roots: roots, workers: workers, instructionSet: instructionSet,
      loading: loading)
    return try Trainer(
      network, task: task, run: run, optimization: optimization, pruning: pruning,
      quantization: quantization, workers: workers, instructionSet: instructionSet,
      identity: try identity(frontEnd), folder: output, resume: resume, progress: progress)
  }
}

extension TrainingRecipe {
  /// Tells apart recipes, and the words of their data, that give different networks. How often a run looks up
  /// may change between sittings.
  private func identity(_ frontEnd: FrontEnd) throws(TrainingError) -> String {
    var recipe = self
    (recipe.run.logEvery, recipe.run.validateEvery, recipe.run.checkpointEvery) = (1, 1, 1)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var hash = FNV1a()
    do {
      for json in [try encoder.encode(recipe), try encoder.encode(frontEnd)] {
        for byte in json { hash.add(UInt64(byte)) }
      }
    } catch {
      throw .recipe("\(error)")
    }
    return String(hash.value, radix: 16)
  }
}

/// A recipe of any task, told apart by its front end.
public enum AnyTrainingRecipe: Decodable {
  case denoising(DenoisingRecipe)
  case keywords(KeywordRecipe)
  case language(LanguageRecipe)

  private enum CodingKeys: String, CodingKey {
    case frontEnd
  }

  private struct Kind: Decodable {
    var kind: String?
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self =
      switch try values.decode(Kind.self, forKey: .frontEnd).kind {
      case "keywords": .keywords(try KeywordRecipe(from: decoder))
      case "language": .language(try LanguageRecipe(from: decoder))
      default: .denoising(try DenoisingRecipe(from: decoder))
      }
  }

  public var recipe: any TrainingRecipe {
    switch self {
    case .denoising(let recipe): recipe
    case .keywords(let recipe): recipe
    case .language(let recipe): recipe
    }
  }
}
