public import Sparrow
import SparrowTraining

/// The initialisation of a training run.
public enum InitialParameters: Sendable {
  /// Random parameters.
  case random
  /// Warm start from a network with the recipe's layers and, for a language model, with its words.
  /// For one-shot pruning and fine-tuning set `PruningOptions.begin` and `PruningOptions.end`
  /// to 0. Quantisation-aware training needs a warm start; it trains the network's
  /// `Network.folded()`.
  case network(Network)
  /// Random parameters but for the tied embedding and decoder (the last layer), which are those of
  /// a language model of the same words and embedding width. Its other layers may differ.
  case embedding(of: Network)
}

extension TrainingRecipe {
  /// The network at the first step.
  func initialNetwork(
    _ initial: InitialParameters, _ frontEnd: FrontEnd
  ) throws(TrainingError) -> Network {
    switch initial {
    case .random:
      guard quantization == nil else {
        throw .recipe("quantisation-aware training needs a trained network to start from")
      }
      return try randomNetwork(frontEnd)
    case .network(let network): return try trainedNetwork(network, frontEnd)
    case .embedding(of: let model): return try network(withEmbeddingOf: model, frontEnd)
    }
  }

  /// Information in the model files of a run.
  private var information: [String: String] {
    ["title": title, "sparrowVersion": sparrowVersion]
  }

  private func randomNetwork(_ frontEnd: FrontEnd) throws(TrainingError) -> Network {
    try asRecipeError { () throws(NetworkError) in
      try Network(
        initializing: layers, inputWidth: inputWidth, frontEnd: frontEnd,
        information: information, seed: run.seed)
    }
  }

  /// The network, with its normalisations folded if it will be quantised.
  private func trainedNetwork(
    _ initial: Network, _ frontEnd: FrontEnd
  ) throws(TrainingError) -> Network {
    guard initial.quantization == nil else {
      throw .recipe(
        "the initial network is in fixed point; `sparrow convert --trainable` makes it floats")
    }
    var network = initial
    if quantization != nil {
      do throws(NetworkError) { network = try initial.folded() } catch {
        throw .recipe("the initial network cannot be quantised: \(error)")
      }
    }
    guard layers == initial.layers || layers == network.layers, initial.inputWidth == inputWidth
    else { throw .recipe("the initial network has other layers than the recipe") }
    if case .language = frontEnd {
      try frontEnd.requireWords(of: initial, called: "the initial network")
    }
    return try asRecipeError { () throws(NetworkError) in
      try Network(
        inputWidth: inputWidth, layers: network.layers, parameters: network.parameters,
        frontEnd: frontEnd, information: information)
    }
  }

  private func network(
    withEmbeddingOf model: Network, _ frontEnd: FrontEnd
  ) throws(TrainingError) -> Network {
    guard case .language = frontEnd, quantization == nil else {
      throw .recipe("only a language model in floats starts with the embedding of another one")
    }
    try frontEnd.requireWords(of: model, called: "the initial network")
    guard model.inputWidth == inputWidth else {
      throw .recipe(
        "the initial embedding has width \(model.inputWidth); the recipe's embeddingWidth is "
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
  /// - Throws: unless word indices mean the same words as in `model`.
  func requireWords(of model: Network, called name: String) throws(TrainingError) {
    guard let words = model.frontEnd?.words else { throw .recipe("\(name) knows no words") }
    guard words == self.words else {
      throw .recipe("\(name) has other words than the recipe and its data, or in another order")
    }
  }
}
