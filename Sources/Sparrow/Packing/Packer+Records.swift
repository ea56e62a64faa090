import CSparrow
import SparrowCore

/// Values on their way through the layers of a packer.
package struct PackedValues {
  /// Where they lie.
  var slot: Slot
  /// Whether they may be overwritten.
  var isOwned: Bool
  /// A normalisation that waits for a matrix to take it in.
  var pending: Affine?

  /// Carries out what is pending and, where the values are going to be changed in place, makes sure
  /// that nobody else needs them. Returns where they lie now.
  mutating func settle(_ packer: inout Packer, toChange: Bool) -> Slot {
    guard pending != nil || (toChange && !isOwned) else { return slot }
    let output = isOwned ? slot : packer.scratch.allocate(slot.width)
    packer.appendAffine(pending ?? .identity(slot.width), from: slot, to: output)
    (slot, isOwned, pending) = (output, true, nil)
    return slot
  }

  /// Has a layer that writes `width` values elsewhere append its records.
  mutating func transform(
    to width: Int, by packer: inout Packer,
    _ append: (inout Packer, _ input: Slot, _ output: Slot, _ folding: Affine?) -> Void
  ) {
    let output = packer.scratch.allocate(width)
    append(&packer, slot, output, pending)
    pending = nil
    replace(by: output, &packer)
  }

  /// The values go on at another place, and theirs is free.
  mutating func replace(by output: Slot, _ packer: inout Packer) {
    if isOwned { packer.scratch.release(slot) }
    (slot, isOwned) = (output, true)
  }
}

/// Records that several kinds of layers have in common.
extension Packer {
  /// A layer's integers; nil in single precision.
  func integers<Form: IntegerForm>(at path: String, as type: Form.Type) -> Form? {
    network.integers?.form(at: path) as? Form
  }

  mutating func append(
    _ matrix: IntegerMatrix, named name: String, ownRows: Int? = nil, ownColumns: Int? = nil
  ) -> sparrow_matrix {
    append(
      MatrixToPack(
        rows: matrix.rows, columns: matrix.columns, weights: matrix.weights, bias: matrix.bias,
        activationBits: network.quantization!.scheme.activationBits,
        ownRows: ownRows ?? matrix.rows, ownColumns: ownColumns ?? matrix.columns), named: name)
  }

  /// Appends a record in integers with a place to work at, which is free again once the layer is
  /// done.
  mutating func appendWithWork(_ record: inout sparrow_layer, of path: String) {
    let words = Int(IntegerWork(record).count)
    let work = scratch.allocate(words * scratch.valuesPerWord)
    record.work = work.offset
    scratch.release(work)
    append(record, of: path)
  }

  /// Where a table of a function lies; it is stored once.
  mutating func offset(of table: FunctionTable) -> UInt32 {
    if let offset = functionTables[table] { return offset }
    let offset = image.append(table.entries)
    functionTables[table] = offset
    return offset
  }

  /// Has the record that has just written `slot` apply a function too, where it can: one pass
  /// fewer.
  mutating func fuse(_ function: ActivationFunction, at slot: Slot) -> Bool {
    guard function == .relu || (fusesFunctions && network.integers == nil),
      let last = records.last, last.output == slot.offset, last.function == 0,
      last.kind == SPARROW_LAYER_DENSE.rawValue || last.kind == SPARROW_LAYER_ADD.rawValue
    else { return false }
    records[records.count - 1].function = function.cValue
    return true
  }

  mutating func appendAffine(_ affine: Affine, from x: Slot, to y: Slot) {
    var record = sparrow_layer(SPARROW_LAYER_AFFINE, input: x, output: y)
    // A copy multiplies nothing, and is all there is in fixed point.
    let isCopy = affine.scale.allSatisfy { $0 == 1 }
    record.multiplications = isCopy ? 0 : UInt32(affine.scale.count)
    let padding = zeros(x.width - affine.scale.count)
    record.vectors.0 = image.append(affine.scale + padding)
    record.vectors.1 = image.append(affine.shift + padding)
    append(record, of: "")
  }
}

extension sparrow_layer {
  init(_ kind: sparrow_layer_kind, input: Slot, output: Slot) {
    self.init()
    self.kind = kind.rawValue
    self.input = input.offset
    self.output = output.offset
    width = UInt32(output.width)
  }
}

/// Values with padding up to a multiple of 16.
func padded(_ values: [Int32], with padding: Int32 = 0) -> [Int32] {
  values + [Int32](repeating: padding, count: padded(values.count) - values.count)
}
