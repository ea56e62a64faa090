extension Network {
  /// The same function without normalisations: each, with its stored statistics, goes into the
  /// weights and biases of the dense layer, linear recurrence or recurrent cell that follows it, as
  /// in a plan.
  ///
  /// Every linear recurrence comes out with a bias, of zeros where nothing was folded into it. Zero
  /// weights stay zero. Paths of layers, and with them names of parameters, move up by the
  /// normalisations that are gone.
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

/// Takes normalisations into the layers that follow them.
package struct Folding {
  let network: Network
  /// Those of the new layers, by their new names.
  var parameters: [String: Tensor] = [:]

  /// - Parameter newPath: the path that the new layers are below.
  /// - Returns: the layers without normalisations.
  mutating func fold(
    _ places: [LayerPlace], below newPath: String
  ) throws(NetworkError) -> [Layer] {
    var layers: [Layer] = []
    /// Normalisations that wait for a matrix to take them in: the first one's path, and all of
    /// them.
    var pending: (path: String, affine: Affine)?

    for place in places {
      let rule = place.layer.rule
      if let affine = rule.affine(at: place.path, of: network) {
        pending = (pending?.path ?? place.path, pending?.affine.followed(by: affine) ?? affine)
        continue
      }
      if !rule.foldsAffine {
        try refuse(pending?.path, followedBy: "a layer of the kind \"\(rule.kind)\"")
      }
      layers.append(
        try rule.fold(
          pending?.affine, into: &self, place,
          to: [Layer].path(of: layers.count, below: newPath)))
      pending = nil
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

  /// Copies a layer's own parameters to their new names.
  mutating func copyParameters(of place: LayerPlace, to newPath: String) {
    for parameter in place.layer.parameters(inputWidth: place.width, path: "") {
      parameters[newPath + parameter.name] = network[place.path + parameter.name]
    }
  }

  /// Copies a layer's own parameters, the map before it taken into a matrix and its bias.
  mutating func copyParameters(
    of place: LayerPlace, to newPath: String, folding affine: Affine?, into weight: String,
    bias: String
  ) {
    copyParameters(of: place, to: newPath)
    guard let affine else { return }
    let (weight, bias) = ("\(newPath).\(weight)", "\(newPath).\(bias)")
    guard let tensor = parameters[weight] else { preconditionFailure("no parameter \(weight)") }
    var matrix = MatrixToPack(tensor, bias: parameters[bias])
    matrix.fold(affine)
    parameters[weight] = Tensor(shape: tensor.shape, values: matrix.weights)
    parameters[bias] = Tensor(shape: [tensor.shape[0]], values: matrix.bias ?? [])
  }
}
