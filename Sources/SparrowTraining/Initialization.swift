public import Sparrow

extension Network {
  /// A network to begin training with.
  ///
  /// Matrices are drawn from a truncated normal distribution of variance 1 / inputs (LeCun et al.
  /// 1998); biases are zero; normalisations are the identity. Linear recurrences begin as S5 does
  /// (Smith et al. 2023): eigenvalues and bases of HiPPO-LegS matrices, block by block, and step
  /// sizes whose logarithms are uniform between those of 0.001 and 0.1 frames.
  public init(
    initializing layers: [Layer], inputWidth: Int, frontEnd: FrontEnd? = nil,
    information: [String: String] = [:], seed: UInt64
  ) throws(NetworkError) {
    try Network.validate(inputWidth: inputWidth, layers: layers, frontEnd: frontEnd)
    var initializer = Initializer(random: RandomNumbers(seed: seed, stream: 0x1817))
    initializer.fill(layers.placed(inputWidth: inputWidth, path: ""))
    try self.init(
      inputWidth: inputWidth, layers: layers, parameters: initializer.parameters,
      frontEnd: frontEnd, information: information)
  }
}

/// Draws the values that training begins with.
struct Initializer {
  var random: RandomNumbers
  var parameters: [String: Tensor] = [:]

  mutating func fill(_ places: [LayerPlace]) {
    for place in places {
      (place.layer.rule as? any TrainableRule)?.initialize(place, &self)
    }
  }

  /// Normal weights, and biases of zero.
  mutating func setMatrices(of place: LayerPlace) {
    for parameter in place.layer.parameters(inputWidth: place.width, path: place.path) {
      parameters[parameter.name] =
        parameter.role == .weight
        ? normal(parameter.shape, fanIn: parameter.shape[1])
        : Tensor(shape: parameter.shape, repeating: 0)
    }
  }

  /// Normal numbers within two deviations, of variance 1 / fanIn after the truncation.
  mutating func normal(_ shape: [Int], fanIn: Int) -> Tensor {
    let deviation = 1 / (0.879_625_662_676_893_3 * Double(fanIn).squareRoot())
    return Tensor(
      shape: shape,
      values: (0..<shape.reduce(1, *)).map { _ in
        var value = random.normal()
        while abs(value) > 2 { value = random.normal() }
        return Float(value * deviation)
      })
  }
}
