public import Sparrow

extension Network {
  /// The network with its smallest weights set to zero, without any training.
  ///
  /// The choice is that of training at its end (``PruningOptions``); `begin` and `end` have no
  /// effect.
  ///
  /// - Throws: ``TrainingError`` for options that make no sense, and for a network in fixed point,
  ///   whose exponents belong to its weights.
  public func pruned(_ options: PruningOptions) throws(TrainingError) -> Network {
    try options.validate()
    guard quantization == nil else {
      throw .recipe("pruning: the network is in fixed point; prune its parent")
    }
    let parameters = parameterDescriptions.map { Parameter<Float>($0, self[$0.name]) }
    var options = options
    (options.begin, options.end) = (0, 0)
    Pruner(options, parameters).apply(step: 0, of: 1, workers: Workers(count: 1))
    let tensors = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.tensor()) })
    do throws(NetworkError) {
      return try Network(
        inputWidth: inputWidth, layers: layers, parameters: tensors, frontEnd: frontEnd,
        information: information)
    } catch {
      preconditionFailure("zeros fit every parameter: \(error)")
    }
  }
}
