import CSparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A function of one number in fixed point: its values at the multiples of 1/64 from 0 to 8, each
/// times 2^15 and rounded to nearest. Between them it is straight.
///
/// None of the values lies so near to the middle between two integers that an accurate exponential
/// of another machine could round it otherwise.
enum FunctionTable: CaseIterable, Sendable {
  /// The logistic sigmoid.
  case sigmoid
  /// The hyperbolic tangent.
  case tanh
  /// GELU's factor of its argument (approximation by tanh, Hendrycks and Gimpel 2016).
  case geluFactor

  /// An argument is worth 2^-12, a value 2^-15.
  static let argumentExponent = 12
  static let valueExponent = 15

  init(_ function: ActivationFunction) {
    switch function {
    case .sigmoid: self = .sigmoid
    case .tanh: self = .tanh
    case .gelu: self = .geluFactor
    case .relu: preconditionFailure("a rectifier needs no table")
    }
  }

  /// As the kernels want them: an entry a segment, with the value where it begins in the low half
  /// and what the next one has more in the high half; then what is added to the negative of a value
  /// to make that at the negative argument.
  var entries: [Int32] {
    let segments = Int(sparrow_function_segments)
    let values = (0...segments).map { Int32(exact(at: $0).rounded()) }
    let entries = (0..<segments).map { (values[$0 + 1] - values[$0]) << 16 | values[$0] }
    let complement: Int32 = self == .tanh ? 0 : 1 << 15
    return entries + [complement]
      + [Int32](repeating: 0, count: Int(sparrow_function_table_count) - segments - 1)
  }

  /// 2^15 times the function at index / 64, before rounding.
  func exact(at index: Int) -> Double {
    let x = Double(index) / 64
    let value =
      switch self {
      case .sigmoid: 1 / (1 + exp(-x))
      case .tanh: Self.tanh(x)
      case .geluFactor:
        0.5 * (1 + Self.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
      }
    return value * 32768
  }

  private static func tanh(_ x: Double) -> Double { 1 - 2 / (exp(2 * x) + 1) }
}
