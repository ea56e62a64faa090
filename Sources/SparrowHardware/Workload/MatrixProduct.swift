/// A matrix and the vector that it multiplies in every step, with what is done to the result: what an
/// array of multipliers gets to do.
///
/// The matrix has `gates` × `units` rows, gate by gate, and `inputs` + `recurrentInputs` columns: those of
/// what comes from the layer below first, then those of the layer's own output in the step before.
public struct MatrixProduct: Sendable, Hashable {
  public var name: String
  public var gates: Int
  public var units: Int
  public var inputs: Int
  /// 0 where a step's product does not depend on the step before.
  public var recurrentInputs: Int
  /// Whether the rows go through the activation unit.
  public var hasActivation: Bool
  /// Whether the gates of a unit, together, go through the cell updater.
  public var hasCell: Bool
  /// Whether the activation of the last gate waits for that of the first, the reset gate: a GRU whose
  /// candidate is tanh(W x + r ⊙ (R h)).
  public var resetsCandidate: Bool
  public var weights: WeightPattern
  /// Share of inputs that are not zero, 0 to 1.
  public var inputActivity: Double
  /// The same of what comes from the step before.
  public var recurrentActivity: Double

  public init(
    name: String, gates: Int = 1, units: Int, inputs: Int, recurrentInputs: Int = 0,
    hasActivation: Bool = true, hasCell: Bool = false, resetsCandidate: Bool = false,
    weights: WeightPattern = .dense, inputActivity: Double = 1, recurrentActivity: Double = 1
  ) {
    self.name = name
    self.gates = gates
    self.units = units
    self.inputs = inputs
    self.recurrentInputs = recurrentInputs
    self.hasActivation = hasActivation
    self.hasCell = hasCell
    self.resetsCandidate = resetsCandidate
    self.weights = weights
    self.inputActivity = inputActivity
    self.recurrentActivity = recurrentActivity
  }

  public var rows: Int { gates * units }
  public var columns: Int { inputs + recurrentInputs }
  /// Multiply-accumulates of a step where nothing is zero.
  public var denseMACs: Int { rows * columns }

  /// Multiply-accumulates of a step for weights that are not zero and activations that are not: as many as
  /// are to be expected where the latter are known by their share.
  public var effectiveMACs: Double {
    var counts = (inputs: rows * inputs, states: rows * recurrentInputs)
    if let mask = weights.mask(rows: rows, columns: columns) {
      counts = (0, 0)
      for (index, isNonZero) in mask.isNonZero.enumerated() where isNonZero {
        if index % columns < inputs { counts.inputs += 1 } else { counts.states += 1 }
      }
    }
    return Double(counts.inputs) * inputActivity + Double(counts.states) * recurrentActivity
  }

  /// Beyond these, a size is taken for a mistake.
  static let largestSize = 1 << 20
  static let largestCount = 1 << 28

  func validate() throws(ChipError) {
    let sizes = [("gates", gates, 1), ("units", units, 1), ("inputs", inputs, 0)]
    for (what, size, least) in sizes + [("recurrentInputs", recurrentInputs, 0)] {
      guard (least...Self.largestSize).contains(size) else {
        throw .workload("\(name): \(what) is \(size); expected \(least) to \(Self.largestSize)")
      }
    }
    guard columns > 0 else { throw .workload("\(name): its matrix has no columns") }
    guard denseMACs <= Self.largestCount else {
      throw .workload("\(name): \(denseMACs) weights; expected at most \(Self.largestCount)")
    }
    for (what, share) in [
      ("the share of non-zero inputs", inputActivity),
      ("the share of non-zero states", recurrentActivity),
    ] {
      guard (0...1).contains(share) else {
        throw .workload("\(name): \(what) is \(share); expected 0 to 1")
      }
    }
    switch weights {
    case .dense: break
    case .random(let density, _):
      guard (0...1).contains(density) else {
        throw .workload("\(name): the density of its weights is \(density); expected 0 to 1")
      }
    case .known(let mask):
      guard mask.rows == rows, mask.columns == columns else {
        throw .workload(
          "\(name): its weights are \(mask.rows)×\(mask.columns); expected \(rows)×\(columns)")
      }
    }
  }
}
