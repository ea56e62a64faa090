public import Sparrow
public import SparrowTraining

/// What the recipes of all tasks have: a network, how it is trained, and a task that knows its data.
public protocol TrainingRecipe: Sendable {
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
  func makeTask(
    roots: [String], workers: Workers, instructionSet: InstructionSet,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask
}

extension TrainingRecipe {
  /// Checks what can be checked before the data are loaded.
  func validate(_ frontEnd: FrontEnd) throws(TrainingError) {
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
  ///   - initial: a network to begin with, which has the recipe's layers; nil for random parameters. To
  ///     prune a trained network at once and tune what is left, let ``PruningOptions/begin`` and
  ///     ``PruningOptions/end`` be 0. Training with quantisation needs one, which it begins with after
  ///     ``Sparrow/Network/folded()``.
  ///   - roots: folders that the recipe's data are in. output: the run's folder.
  ///   - loading: told of files that are read. progress: told of every look at the log.
  public func trainer(
    from initial: Network? = nil, roots: [String], output: String, resume: Bool, workers: Workers,
    instructionSet: InstructionSet = .best,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void,
    progress: @escaping (TrainingProgress) -> Void
  ) throws(TrainingError) -> Trainer {
    let frontEnd = try networkFrontEnd(roots: roots)
    try validate(frontEnd)
    let initial = try beginning(with: initial)
    let task = try makeTask(
      roots: roots, workers: workers, instructionSet: instructionSet, loading: loading)
    let network: Network
    do throws(NetworkError) {
      let information = ["title": title]
      network =
        if let initial {
          try Network(
            inputWidth: inputWidth, layers: initial.layers, parameters: initial.parameters,
            frontEnd: frontEnd, information: information)
        } else {
          try Network(
            initializing: layers, inputWidth: inputWidth, frontEnd: frontEnd,
            information: information, seed: run.seed)
        }
    } catch {
      throw .recipe("\(error)")
    }
    return try Trainer(
      network, task: task, run: run, optimization: optimization, pruning: pruning,
      quantization: quantization, workers: workers, instructionSet: instructionSet,
      folder: output, resume: resume, progress: progress)
  }

  /// The network that training begins with, where it does not begin with random parameters: without
  /// normalisations where it is going to be quantised.
  private func beginning(with initial: Network?) throws(TrainingError) -> Network? {
    guard let initial else {
      guard quantization == nil else {
        throw .recipe("training with quantisation begins with a trained network; none was given")
      }
      return nil
    }
    var network = initial
    if quantization != nil {
      do throws(NetworkError) { network = try initial.folded() } catch {
        throw .recipe("the network to begin with cannot be quantised: \(error)")
      }
    }
    guard layers == initial.layers || layers == network.layers, initial.inputWidth == inputWidth
    else { throw .recipe("the network to begin with has other layers than the recipe") }
    return network
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
