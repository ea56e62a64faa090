/// A recurrent cell in integers; `Documentation/FixedPoint.md` has the arithmetic.
struct IntegerCell: IntegerForm {
  var input: IntegerMatrix
  var recurrent: IntegerMatrix
  /// Of a GRU that resets first.
  var candidate: IntegerMatrix?
  /// Of the matrices' rows, to the right; negative ones go to the left.
  var inputShifts: [Int32]
  var recurrentShifts: [Int32]
  var candidateShifts: [Int32]
  /// With the exponent of h; none but of an event-based GRU.
  var thresholds: [Int32]
  /// From h to what is read of it.
  var readShift: Int
  /// Of an LSTM: from i g to c, and from c to an argument of tanh.
  var productShift = 0
  var argumentShift = 0
}

extension RecurrentLayer {
  /// That of h, which is at most 1, but of a rectified RNN's, which has the exponent that is read.
  private static let stateExponent = 30

  private var isRectified: Bool { cell == .rnn(.relu) }

  /// The exponent that sums of products are brought to.
  private func sumExponent(_ y: Int) -> Int {
    isRectified ? y : FunctionTable.argumentExponent
  }

  /// Thresholds are used clamped, so they are stored as that.
  package func fixedPointForm(at path: String, _ parameters: inout [String: Tensor]) -> Layer {
    if case .eventGRU = cell {
      let values = parameters["\(path).threshold"]!.values.map { min(max($0, 0), 1) }
      parameters["\(path).threshold"]!.values = values
    }
    return layer
  }

  package func activationPlaces(at path: String) -> [String] {
    cell == .lstm ? ["\(path).state", path] : [path]
  }

  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int {
    let path = place.path
    let y = chooseExponent(at: path, in: &quantizer)
    let sum = sumExponent(y)
    _ = quantizer.roundWeights(
      "\(path).inputWeight", bias: "\(path).inputBias", times: x, to: sum)
    let biasName = "\(path).recurrentBias"
    var products = quantizer.roundWeights(
      "\(path).recurrentWeight", bias: biasName, times: y, to: sum)
    if resetsFirst {
      products += quantizer.roundWeights(
        "\(path).candidateWeight", bias: biasName, from: 2 * units, times: y, to: sum)
      quantizer.roundVector(biasName, most: products.min() ?? 64)
    }
    if cell == .lstm {
      let largest = quantizer.largest(at: "\(path).state")
      let format = FixedPointFormat(bits: 32, holding: 8 * largest)
      quantizer.setExponent(
        max(min(format.exponent, Self.stateExponent), FunctionTable.argumentExponent),
        at: "\(path).state")
    }
    if case .eventGRU = cell {
      quantizer.roundVector("\(path).threshold", most: Self.stateExponent)
    }
    return y
  }

  /// The exponent of what the cell gives. What is at most 1 needs no room for more, and gains
  /// nothing by more than the bits of the tables.
  private func chooseExponent(at path: String, in quantizer: inout Quantizer) -> Int {
    let chosen = quantizer.chooseExponent(at: path)
    if isRectified { return chosen }
    let least = quantizer.scheme.activationBits - 1
    let y = min(max(chosen, least), FunctionTable.valueExponent)
    quantizer.setExponent(y, at: path)
    return y
  }

  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    let path = place.path
    let y = try builder.exponent(at: path)
    let sum = sumExponent(y)
    func shifts(_ exponents: [Int], _ name: String) throws(NetworkError) -> [Int32] {
      var shifts: [Int32] = []
      for exponent in exponents {
        shifts.append(
          Int32(try builder.shift(exponent - sum, in: -31...31, at: "\(path).\(name)")))
      }
      return shifts
    }
    let (input, inputExponents) = try builder.matrix(
      "\(path).inputWeight", bias: "\(path).inputBias", input: x)
    let (recurrent, recurrentExponents) = try builder.matrix(
      "\(path).recurrentWeight", bias: "\(path).recurrentBias", input: y)
    var integers = IntegerCell(
      input: input, recurrent: recurrent, candidate: nil,
      inputShifts: try shifts(inputExponents, "inputWeight"),
      recurrentShifts: try shifts(recurrentExponents, "recurrentWeight"), candidateShifts: [],
      thresholds: [],
      readShift: isRectified
        ? 0 : try builder.shift(Self.stateExponent - y, in: 0...30, at: path))
    try builder.check(
      input, integers.inputShifts, plus: recurrent, integers.recurrentShifts, from: 0, at: path)
    if resetsFirst {
      let (candidate, exponents) = try builder.matrix(
        "\(path).candidateWeight", bias: "\(path).recurrentBias", from: 2 * units, input: y)
      integers.candidate = candidate
      integers.candidateShifts = try shifts(exponents, "candidateWeight")
      try builder.check(
        input, integers.inputShifts, plus: candidate, integers.candidateShifts, from: 2 * units,
        at: path)
    }
    if cell == .lstm {
      let state = try builder.exponent(at: "\(path).state")
      integers.productShift = try builder.shift(
        Self.stateExponent - state, in: 0...30, at: "\(path).state")
      integers.argumentShift = try builder.shift(
        state - FunctionTable.argumentExponent, in: 0...31, at: "\(path).state")
    }
    if case .eventGRU = cell {
      integers.thresholds = try thresholds(path, in: builder)
    }
    builder.forms[path] = integers
    return y
  }

  /// Thresholds in units of h, clamped.
  private func thresholds(
    _ path: String, in builder: IntegerBuilder
  ) throws(NetworkError) -> [Int32] {
    let name = "\(path).threshold"
    let group = try builder.group(name)
    let left = try builder.shift(Self.stateExponent - group.exponents[0], in: 0...62, at: name)
    let most = Int64(1) << Int64(Self.stateExponent)
    return group.parts[0].map { value in
      guard value > 0 else { return 0 }
      // More than 1 may be more than 64 bits.
      return Int32(left > Self.stateExponent ? most : min(Int64(value) << Int64(left), most))
    }
  }
}
