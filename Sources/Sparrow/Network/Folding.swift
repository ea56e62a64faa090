extension Network {
  /// The same function without normalisations: each, with its stored statistics, goes into the weights and
  /// biases of the dense layer, linear recurrence or recurrent cell that follows it, as in a plan.
  ///
  /// Every linear recurrence comes out with a bias, of zeros where nothing was folded into it. Zero
  /// weights stay zero. Paths of layers, and with them names of parameters, move up by the normalisations
  /// that are gone.
  ///
  /// - Throws: ``NetworkError`` where a normalisation is followed by something else.
  public func folded() throws(NetworkError) -> Network {
    var folding = Folding(network: self)
    let layers = try folding.fold(layers.placed(inputWidth: inputWidth, path: ""), below: "")
    return try Network(
      inputWidth: inputWidth, layers: layers, parameters: folding.parameters,
      frontEnd: frontEnd, information: information)
  }
}

private struct Folding {
  let network: Network
  /// Those of the new layers, by their new names.
  var parameters: [String: Tensor] = [:]

  /// - Parameter newPath: what the new layers are below.
  /// - Returns: the layers without normalisations.
  mutating func fold(
    _ places: [(layer: Layer, path: String, width: Int)], below newPath: String
  ) throws(NetworkError) -> [Layer] {
    var layers: [Layer] = []
    /// Normalisations that wait for a matrix to take them in: the first one's path, and all of them.
    var pending: (path: String, affine: Affine)?

    for (layer, path, width) in places {
      let newPath = [Layer].path(of: layers.count, below: newPath)
      switch layer {
      case .normalization:
        let affine = Affine(normalization: path, of: network)
        pending = (pending?.path ?? path, pending?.affine.followed(by: affine) ?? affine)
      case .dense:
        foldDense(path, pending?.affine, to: newPath)
        layers.append(layer)
        pending = nil
      case .linearRecurrence(var recurrence):
        foldRecurrence(recurrence, path, width, pending?.affine, to: newPath)
        recurrence.hasBias = true
        layers.append(.linearRecurrence(recurrence))
        pending = nil
      case .recurrent:
        foldRecurrent(layer, path, width, pending?.affine, to: newPath)
        layers.append(layer)
        pending = nil
      case .activation, .gate:
        try refuse(pending?.path, followedBy: layer == .gate ? "a gate" : "an activation")
        for parameter in layer.parameters(inputWidth: width, path: "") {
          parameters[newPath + parameter.name] = network[path + parameter.name]
        }
        layers.append(layer)
      case .residual(let inner):
        try refuse(pending?.path, followedBy: "a residual branch")
        layers.append(
          .residual(
            try fold(inner.placed(inputWidth: width, path: path), below: newPath)))
      }
    }
    try refuse(pending?.path, followedBy: "nothing")
    return layers
  }

  private func refuse(_ path: String?, followedBy next: String) throws(NetworkError) {
    guard let path else { return }
    throw .invalid(
      "\(path): a normalisation that is followed by \(next) cannot be folded; "
        + "expected a dense layer, a linear recurrence or a recurrent cell after it")
  }

  private mutating func foldDense(_ path: String, _ affine: Affine?, to newPath: String) {
    let weight = network["\(path).weight"]
    let bias = network["\(path).bias"]
    var matrix = MatrixToPack(weight, bias: bias)
    if let affine { matrix.fold(affine) }
    parameters["\(newPath).weight"] = Tensor(shape: weight.shape, values: matrix.weights)
    parameters["\(newPath).bias"] = Tensor(shape: bias.shape, values: matrix.bias ?? bias.values)
  }

  /// The input's weights take in the map, the recurrent ones don't see it.
  private mutating func foldRecurrent(
    _ layer: Layer, _ path: String, _ width: Int, _ affine: Affine?, to newPath: String
  ) {
    for parameter in layer.parameters(inputWidth: width, path: "") {
      parameters[newPath + parameter.name] = network[path + parameter.name]
    }
    guard let affine else { return }
    let weight = network["\(path).inputWeight"]
    var matrix = MatrixToPack(weight, bias: network["\(path).inputBias"])
    matrix.fold(affine)
    parameters["\(newPath).inputWeight"] = Tensor(shape: weight.shape, values: matrix.weights)
    parameters["\(newPath).inputBias"] = Tensor(
      shape: [weight.shape[0]], values: matrix.bias ?? [])
  }

  /// B takes in the map's scale and, as its bias, what B makes of the map's shift; so does D.
  private mutating func foldRecurrence(
    _ layer: LinearRecurrenceLayer, _ path: String, _ width: Int, _ affine: Affine?,
    to newPath: String
  ) {
    let states = layer.states
    func values(_ name: String) -> [Float] { network["\(path).\(name)"].values }
    func biases(_ name: String, _ count: Int) -> [Float] {
      layer.hasBias ? values(name) : zeros(count)
    }
    for parameter in layer.parameters(width: width, path: "") {
      parameters[newPath + parameter.name] = network[path + parameter.name]
    }
    var b = MatrixToPack(
      rows: 2 * states, columns: width, weights: values("B.real") + values("B.imaginary"),
      bias: biases("inputBias.real", states) + biases("inputBias.imaginary", states))
    var d = values("D")
    var bias = biases("bias", width)
    if let affine {
      b.fold(affine)
      for i in d.indices {
        bias[i] += d[i] * affine.shift[i]
        d[i] *= affine.scale[i]
      }
    }
    func set(_ name: String, _ shape: [Int], _ values: some Sequence<Float>) {
      parameters["\(newPath).\(name)"] = Tensor(shape: shape, values: Array(values))
    }
    let inputBias = b.bias ?? []
    set("B.real", [states, width], b.weights[..<(states * width)])
    set("B.imaginary", [states, width], b.weights[(states * width)...])
    set("D", [width], d)
    set("inputBias.real", [states], inputBias[..<states])
    set("inputBias.imaginary", [states], inputBias[states...])
    set("bias", [width], bias)
  }
}
