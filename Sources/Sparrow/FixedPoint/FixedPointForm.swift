extension Network {
  /// The same function in the form that fixed point has: without normalisations, and with
  /// recurrences that are discrete and have biases.
  ///
  /// - Throws: ``NetworkError`` where a normalisation can't be folded; see ``folded()``.
  public func fixedPointForm() throws(NetworkError) -> Network {
    let network = try folded()
    var parameters = network.parameters
    let layers = network.layers.fixedPointForm(path: "", &parameters)
    return try Network(
      inputWidth: inputWidth, layers: layers, parameters: parameters, frontEnd: frontEnd,
      information: information)
  }
}

extension [Layer] {
  func fixedPointForm(path: String, _ parameters: inout [String: Tensor]) -> [Layer] {
    placed(inputWidth: 1, path: path).map {
      $0.layer.rule.fixedPointForm(at: $0.path, &parameters)
    }
  }

  /// Places that have exponents in fixed point, in the order of a step; see
  /// ``Quantization/activations``.
  func activationPlaces(path: String = "") -> [String] {
    placed(inputWidth: 1, path: path).flatMap { $0.layer.rule.activationPlaces(at: $0.path) }
  }
}

extension Network {
  /// Places that have exponents in fixed point, in the order of a step.
  var activationPlaces: [String] { ["input"] + layers.activationPlaces() }
}
