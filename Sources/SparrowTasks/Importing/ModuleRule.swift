import Sparrow

/// A module's tensors, and the layer that they are of.
struct ModuleRule {
  let name: String
  /// By their names within the module.
  let tensors: [String: Tensor]
  /// The kind that the caller gave, where tensors do not tell it.
  let kind: String?

  func add(to builder: inout LayerBuilder) throws(ImportError) {
    if tensors.keys.contains(where: { $0.hasPrefix("weight_ih") }) {
      try addCells(to: &builder)
    } else if tensors["running_mean"] != nil {
      try addBatchNormalization(to: &builder)
    } else if tensors["weight"]?.shape.count == 1 {
      try addLayerNormalization(to: &builder)
    } else {
      try addDense(to: &builder)
    }
  }

  private func refuse(_ reason: String) -> ImportError { ImportError("\(name): \(reason)") }

  private func expect(_ keys: Set<String>) throws(ImportError) {
    guard let other = tensors.keys.sorted().first(where: { !keys.contains($0) }) else { return }
    throw refuse(
      "the tensor \(other) is of no layer that is known here; the Python package has more importers"
    )
  }

  private func expectKind(_ kinds: [String]) throws(ImportError) {
    guard let kind, !kinds.contains(kind) else { return }
    throw refuse(
      kinds.isEmpty
        ? "its tensors say all of it; \":\(kind)\" has no meaning"
        : "\":\(kind)\" is none of \(kinds.joined(separator: ", "))")
  }

  private func zeros(_ count: Int) -> Tensor { Tensor(shape: [count], repeating: 0) }

  private func vector(_ key: String, _ count: Int) throws(ImportError) -> Tensor? {
    guard let tensor = tensors[key] else { return nil }
    guard tensor.shape == [count] else {
      throw refuse("\(key) has the shape \(NumberArray.text(tensor.shape)); expected [\(count)]")
    }
    return tensor
  }

  /// nn.Linear, and nn.Conv1d with a kernel of one.
  private func addDense(to builder: inout LayerBuilder) throws(ImportError) {
    try expect(["weight", "bias"])
    try expectKind([])
    guard let weight = tensors["weight"] else { throw refuse("it has no weight") }
    let shape = weight.shape
    guard shape.count == 2 || (shape.count == 3 && shape[2] == 1) else {
      throw refuse(
        "its weight has the shape \(NumberArray.text(shape)); expected [outputs, inputs]. "
          + "Convolutions come in by the Python package")
    }
    builder.add(
      .dense(DenseLayer(outputs: shape[0])),
      [
        "weight": Tensor(shape: Array(shape[..<2]), values: weight.values),
        "bias": try vector("bias", shape[0]) ?? zeros(shape[0]),
      ], inputWidth: shape[1])
  }

  /// nn.BatchNorm1d, whose epsilon is 1e-5 there and here.
  private func addBatchNormalization(to builder: inout LayerBuilder) throws(ImportError) {
    try expect(["weight", "bias", "running_mean", "running_var"])
    try expectKind([])
    guard let mean = tensors["running_mean"], mean.shape.count == 1,
      let variance = try vector("running_var", mean.count)
    else { throw refuse("it has no running_var as long as its running_mean") }
    let count = mean.count
    builder.add(
      .normalization,
      [
        "scale": try vector("weight", count) ?? Tensor(shape: [count], repeating: 1),
        "shift": try vector("bias", count) ?? zeros(count), "mean": mean, "variance": variance,
      ], inputWidth: count)
  }

  /// nn.LayerNorm and nn.RMSNorm: a vector of weights may be others', so that has to be said.
  private func addLayerNormalization(to builder: inout LayerBuilder) throws(ImportError) {
    try expect(["weight", "bias"])
    try expectKind(["layer", "rms"])
    guard let kind else {
      throw refuse(
        "a vector of weights may be a layer normalisation's, or another's; say "
          + "\(name):layer or \(name):rms")
    }
    let scale = tensors["weight"]!
    let bias = try vector("bias", scale.count)
    guard kind == "layer" || bias == nil else { throw refuse("nn.RMSNorm has no bias") }
    // nn.RMSNorm's own epsilon, where none is given, is single precision's.
    let epsilon: Float = kind == "layer" ? 1e-5 : .ulpOfOne
    builder.add(
      .layerNormalization(LayerNormalizationLayer(centers: kind == "layer", epsilon: epsilon)),
      ["scale": scale, "shift": bias ?? zeros(scale.count)], inputWidth: scale.count)
  }

  /// nn.LSTM, nn.GRU, nn.RNN of any number of layers, and their cells.
  private func addCells(to builder: inout LayerBuilder) throws(ImportError) {
    let isCell = tensors["weight_ih"] != nil
    var index = 0
    var known: Set<String> = []
    while true {
      let suffix = isCell ? "" : "_l\(index)"
      guard let input = tensors["weight_ih" + suffix] else { break }
      try addCell(input, suffix, to: &builder)
      known.formUnion(["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map { $0 + suffix })
      index += 1
      if isCell { break }
    }
    if let other = tensors.keys.sorted().first(where: { !known.contains($0) }) {
      let reason =
        other.hasSuffix("_reverse")
        ? "a second direction needs the future"
        : other.hasPrefix("weight_hr") ? "a projection of the state" : "it is no cell's"
      throw refuse("the tensor \(other) is not supported: \(reason)")
    }
  }

  private func addCell(
    _ input: Tensor, _ suffix: String, to builder: inout LayerBuilder
  ) throws(ImportError) {
    guard let recurrent = tensors["weight_hh" + suffix], recurrent.shape.count == 2,
      recurrent.shape[1] > 0, input.shape.count == 2, input.shape[0] == recurrent.shape[0]
    else { throw refuse("weight_hh\(suffix) is missing, or does not fit weight_ih\(suffix)") }
    let (rows, units) = (recurrent.shape[0], recurrent.shape[1])
    let cell: RecurrentLayer.Cell
    switch rows.quotientAndRemainder(dividingBy: units) {
    case (4, 0): cell = .lstm
    case (3, 0): cell = .gru()
    case (1, 0):
      try expectKind(["tanh", "relu"])
      guard let kind, let function = ActivationFunction(rawValue: kind) else {
        throw refuse("nn.RNN's function is not in its tensors; say \(name):tanh or \(name):relu")
      }
      cell = .rnn(function)
    default:
      throw refuse(
        "weight_hh\(suffix) of shape \(NumberArray.text(recurrent.shape)) is no cell's")
    }
    if rows > units { try expectKind([]) }
    builder.add(
      .recurrent(RecurrentLayer(cell, units: units)),
      [
        "inputWeight": input, "recurrentWeight": recurrent,
        "inputBias": try vector("bias_ih" + suffix, rows) ?? zeros(rows),
        "recurrentBias": try vector("bias_hh" + suffix, rows) ?? zeros(rows),
      ], inputWidth: input.shape[1])
  }
}
