#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A complex number in double precision: what discretisation is computed in.
struct ComplexDouble {
  var real: Double
  var imaginary: Double

  static func + (a: Self, b: Self) -> Self {
    Self(real: a.real + b.real, imaginary: a.imaginary + b.imaginary)
  }
  static func - (a: Self, b: Self) -> Self {
    Self(real: a.real - b.real, imaginary: a.imaginary - b.imaginary)
  }
  static func * (a: Self, b: Self) -> Self {
    Self(
      real: a.real * b.real - a.imaginary * b.imaginary,
      imaginary: a.real * b.imaginary + a.imaginary * b.real)
  }
  static func / (a: Self, b: Self) -> Self {
    let norm = b.real * b.real + b.imaginary * b.imaginary
    return Self(
      real: (a.real * b.real + a.imaginary * b.imaginary) / norm,
      imaginary: (a.imaginary * b.real - a.real * b.imaginary) / norm)
  }
  static func exp(_ z: Self) -> Self {
    let radius = _exp(z.real)
    return Self(real: radius * cos(z.imaginary), imaginary: radius * sin(z.imaginary))
  }
}

private func _exp(_ x: Double) -> Double { exp(x) }

extension LinearRecurrenceLayer {
  /// Ā and the factor f with B̄ = f B, for one eigenvalue; see the type for the formulas.
  func discretize(
    eigenvalue: ComplexDouble, logStep: Double
  ) -> (a: ComplexDouble, f: ComplexDouble) {
    let lambda = ComplexDouble(
      real: min(eigenvalue.real, Double(Self.stabilityBound)), imaginary: eigenvalue.imaginary)
    let step = ComplexDouble(real: _exp(logStep), imaginary: 0)
    let one = ComplexDouble(real: 1, imaginary: 0)
    switch discretization {
    case .zeroOrderHold:
      let a = ComplexDouble.exp(lambda * step)
      return (a, (a - one) / lambda)
    case .bilinear:
      let half = lambda * step * ComplexDouble(real: 0.5, imaginary: 0)
      return ((one + half) / (one - half), step / (one - half))
    }
  }
}
