public import Sparrow

extension Network {
  /// The network whose parameters are the weighted means of those of several networks.
  ///
  /// Networks that were trained from one another, or from the same one on other data, often have a
  /// mean that is better than each of them (Wortsman et al. 2022, "Model soups"; "Robust
  /// fine-tuning of zero-shot models" for the mean of a network and what it was tuned to). Networks
  /// that were trained apart have not: their units are not the same ones.
  ///
  /// A parameter is zero where it is zero in all networks. Front end and information are the first
  /// network's.
  ///
  /// - Parameters:
  ///   - networks: at least one, in floating point, with the same layers.
  ///   - weights: one for each network, none negative, in any unit.
  /// - Throws: ``TrainingError/recipe(_:)`` for other networks and weights.
  public static func average(_ networks: [Network], weights: [Double]) throws(TrainingError)
    -> Network
  {
    let sum = weights.reduce(0, +)
    guard let first = networks.first, weights.count == networks.count,
      weights.allSatisfy({ $0 >= 0 }), sum > 0, sum.isFinite
    else {
      throw .recipe(
        "averaging: \(networks.count) networks take as many weights, none of them negative")
    }
    guard networks.allSatisfy({ $0.quantization == nil }) else {
      throw .recipe("averaging: a network is in fixed point; average its parents")
    }
    guard
      networks.allSatisfy({ $0.inputWidth == first.inputWidth && $0.layers == first.layers })
    else { throw .recipe("averaging: the networks have different layers") }
    var tensors: [String: Tensor] = [:]
    for name in first.parameterDescriptions.map(\.name) {
      var means = [Double](repeating: 0, count: first[name].values.count)
      for (network, weight) in zip(networks, weights) {
        for (index, value) in network[name].values.enumerated() {
          means[index] += weight / sum * Double(value)
        }
      }
      tensors[name] = Tensor(shape: first[name].shape, values: means.map { Float($0) })
    }
    do throws(NetworkError) {
      return try Network(
        inputWidth: first.inputWidth, layers: first.layers, parameters: tensors,
        frontEnd: first.frontEnd, information: first.information)
    } catch {
      throw .recipe("averaging: \(error)")
    }
  }
}
