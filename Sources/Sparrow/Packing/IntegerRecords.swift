import CSparrow

/// One record of a plan for each kind of layer in fixed point.
extension Packer {
  mutating func appendIntegerDense(_ path: String, input: Slot, output: Slot) {
    guard case .dense(let matrix, let shifts)? = integers?.layers[path] else {
      preconditionFailure("a dense layer at \(path)")
    }
    var record = sparrow_layer(SPARROW_LAYER_DENSE, input: input, output: output)
    record.matrices.0 = append(matrix, named: "\(path).weight")
    record.vectors.0 = image.append(padded(shifts))
    appendWithWork(&record, path)
  }

  mutating func appendIntegerGate(_ path: String, at x: Slot) {
    guard case .gate(let matrix, let left, let shifts, let shift)? = integers?.layers[path] else {
      preconditionFailure("a gate at \(path)")
    }
    var record = sparrow_layer(SPARROW_LAYER_GATE, input: x, output: x)
    record.matrices.0 = append(matrix, named: "\(path).weight")
    record.vectors.0 = offset(of: .sigmoid)
    record.vectors.1 = image.append(padded(shifts))
    record.shifts = (UInt32(shift), UInt32(left), 0)
    record.multiplications = UInt32(matrix.rows)
    appendWithWork(&record, path)
  }

  mutating func appendIntegerFunction(_ function: ActivationFunction, _ path: String, at x: Slot) {
    guard case .function(let left, let argument, let result)? = integers?.layers[path] else {
      preconditionFailure("a function at \(path)")
    }
    var record = sparrow_layer(SPARROW_LAYER_ACTIVATION, input: x, output: x)
    record.function = function.cValue
    record.vectors.0 = offset(of: FunctionTable(function))
    record.vectors.1 = image.append([Int32](repeating: Int32(argument), count: x.width))
    record.shifts = (UInt32(left), UInt32(result), 0)
    appendWithWork(&record, path)
  }

  mutating func appendIntegerRecurrence(
    _ layer: LinearRecurrenceLayer, _ path: String, input: Slot, output: Slot
  ) {
    guard case .recurrence(let integers)? = integers?.layers[path] else {
      preconditionFailure("a recurrence at \(path)")
    }
    let states = layer.states
    let stored = Sparrow.padded(states)
    let width = integers.d.count

    // B: real rows, then imaginary rows, each padded, so that a state's parts are vectors.
    let rows = [Int8](repeating: 0, count: (stored - states) * width)
    let b = IntegerMatrix(
      rows: 2 * stored, columns: width,
      weights: integers.b.real.weights + rows + integers.b.imaginary.weights + rows,
      bias: padded(integers.b.real.bias) + padded(integers.b.imaginary.bias))
    // C: real columns, then imaginary ones, padded likewise.
    var c = IntegerMatrix(rows: width, columns: 2 * stored, weights: [], bias: integers.c.real.bias)
    let columns = [Int8](repeating: 0, count: stored - states)
    for row in 0..<width {
      let own = row * states..<(row + 1) * states
      c.weights += integers.c.real.weights[own] + columns
      c.weights += integers.c.imaginary.weights[own] + columns
    }

    var record = sparrow_layer(SPARROW_LAYER_LINEAR_RECURRENCE, input: input, output: output)
    record.function =
      layer.rectifiesState
      ? SPARROW_ACTIVATION_RELU.rawValue : SPARROW_ACTIVATION_NONE.rawValue
    record.states = UInt32(stored)
    record.multiplications = UInt32(8 * states + width)
    record.state = UInt32(stateCount)
    record.matrices.0 = append(b, named: "\(path).B", ownRows: 2 * states)
    record.matrices.1 = append(c, named: "\(path).C", ownColumns: 2 * states)
    record.vectors.0 = image.append(padded(integers.a.real) + padded(integers.a.imaginary))
    record.vectors.1 = image.append(
      padded(integers.f.real) + padded(integers.f.imaginary) + padded(integers.fShifts))
    // Padding is shifted too, by a number that is allowed.
    record.vectors.2 = image.append(padded(integers.d) + padded(integers.cShifts, with: 1))
    record.shifts = (
      UInt32(integers.aShift), UInt32(integers.readShift), UInt32(integers.dShift)
    )
    appendWithWork(&record, path)
    appendStates(states, stored: stored, path, at: stateCount)
    stateCount += 2 * stored
  }

  private mutating func append(
    _ matrix: IntegerMatrix, named name: String, ownRows: Int? = nil, ownColumns: Int? = nil
  ) -> sparrow_matrix {
    append(
      MatrixToPack(
        rows: matrix.rows, columns: matrix.columns, weights: matrix.weights, bias: matrix.bias,
        activationBits: network.quantization!.scheme.activationBits,
        ownRows: ownRows ?? matrix.rows, ownColumns: ownColumns ?? matrix.columns), named: name)
  }

  /// Appends a record with a place to work at, which is free again once the layer is done.
  private mutating func appendWithWork(_ record: inout sparrow_layer, _ path: String) {
    let words = Int(IntegerWork(record).count)
    let work = scratch.allocate(words * scratch.valuesPerWord)
    record.work = work.offset
    scratch.release(work)
    append(record, of: path)
  }

  private mutating func offset(of table: FunctionTable) -> UInt32 {
    if let offset = functionTables[table] { return offset }
    let offset = image.append(table.entries)
    functionTables[table] = offset
    return offset
  }

  /// Values with padding up to a multiple of 16.
  private func padded(_ values: [Int32], with padding: Int32 = 0) -> [Int32] {
    values + [Int32](repeating: padding, count: Sparrow.padded(values.count) - values.count)
  }
}
