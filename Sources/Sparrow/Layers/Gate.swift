import CSparrow

/// y = x ⊙ sigmoid(W x + b), the half of a gated linear unit (Dauphin et al. 2017) that keeps its
/// input as the value. Parameters: `weight` [width, width], `bias` [width].
package struct GateLayer: LayerRule {
  package init() {}

  package static var kinds: [String] { ["gate"] }
  package init(kind: String, from decoder: any Decoder) throws {}
  package var kind: String { "gate" }
  package var layer: Layer { .gate }

  package func parameters(inputWidth: Int, path: String) -> [ParameterDescription] {
    DenseLayer(outputs: inputWidth).parameters(inputWidth: inputWidth, path: path)
  }

  // MARK: Packing

  package func pack(_ place: LayerPlace, into packer: inout Packer, _ values: inout PackedValues) {
    let x = values.settle(&packer, toChange: true)
    var record = sparrow_layer(SPARROW_LAYER_GATE, input: x, output: x)
    record.multiplications = UInt32(place.width)
    if let integers = packer.integers(at: place.path, as: IntegerGate.self) {
      record.matrices.0 = packer.append(integers.matrix, named: "\(place.path).weight")
      record.vectors.0 = packer.offset(of: .sigmoid)
      record.vectors.1 = packer.image.append(padded(integers.shifts))
      record.shifts = (UInt32(integers.resultShift), UInt32(integers.left), 0)
      packer.appendWithWork(&record, of: place.path)
      return
    }
    let work = packer.scratch.allocate(x.width)
    record.work = work.offset
    let matrix = MatrixToPack(
      packer.network["\(place.path).weight"], bias: packer.network["\(place.path).bias"])
    record.matrices.0 = packer.append(matrix, named: "\(place.path).weight")
    packer.append(record, of: place.path)
    packer.scratch.release(work)
  }

  // MARK: Fixed point

  package func chooseExponents(
    _ place: LayerPlace, _ x: Int, in quantizer: inout Quantizer
  ) -> Int {
    _ = quantizer.roundWeights(
      "\(place.path).weight", bias: "\(place.path).bias", times: x,
      to: FunctionTable.argumentExponent)
    return quantizer.chooseExponent(at: place.path, most: x + FunctionTable.valueExponent)
  }

  package func makeIntegers(
    _ place: LayerPlace, _ x: Int, in builder: inout IntegerBuilder
  ) throws(NetworkError) -> Int {
    let path = place.path
    let y = try builder.exponent(at: path)
    let (matrix, exponents) = try builder.matrix("\(path).weight", bias: "\(path).bias", input: x)
    let finer = max(FunctionTable.argumentExponent - (exponents.min() ?? 0), 0)
    let left = try builder.shift(finer, in: 0...31, at: path)
    let shifts = try builder.shifts(
      exponents.map { $0 + left }, to: FunctionTable.argumentExponent, at: path)
    try builder.check(matrix, shifts, left: left, at: path)
    builder.forms[path] = IntegerGate(
      matrix: matrix, left: left, shifts: shifts,
      resultShift: try builder.shift(x + FunctionTable.valueExponent - y, in: 0...31, at: path))
    return y
  }
}

/// Shifts of a gate: left of the sums, right of what that gives by row, right of the product of
/// value and gate.
struct IntegerGate: IntegerForm {
  var matrix: IntegerMatrix
  var left: Int
  var shifts: [Int32]
  var resultShift: Int
}
