import Sparrow

extension RecurrentLayer {
  /// Whether the gradients by both products are two: a gate lies between them.
  var recurrentGradientsDiffer: Bool {
    switch cell {
    case .rnn, .lstm, .gru(true): false
    case .gru(false), .eventGRU: true
    }
  }
}

extension RecurrentLayer: TrainableRule {
  func makeTrainable<Scalar>(
    _ place: LayerPlace, _ builder: inout TrainableBuilder<Scalar>
  ) throws(TrainingError) -> [any TrainableLayer<Scalar>] {
    let dropout = builder.recurrentDropout
    let cell = Recurrent(
      builder.context, self, builder.parameters(of: place),
      weightDropout: dropout.recurrentWeights, place: builder.cells,
      rounding: builder.makeCellRounding(place.path, isBounded: self.cell != .rnn(.relu)))
    builder.cells += 1
    builder.statefulLayers.append(cell)
    var layers: [any TrainableLayer<Scalar>] = [cell]
    let isLast = builder.cells == builder.cellCount
    builder.appendDropout(isLast ? dropout.output : dropout.between, to: &layers)
    return layers
  }

  var roundsItself: Bool { true }

  /// Every matrix of a cell is uniform within 1 / √H, as are its biases (PyTorch's way); thresholds
  /// are as the layer says.
  func initialize(_ place: LayerPlace, _ initializer: inout Initializer) {
    let bound = 1 / Double(units).squareRoot()
    for parameter in parameters(inputWidth: place.width, path: place.path) {
      var range = -bound...bound
      if case .eventGRU(let events) = cell, parameter.role == .threshold {
        range = 0...2 * Double(events.initialThreshold)
      }
      initializer.parameters[parameter.name] = Tensor(
        shape: parameter.shape,
        values: (0..<parameter.count).map { _ in Float(initializer.random.uniform(in: range)) })
    }
  }
}
