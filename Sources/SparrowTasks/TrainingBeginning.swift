public import Sparrow
import SparrowTraining

/// What a run of training begins with.
public enum TrainingBeginning: Sendable {
  /// Random parameters.
  case random
  /// A network that has the recipe's layers, and its words where it is a language model. To prune a trained
  /// network at once and tune what is left, let ``PruningOptions/begin`` and ``PruningOptions/end`` be 0.
  /// Training with quantisation needs such a beginning, and goes on from its ``Sparrow/Network/folded()``.
  case network(Network)
  /// Random parameters but for what a language model of the same words and of as many values a word knows
  /// about single words: its last layer, which the embedding is tied to. Its other layers may be any.
  case words(of: Network)
}

extension TrainingRecipe {
  /// The network that training begins with.
  func initialNetwork(
    _ beginning: TrainingBeginning, _ frontEnd: FrontEnd
  ) throws(TrainingError) -> Network {
    switch beginning {
    case .random:
      guard quantization == nil else {
        throw .recipe("training with quantisation begins with a trained network; none was given")
      }
      return try randomNetwork(frontEnd)
    case .network(let initial): return try trainedNetwork(initial, frontEnd)
    case .words(of: let model): return try networkKnowingWords(of: model, frontEnd)
    }
  }

  private func randomNetwork(_ frontEnd: FrontEnd) throws(TrainingError) -> Network {
    try asRecipeError { () throws(NetworkError) in
      try Network(
        initializing: layers, inputWidth: inputWidth, frontEnd: frontEnd,
        information: ["title": title], seed: run.seed)
    }
  }

  /// Without normalisations where it is going to be quantised.
  private func trainedNetwork(
    _ initial: Network, _ frontEnd: FrontEnd
  ) throws(TrainingError) -> Network {
    var network = initial
    if quantization != nil {
      do throws(NetworkError) { network = try initial.folded() } catch {
        throw .recipe("the network to begin with cannot be quantised: \(error)")
      }
    }
    guard layers == initial.layers || layers == network.layers, initial.inputWidth == inputWidth
    else { throw .recipe("the network to begin with has other layers than the recipe") }
    if case .language = frontEnd {
      try frontEnd.requireWords(of: initial, called: "the network to begin with")
    }
    return try asRecipeError { () throws(NetworkError) in
      try Network(
        inputWidth: inputWidth, layers: network.layers, parameters: network.parameters,
        frontEnd: frontEnd, information: ["title": title])
    }
  }

  private func networkKnowingWords(
    of model: Network, _ frontEnd: FrontEnd
  ) throws(TrainingError) -> Network {
    guard case .language = frontEnd, quantization == nil else {
      throw .recipe("only a language model in floats begins with the words of another one")
    }
    try frontEnd.requireWords(of: model, called: "the network to begin with")
    guard model.inputWidth == inputWidth else {
      throw .recipe(
        "the model whose words to begin with has \(model.inputWidth) values a word; the recipe has "
          + "\(inputWidth)")
    }
    let random = try randomNetwork(frontEnd)
    var parameters = random.parameters
    let (own, other) = (decoderPath(layers), decoderPath(model.layers))
    for name in ["weight", "bias"] {
      if let values = model.parameters[other + name], parameters[own + name] != nil {
        parameters[own + name] = values
      }
    }
    return try asRecipeError { () throws(NetworkError) in
      try Network(
        inputWidth: inputWidth, layers: layers, parameters: parameters, frontEnd: frontEnd,
        information: random.information)
    }
  }

  private func decoderPath(_ layers: [Layer]) -> String {
    String(LanguageFrontEnd.embeddingName(of: layers).dropLast("weight".count))
  }

  private func asRecipeError<Result>(
    _ body: () throws(NetworkError) -> Result
  ) throws(TrainingError) -> Result {
    do throws(NetworkError) { return try body() } catch { throw .recipe("\(error)") }
  }
}

extension FrontEnd {
  /// - Throws: unless indices of words mean what they mean to `model`.
  func requireWords(of model: Network, called name: String) throws(TrainingError) {
    guard let words = model.frontEnd?.words else { throw .recipe("\(name) knows no words") }
    guard words == self.words else {
      throw .recipe("\(name) has other words than the recipe and its data, or in another order")
    }
  }
}
