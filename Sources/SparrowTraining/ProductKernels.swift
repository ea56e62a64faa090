import CSparrow
public import SparrowCore

/// The precision of the operands of matrix products in training. Sums and everything else are in
/// single precision.
public enum ProductPrecision: String, Sendable, Codable, CaseIterable {
  /// Single precision.
  case float32
  /// bfloat16, rounded to nearest, ties to even: about twice as fast on processors with
  /// AVX512_BF16, and slower on others.
  case bfloat16

  /// Reads a precision by its name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let precision = ProductPrecision(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "unknown precision `\(name)`; expected `float32` or `bfloat16`")
    }
    self = precision
  }
}

/// The C kernels of matrix products; see `sparrow_product_kernels.h`.
public struct ProductKernels<Scalar: TrainingScalar>: @unchecked Sendable {
  typealias In = UnsafePointer<Scalar>
  typealias Out = UnsafeMutablePointer<Scalar>

  let workspace: () -> Int
  let multiply:
    (
      _ m: Int, _ n: Int, _ k: Int, _ a: In, _ aRow: Int, _ aColumn: Int, _ b: In, _ bRow: Int,
      _ bColumn: Int, _ c: Out, _ cRow: Int, _ accumulate: Int32, _ bias: In?, _ workspace: Out
    ) -> Void
  let packedSize: (_ n: Int, _ k: Int) -> Int
  let pack: (_ n: Int, _ k: Int, _ b: In, _ bRow: Int, _ bColumn: Int, _ packed: Out) -> Void
  let multiplyPacked:
    (
      _ m: Int, _ n: Int, _ k: Int, _ a: In, _ aRow: Int, _ aColumn: Int, _ packed: In, _ c: Out,
      _ cRow: Int, _ accumulate: Int32, _ bias: In?, _ workspace: Out
    ) -> Void

  /// From any of these columns on, a matrix may be packed apart.
  static var grain: Int { 32 }
}

extension ProductPrecision {
  /// The implementations, fastest first; not every processor has all of them.
  var arithmetics: [ProductArithmetic] {
    switch self {
    case .float32: [.exact]
    case .bfloat16: [.paired, .rounded]
    }
  }
}

/// How operands of matrix products are multiplied.
public enum ProductArithmetic: Sendable {
  /// In single precision.
  case exact
  /// Rounded to bfloat16 first, then in single precision.
  case rounded
  /// In pairs of bfloat16, by the processor's instruction for it (AVX512_BF16).
  case paired

  fileprivate var cValue: sparrow_product_arithmetic {
    switch self {
    case .exact: SPARROW_PRODUCT_EXACT
    case .rounded: SPARROW_PRODUCT_ROUNDED
    case .paired: SPARROW_PRODUCT_PAIRED
    }
  }
}

extension TrainingScalar {
  /// The fastest kernels of that precision.
  static func products(
    _ instructionSet: InstructionSet, _ precision: ProductPrecision
  ) -> ProductKernels<Self> {
    for arithmetic in precision.arithmetics {
      if let kernels = products(instructionSet, arithmetic) { return kernels }
    }
    preconditionFailure("no instruction set lacks both")
  }
}

extension Float {
  /// The kernels of an arithmetic; nil if the processor lacks it.
  public static func products(
    _ instructionSet: InstructionSet, _ arithmetic: ProductArithmetic
  ) -> ProductKernels<Float>? {
    precondition(instructionSet.isSupported, "this processor lacks the instruction set")
    guard let table = sparrow_products_f32_for(instructionSet.cValue, arithmetic.cValue)?.pointee
    else {
      return nil
    }
    return ProductKernels(
      workspace: table.workspace, multiply: table.multiply, packedSize: table.packed_size,
      pack: table.pack, multiplyPacked: table.multiply_packed)
  }
}

extension Double {
  /// The kernels of an arithmetic; nil if the processor lacks it.
  public static func products(
    _ instructionSet: InstructionSet, _ arithmetic: ProductArithmetic
  ) -> ProductKernels<Double>? {
    guard let table = sparrow_products_f64_for(instructionSet.cValue, arithmetic.cValue)?.pointee
    else {
      return nil
    }
    return ProductKernels(
      workspace: table.workspace, multiply: table.multiply, packedSize: table.packed_size,
      pack: table.pack, multiplyPacked: table.multiply_packed)
  }
}
