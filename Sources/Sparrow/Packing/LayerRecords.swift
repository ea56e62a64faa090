import CSparrow

/// One record of a plan for each kind of layer.
extension Packer {
  mutating func appendDense(
    _ path: String, input: Slot, output: Slot, folding affine: Affine?
  ) {
    if integers != nil {
      appendIntegerDense(path, input: input, output: output)
      return
    }
    var matrix = MatrixToPack(network["\(path).weight"], bias: network["\(path).bias"])
    if let affine { matrix.fold(affine) }
    var record = sparrow_layer(SPARROW_LAYER_DENSE, input: input, output: output)
    record.matrices.0 = append(matrix, named: "\(path).weight")
    append(record, of: path)
  }

  mutating func appendRecurrence(
    _ layer: LinearRecurrenceLayer, _ path: String, input: Slot, output: Slot,
    folding affine: Affine?
  ) {
    if integers != nil {
      appendIntegerRecurrence(layer, path, input: input, output: output)
      return
    }
    func values(_ name: String) -> [Float] { network["\(path).\(name)"].values }
    let inputs = values("D").count
    let states = layer.states
    let stored = padded(states)

    // B: real rows, then imaginary rows, each padded, so that a state's parts are vectors.
    let padding = zeros((stored - states) * inputs)
    var b = MatrixToPack(
      rows: 2 * stored, columns: inputs,
      weights: values("B.real") + padding + values("B.imaginary") + padding,
      ownRows: 2 * states)
    var d = values("D")
    var bias = zeros(inputs)
    if layer.hasBias {
      let padding = zeros(stored - states)
      b.bias = values("inputBias.real") + padding + values("inputBias.imaginary") + padding
      bias = values("bias")
    }
    if let affine {
      b.fold(affine)
      for i in bias.indices { bias[i] += d[i] * affine.shift[i] }
      d = zip(d, affine.scale).map { $0 * $1 }
    }

    // s Re(C x) as a real matrix on [Re x, Im x].
    let scale: Float = layer.conjugateSymmetry ? 2 : 1
    var c = zeros(inputs * 2 * stored)
    let cReal = values("C.real")
    let cImaginary = values("C.imaginary")
    for row in 0..<inputs {
      for state in 0..<states {
        c[row * 2 * stored + state] = scale * cReal[row * states + state]
        c[row * 2 * stored + stored + state] = -scale * cImaginary[row * states + state]
      }
    }

    var a = zeros(2 * stored)
    var f = zeros(2 * stored)
    let system = layer.system(values)
    for i in 0..<states {
      (a[i], a[stored + i]) = (Float(system.a[i].real), Float(system.a[i].imaginary))
      (f[i], f[stored + i]) = (Float(system.f[i].real), Float(system.f[i].imaginary))
    }

    let work = scratch.allocate(2 * stored)
    var record = sparrow_layer(
      SPARROW_LAYER_LINEAR_RECURRENCE, input: input, output: output, work: work)
    record.function =
      layer.rectifiesState
      ? SPARROW_ACTIVATION_RELU.rawValue : SPARROW_ACTIVATION_NONE.rawValue
    record.states = UInt32(stored)
    record.multiplications = UInt32(8 * states + inputs)
    record.state = UInt32(stateCount)
    record.matrices.0 = append(b, named: "\(path).B")
    record.matrices.1 = append(
      MatrixToPack(
        rows: inputs, columns: 2 * stored, weights: c,
        bias: affine == nil && !layer.hasBias ? nil : bias,
        ownColumns: 2 * states), named: "\(path).C")
    record.vectors.0 = image.append(a)
    record.vectors.1 = image.append(f)
    record.vectors.2 = image.append(d + zeros(padded(inputs) - inputs))
    append(record, of: path)
    appendStates(states, stored: stored, path, at: stateCount)
    stateCount += 2 * stored
    scratch.release(work)
  }

  mutating func appendGate(_ path: String, at x: Slot) {
    if integers != nil {
      appendIntegerGate(path, at: x)
      return
    }
    let work = scratch.allocate(x.width)
    var record = sparrow_layer(SPARROW_LAYER_GATE, input: x, output: x, work: work)
    let weight = network["\(path).weight"]
    record.matrices.0 = append(
      MatrixToPack(weight, bias: network["\(path).bias"]), named: "\(path).weight")
    record.multiplications = UInt32(weight.shape[0])
    append(record, of: path)
    scratch.release(work)
  }

  mutating func append(_ function: ActivationFunction, _ path: String, at x: Slot) {
    if integers != nil && function != .relu {
      appendIntegerFunction(function, path, at: x)
      return
    }
    // One pass fewer where the layer before has just written x and takes a function itself.
    if function == .relu || fusesFunctions, let last = records.last, last.output == x.offset,
      last.function == 0,
      last.kind == SPARROW_LAYER_DENSE.rawValue || last.kind == SPARROW_LAYER_ADD.rawValue
    {
      fuse(function)
      return
    }
    var record = sparrow_layer(SPARROW_LAYER_ACTIVATION, input: x, output: x)
    record.function = function.cValue
    append(record, of: path)
  }

  mutating func appendAdd(_ path: String, _ x: Slot, to y: Slot) {
    var record = sparrow_layer(SPARROW_LAYER_ADD, input: x, output: y)
    if case .sum(let input, let branch, let shift)? = integers?.layers[path] {
      record.shifts = (UInt32(input), UInt32(branch), UInt32(shift))
    }
    append(record, of: path)
  }

  mutating func appendAffine(_ affine: Affine, from x: Slot, to y: Slot, path: String) {
    var record = sparrow_layer(SPARROW_LAYER_AFFINE, input: x, output: y)
    // A copy multiplies nothing, and is all there is in fixed point.
    let isCopy = affine.scale.allSatisfy { $0 == 1 }
    record.multiplications = isCopy ? 0 : UInt32(affine.scale.count)
    let padding = zeros(x.width - affine.scale.count)
    record.vectors.0 = image.append(affine.scale + padding)
    record.vectors.1 = image.append(affine.shift + padding)
    append(record, of: path)
  }
}

extension sparrow_layer {
  init(_ kind: sparrow_layer_kind, input: Slot, output: Slot, work: Slot? = nil) {
    self.init()
    self.kind = kind.rawValue
    self.input = input.offset
    self.output = output.offset
    self.work = work?.offset ?? 0
    width = UInt32(output.width)
  }
}

extension ActivationFunction {
  var cValue: UInt32 {
    switch self {
    case .relu: SPARROW_ACTIVATION_RELU.rawValue
    case .gelu: SPARROW_ACTIVATION_GELU.rawValue
    case .sigmoid: SPARROW_ACTIVATION_SIGMOID.rawValue
    case .tanh: SPARROW_ACTIVATION_TANH.rawValue
    }
  }
}
