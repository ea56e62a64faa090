#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Network {
  /// The values of a network in fixed point as one of single precision that can be trained on: the
  /// inverse of ``fixedPointForm()`` and of rounding, as far as they have one. Normalisations stay
  /// folded.
  ///
  /// - Parameter maximumTimeConstant: frames, the bound that linear recurrences get for training;
  ///   see ``LinearRecurrenceLayer/maximumTimeConstant``. Time constants stay as they are up to
  ///   that; nil for no bound.
  /// - Throws: ``NetworkError`` where a discrete system is that of no continuous one, by zero-order
  ///   hold, with so short time constants.
  public func trainableForm(maximumTimeConstant: Float? = nil) throws(NetworkError) -> Network {
    var parameters = self.parameters
    let layers = try self.layers.trainableForm(
      path: "", maximumTimeConstant: maximumTimeConstant, &parameters)
    return try Network(
      inputWidth: inputWidth, layers: layers, parameters: parameters, frontEnd: frontEnd,
      information: information)
  }
}

extension [Layer] {
  func trainableForm(
    path: String, maximumTimeConstant: Float?, _ parameters: inout [String: Tensor]
  ) throws(NetworkError) -> [Layer] {
    var result: [Layer] = []
    for (index, layer) in enumerated() {
      let place = "\(path.isEmpty ? "" : "\(path).")layers.\(index)"
      switch layer {
      case .residual(let branch):
        result.append(
          .residual(
            try branch.trainableForm(
              path: place, maximumTimeConstant: maximumTimeConstant, &parameters)))
      case .linearRecurrence(let recurrence):
        result.append(
          .linearRecurrence(
            try recurrence.trainableForm(
              at: place, maximumTimeConstant: maximumTimeConstant, &parameters)))
      default:
        result.append(layer)
      }
    }
    return result
  }
}

extension LinearRecurrenceLayer {
  /// A layer with eigenvalues and steps in place of Ā and f. As Ā = e^(λ Δ) and f = (Ā - 1) / λ,
  /// λ = (Ā - 1) / f and Δ = log(Ā) / λ: of the logarithms, the one that makes Δ positive and real.
  fileprivate func trainableForm(
    at path: String, maximumTimeConstant: Float?, _ parameters: inout [String: Tensor]
  ) throws(NetworkError) -> LinearRecurrenceLayer {
    guard discretization == .discrete else { return self }
    let (a, f) = system { parameters["\(path).\($0)"]!.values }
    var layer = self
    layer.discretization = .zeroOrderHold
    layer.maximumTimeConstant = maximumTimeConstant
    var eigenvalues: [ComplexDouble] = []
    var logSteps: [Double] = []
    for (state, (a, f)) in zip(a, f).enumerated() {
      guard
        let (eigenvalue, logStep) = layer.continuous(a: a, f: f),
        case let again = layer.discretize(eigenvalue: eigenvalue, logStep: logStep),
        (again.a - a).norm < 1e-3, case let rest = f / again.f,
        abs(rest.imaginary) < 1e-2 * rest.real
      else {
        throw .invalid(
          "\(path): state \(state) has A = \(a.real) + \(a.imaginary) i and f = \(f.real) + "
            + "\(f.imaginary) i, which no zero-order hold gives"
            + (maximumTimeConstant.map { " with time constants of at most \($0) frames" } ?? ""))
      }
      eigenvalues.append(eigenvalue)
      logSteps.append(logStep)
      // The input matrix compensates the rounding error of f.
      for name in ["B.real", "B.imaginary", "inputBias.real", "inputBias.imaginary"] {
        parameters["\(path).\(name)"]?.scaleRow(state, by: Float(rest.real))
      }
    }
    for name in ["A", "f"] {
      for part in ["real", "imaginary"] { parameters["\(path).\(name).\(part)"] = nil }
    }
    func set(_ name: String, _ values: [Double]) {
      parameters["\(path).\(name)"] = Tensor(shape: [states], values: values.map(Float.init))
    }
    set("eigenvalues.real", eigenvalues.map(\.real))
    set("eigenvalues.imaginary", eigenvalues.map(\.imaginary))
    set("logStep", logSteps)
    return layer
  }

  /// The eigenvalue, before it is bounded, and the logarithm of the step that give a and f.
  private func continuous(
    a: ComplexDouble, f: ComplexDouble
  ) -> (eigenvalue: ComplexDouble, logStep: Double)? {
    let lambda = (a - ComplexDouble(1)) / f
    let logarithm = ComplexDouble.log(a)
    let steps = (-2...2).map { turns in
      ComplexDouble(logarithm.real, logarithm.imaginary + 2 * .pi * Double(turns)) / lambda
    }
    let possible = steps.filter { $0.real > 0 && $0.real.isFinite }
    guard let step = possible.min(by: { abs($0.imaginary / $0.real) < abs($1.imaginary / $1.real) })
    else { return nil }
    let eigenvalue = (step * lambda) / ComplexDouble(step.real)
    let decay = maximumTimeConstant.map { 1 / (step.real * Double($0)) } ?? 0
    return (ComplexDouble(eigenvalue.real + decay, eigenvalue.imaginary), log(step.real))
  }
}

extension Tensor {
  fileprivate mutating func scaleRow(_ row: Int, by factor: Float) {
    let width = shape.dropFirst().reduce(1, *)
    for i in row * width..<(row + 1) * width { values[i] *= factor }
  }
}
