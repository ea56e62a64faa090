extension Network {
  /// The same function in the form that fixed point has: without normalisations, and with recurrences that
  /// are discrete and have biases.
  ///
  /// - Throws: ``NetworkError`` where a normalisation can't be folded; see ``folded()``.
  public func fixedPointForm() throws(NetworkError) -> Network {
    let network = try folded()
    var parameters = network.parameters
    let layers = network.layers.discretized(path: "", &parameters)
    return try Network(
      inputWidth: inputWidth, layers: layers, parameters: parameters, frontEnd: frontEnd,
      information: information)
  }
}

extension [Layer] {
  fileprivate func discretized(path: String, _ parameters: inout [String: Tensor]) -> [Layer] {
    placed(inputWidth: 1, path: path).map { layer, path, _ in
      switch layer {
      case .linearRecurrence(var recurrence):
        guard recurrence.discretization != .discrete else { return layer }
        let (a, f) = recurrence.system { parameters["\(path).\($0)"]!.values }
        for (name, values) in [("A", a), ("f", f)] {
          parameters["\(path).\(name).real"] = Tensor(
            shape: [values.count], values: values.map { Float($0.real) })
          parameters["\(path).\(name).imaginary"] = Tensor(
            shape: [values.count], values: values.map { Float($0.imaginary) })
        }
        for name in ["eigenvalues.real", "eigenvalues.imaginary", "logStep"] {
          parameters["\(path).\(name)"] = nil
        }
        recurrence.discretization = .discrete
        recurrence.maximumTimeConstant = nil
        return .linearRecurrence(recurrence)
      case .residual(let branch):
        return .residual(branch.discretized(path: path, &parameters))
      case .dense, .normalization, .activation, .gate, .recurrent: return layer
      }
    }
  }

  /// Places that have exponents in fixed point, in the order of a step; see ``Quantization/activations``.
  func activationPlaces(path: String = "") -> [String] {
    placed(inputWidth: 1, path: path).flatMap { layer, path, _ -> [String] in
      switch layer {
      case .dense, .gate, .activation(.gelu): [path]
      case .linearRecurrence: ["\(path).state", "\(path).read", path]
      case .residual(let branch): branch.activationPlaces(path: path) + [path]
      case .activation, .normalization, .recurrent: []
      }
    }
  }
}

extension Network {
  /// Places that have exponents in fixed point, in the order of a step.
  var activationPlaces: [String] { ["input"] + layers.activationPlaces() }
}
