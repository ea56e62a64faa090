/// The work of a chip: layers and a number of steps.
public struct Workload: Sendable, Hashable {
  /// The name of the workload.
  public var name: String
  /// The layers in order.
  public var layers: [WorkloadLayer]
  /// Steps whose inputs are known when the first one starts, computed layer by layer; 1 for a
  /// stream.
  public var steps: Int

  /// A workload.
  public init(name: String, layers: [WorkloadLayer], steps: Int) {
    self.name = name
    self.layers = layers
    self.steps = steps
  }

  /// Multiply-accumulates of a step if no zero were skipped.
  public var denseMACs: Int {
    layers.reduce(0) { sum, layer in
      sum + layer.directions * layer.products.reduce(0) { $0 + $1.denseMACs }
    }
  }

  /// The number of weights of all matrices, zeros included.
  public var weightCount: Int { denseMACs }

  func validate() throws(ChipError) {
    guard (1...1 << 24).contains(steps) else {
      throw .workload("\(steps) steps; expected 1 to \(1 << 24)")
    }
    guard !layers.isEmpty else { throw .workload("it has no layers") }
    var weights = 0
    for layer in layers {
      guard (1...2).contains(layer.directions) else {
        throw .workload("\(layer.name): \(layer.directions) directions; expected 1 or 2")
      }
      for product in layer.products {
        try product.validate()
        weights += layer.directions * product.denseMACs
      }
      // Counts of all steps have to fit into an integer.
      guard weights <= 1 << 32 else {
        throw .workload("\(weights) weights up to \(layer.name); expected at most \(1 << 32)")
      }
    }
  }
}

/// A layer of a workload: its kind and its products in the order of a step.
public struct WorkloadLayer: Sendable, Hashable {
  /// The kind of a layer.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// A dense layer.
    case dense
    /// A gate, x ⊙ sigmoid(W x + b).
    case gate
    /// A linear recurrence (S5).
    case linearRecurrence
    /// An LSTM.
    case lstm
    /// A GRU that resets after its product.
    case gru
    /// An event-based GRU.
    case eventGRU
  }

  /// The name of the layer.
  public var name: String
  /// The kind of the layer.
  public var kind: Kind
  /// The products of a step, in order.
  public var products: [MatrixProduct]
  /// 2 for a bidirectional layer, which has weights for each direction; otherwise 1.
  public var directions: Int

  /// A layer.
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

  /// An event-based GRU (Subramoney et al. 2023): a GRU whose output is zero below a threshold, so
  /// that `recurrentActivity` is the share of units above theirs.
  public static func eventGRU(
    _ name: String, inputs: Int, units: Int,
    weights: WeightPattern = .dense, inputActivity: Double = 1, recurrentActivity: Double = 1
  ) -> WorkloadLayer {
    cell(
      name, .eventGRU, gates: 3, inputs, units, 1, weights, inputActivity, recurrentActivity)
  }

  /// A dense layer with a function, f(W x + b).
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

  /// A gate, x ⊙ sigmoid(W x + b).
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

  /// S5 (Smith et al. 2023): B, the diagonal recurrence in the cell updater, C and a function.
  /// Matrices are those of `MatrixDescription`: both parts of a complex state are rows of B, and
  /// columns of C.
  ///
  /// - Parameters:
  ///   - name: The name of the layer.
  ///   - inputs: The values of its input and output, H.
  ///   - states: The complex states, P.
  ///   - b: The non-zero weights of B.
  ///   - c: The non-zero weights of C.
  ///   - inputActivity: The density of the input, from 0 to 1.
  ///   - stateActivity: The density of the states that C reads, from 0 to 1.
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
