/// What a chip is to compute: layers, and for how many steps at a time.
public struct Workload: Sendable, Hashable {
  public var name: String
  public var layers: [WorkloadLayer]
  /// Steps whose inputs are known when the first of them begins: 1 where a signal is streamed. Layer by
  /// layer, all of them are computed.
  public var steps: Int

  public init(name: String, layers: [WorkloadLayer], steps: Int) {
    self.name = name
    self.layers = layers
    self.steps = steps
  }

  /// Multiply-accumulates of a step where nothing is zero.
  public var denseMACs: Int {
    layers.reduce(0) { sum, layer in
      sum + layer.directions * layer.products.reduce(0) { $0 + $1.denseMACs }
    }
  }

  /// Weights of all matrices, zeros included.
  public var weightCount: Int { denseMACs }

  func validate() throws(ChipError) {
    guard (1...1 << 24).contains(steps) else {
      throw .workload("\(steps) steps; expected 1 to \(1 << 24)")
    }
    guard !layers.isEmpty else { throw .workload("it has no layers") }
    for layer in layers {
      guard (1...2).contains(layer.directions) else {
        throw .workload("\(layer.name): \(layer.directions) directions; expected 1 or 2")
      }
      for product in layer.products { try product.validate() }
    }
  }
}

/// A layer as a workload describes it: its kind and its products, in the order in which a step needs them.
public struct WorkloadLayer: Sendable, Hashable {
  public enum Kind: String, Sendable, Codable, CaseIterable {
    case dense, gate, linearRecurrence, lstm, gru, eventGRU
  }

  public var name: String
  public var kind: Kind
  public var products: [MatrixProduct]
  /// 2 where the layer goes through the sequence both ways, with a set of weights each.
  public var directions: Int

  public init(name: String, kind: Kind, products: [MatrixProduct], directions: Int = 1) {
    self.name = name
    self.kind = kind
    self.products = products
    self.directions = directions
  }

  /// A long short-term memory (Hochreiter and Schmidhuber 1997): gates i, f, g, o.
  public static func lstm(
    _ name: String, inputs: Int, units: Int, directions: Int = 1,
    weights: WeightPattern = .dense, inputActivity: Double = 1, recurrentActivity: Double = 1
  ) -> WorkloadLayer {
    cell(
      name, .lstm, gates: 4, inputs, units, directions, weights, inputActivity, recurrentActivity)
  }

  /// A gated recurrent unit (Cho et al. 2014) that resets after the product: gates r, z, n.
  public static func gru(
    _ name: String, inputs: Int, units: Int, directions: Int = 1,
    weights: WeightPattern = .dense, inputActivity: Double = 1, recurrentActivity: Double = 1
  ) -> WorkloadLayer {
    cell(
      name, .gru, gates: 3, inputs, units, directions, weights, inputActivity, recurrentActivity)
  }

  /// An event-based GRU (Subramoney et al. 2023): a GRU whose output is zero below a threshold, so that
  /// `recurrentActivity` is the share of units above theirs.
  public static func eventGRU(
    _ name: String, inputs: Int, units: Int,
    weights: WeightPattern = .dense, inputActivity: Double = 1, recurrentActivity: Double = 1
  ) -> WorkloadLayer {
    cell(
      name, .eventGRU, gates: 3, inputs, units, 1, weights, inputActivity, recurrentActivity)
  }

  /// W x + b and a function.
  public static func dense(
    _ name: String, inputs: Int, units: Int,
    weights: WeightPattern = .dense, inputActivity: Double = 1
  ) -> WorkloadLayer {
    WorkloadLayer(
      name: name, kind: .dense,
      products: [
        MatrixProduct(
          name: name, units: units, inputs: inputs, weights: weights, inputActivity: inputActivity)
      ])
  }

  /// x ⊙ sigmoid(W x + b).
  public static func gate(
    _ name: String, units: Int, weights: WeightPattern = .dense, inputActivity: Double = 1
  ) -> WorkloadLayer {
    WorkloadLayer(
      name: name, kind: .gate,
      products: [
        MatrixProduct(
          name: name, units: units, inputs: units, hasCell: true, weights: weights,
          inputActivity: inputActivity)
      ])
  }

  /// S5 (Smith et al. 2023): B, the diagonal recurrence in the cell updater, C and a function. Matrices
  /// are those of `MatrixDescription`: both parts of a complex state are rows of B, and columns of C.
  ///
  /// - Parameters:
  ///   - states: complex ones, P.
  ///   - inputActivity: of what B reads. stateActivity: of what C reads.
  public static func linearRecurrence(
    _ name: String, inputs: Int, states: Int, b: WeightPattern = .dense,
    c: WeightPattern = .dense, inputActivity: Double = 1, stateActivity: Double = 1
  ) -> WorkloadLayer {
    WorkloadLayer(
      name: name, kind: .linearRecurrence,
      products: [
        MatrixProduct(
          name: "\(name).B", gates: 2, units: states, inputs: inputs, hasActivation: false,
          hasCell: true, weights: b, inputActivity: inputActivity),
        MatrixProduct(
          name: "\(name).C", units: inputs, inputs: 2 * states, weights: c,
          inputActivity: stateActivity),
      ])
  }

  private static func cell(
    _ name: String, _ kind: Kind, gates: Int, _ inputs: Int, _ units: Int, _ directions: Int,
    _ weights: WeightPattern, _ inputActivity: Double, _ recurrentActivity: Double
  ) -> WorkloadLayer {
    WorkloadLayer(
      name: name, kind: kind,
      products: [
        MatrixProduct(
          name: name, gates: gates, units: units, inputs: inputs, recurrentInputs: units,
          hasCell: true, resetsCandidate: kind != .lstm, weights: weights,
          inputActivity: inputActivity, recurrentActivity: recurrentActivity)
      ], directions: directions)
  }
}
