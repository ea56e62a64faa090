#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension LinearRecurrenceLayer {
  /// Ā and the factor f with B̄ = f B, for one eigenvalue; see the type for the formulas.
  package func discretize(
    eigenvalue: ComplexDouble, logStep: Double
  ) -> (a: ComplexDouble, f: ComplexDouble) {
    let lambda = bounded(eigenvalue, logStep: logStep)
    let step = ComplexDouble(exp(logStep))
    let one = ComplexDouble(1)
    switch discretization {
    case .zeroOrderHold:
      let a = ComplexDouble.exp(lambda * step)
      return (a, (a - one) / lambda)
    case .bilinear:
      let half = lambda * step * ComplexDouble(0.5)
      return ((one + half) / (one - half), step / (one - half))
    case .discrete:
      preconditionFailure("a discrete system is what discretisation gives")
    }
  }

  /// Ā and f of every state.
  ///
  /// - Parameter values: the values of one of the layer's parameters, by its own name.
  package func system(_ values: (String) -> [Float]) -> (a: [ComplexDouble], f: [ComplexDouble]) {
    func complex(_ name: String) -> [ComplexDouble] {
      zip(values("\(name).real"), values("\(name).imaginary")).map {
        ComplexDouble(Double($0), Double($1))
      }
    }
    if discretization == .discrete { return (complex("A"), complex("f")) }
    let pairs = zip(complex("eigenvalues"), values("logStep")).map {
      discretize(eigenvalue: $0, logStep: Double($1))
    }
    return (pairs.map(\.a), pairs.map(\.f))
  }

  /// The gradient of a loss by the eigenvalue's parts and by `logStep`, from those by a and f,
  /// where a gradient by a complex number is the one by its real part plus i times the one by its
  /// imaginary.
  package func discretizeBackward(
    eigenvalue: ComplexDouble, logStep: Double, aGradient: ComplexDouble, fGradient: ComplexDouble
  ) -> (eigenvalue: ComplexDouble, logStep: Double) {
    let lambda = bounded(eigenvalue, logStep: logStep)
    let step = ComplexDouble(exp(logStep))
    let one = ComplexDouble(1)
    let (a, f) = discretize(eigenvalue: eigenvalue, logStep: logStep)
    // Derivatives of a and f by λ and by the step Δ.
    var aByLambda: ComplexDouble
    var fByLambda: ComplexDouble
    var aByStep: ComplexDouble
    var fByStep: ComplexDouble
    switch discretization {
    case .zeroOrderHold:
      aByLambda = step * a
      fByLambda = (step * a - f) / lambda
      aByStep = lambda * a
      fByStep = a
    case .bilinear:
      let rest = one - lambda * step * ComplexDouble(0.5)
      aByLambda = step / (rest * rest)
      fByLambda = step * step * ComplexDouble(0.5) / (rest * rest)
      aByStep = lambda / (rest * rest)
      fByStep = one / (rest * rest)
    case .discrete:
      preconditionFailure("a discrete system is what discretisation gives")
    }
    var byLambda = aByLambda.conjugate * aGradient + fByLambda.conjugate * fGradient
    let byStep = aByStep.conjugate * aGradient + fByStep.conjugate * fGradient
    // A longer step leaves less to be taken from λ.
    let byLogStep = byStep.real * step.real + byLambda.real * decay(logStep: logStep)
    if eigenvalue.real > Double(Self.stabilityBound) { byLambda.real = 0 }
    return (byLambda, byLogStep)
  }

  private func bounded(_ eigenvalue: ComplexDouble, logStep: Double) -> ComplexDouble {
    let real = min(eigenvalue.real, Double(Self.stabilityBound)) - decay(logStep: logStep)
    return ComplexDouble(real, eigenvalue.imaginary)
  }

  /// 1 / (τ Δ): what the bound on time constants takes from the real part of λ.
  private func decay(logStep: Double) -> Double {
    maximumTimeConstant.map { exp(-logStep) / Double($0) } ?? 0
  }
}
