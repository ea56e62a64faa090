#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A complex number in double precision: what discretisation is computed in.
package struct ComplexDouble: Sendable {
  package var real: Double
  package var imaginary: Double

  package init(_ real: Double, _ imaginary: Double = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  package var conjugate: ComplexDouble { ComplexDouble(real, -imaginary) }
  package var norm: Double { hypot(real, imaginary) }

  package static func + (a: Self, b: Self) -> Self {
    Self(a.real + b.real, a.imaginary + b.imaginary)
  }
  package static func - (a: Self, b: Self) -> Self {
    Self(a.real - b.real, a.imaginary - b.imaginary)
  }
  package static func * (a: Self, b: Self) -> Self {
    Self(
      a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }
  package static func / (a: Self, b: Self) -> Self {
    let norm = b.real * b.real + b.imaginary * b.imaginary
    return Self(
      (a.real * b.real + a.imaginary * b.imaginary) / norm,
      (a.imaginary * b.real - a.real * b.imaginary) / norm)
  }
  /// By repeated squaring; `exponent` is not negative.
  package func power(_ exponent: Int) -> ComplexDouble {
    var result = ComplexDouble(1)
    var square = self
    var left = exponent
    while left > 0 {
      if left & 1 == 1 { result = result * square }
      square = square * square
      left >>= 1
    }
    return result
  }

  package static func exp(_ z: Self) -> Self {
    let radius = exponential(z.real)
    return Self(radius * cos(z.imaginary), radius * sin(z.imaginary))
  }
  /// The principal value.
  package static func log(_ z: Self) -> Self {
    Self(logarithm(z.norm), atan2(z.imaginary, z.real))
  }
}

/// The C library's functions, by names that the type's own do not hide.
private func exponential(_ x: Double) -> Double { exp(x) }
private func logarithm(_ x: Double) -> Double { log(x) }
