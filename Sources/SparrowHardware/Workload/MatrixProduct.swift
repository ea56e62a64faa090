/// The matrix-vector product of a step, and what follows it: the work of an array of multipliers.
///
/// The matrix has `gates` × `units` rows, gate by gate, and `inputs` + `recurrentInputs` columns:
/// first those of the input, then those of the layer's own output in the previous step.
public struct MatrixProduct: Sendable, Hashable {
  /// The name of the matrix.
  public var name: String
  /// The number of gates.
  public var gates: Int
  /// The number of units.
  public var units: Int
  /// Columns of the input.
  public var inputs: Int
  /// Columns of the previous step's output; 0 if the product does not depend on it.
  public var recurrentInputs: Int
  /// Whether the rows go through the activation unit.
  public var hasActivation: Bool
  /// Whether the gates of a unit go through the cell updater together.
  public var hasCell: Bool
  /// Whether the activation of the last gate waits for that of the first, the reset gate, as in a
  /// GRU with the candidate tanh(W x + r ⊙ (R h)).
  public var resetsCandidate: Bool
  /// The places of non-zero weights.
  public var weights: WeightPattern
  /// The density of inputs: the fraction of non-zeros, from 0 to 1.
  public var inputActivity: Double
  /// The density of the previous step's output, from 0 to 1.
  public var recurrentActivity: Double

  /// A product; by default dense and without recurrence.
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

  /// Rows of the matrix.
  public var rows: Int { gates * units }
  /// Columns of the matrix.
  public var columns: Int { inputs + recurrentInputs }
  /// Multiply-accumulates of a step if no zero were skipped.
  public var denseMACs: Int { rows * columns }

  /// Whether some activations are zero, others in every step.
  var hasZeroActivations: Bool { inputActivity < 1 || recurrentActivity < 1 }

  /// Expected multiply-accumulates of a step with non-zero weight and non-zero activation.
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

  /// Larger sizes are taken for mistakes.
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
