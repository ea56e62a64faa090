import CSparrow
public import SparrowCore

/// The numbers that training computes in: `Float` to train, `Double` to check gradients.
public protocol TrainingScalar: BinaryFloatingPoint, BitwiseCopyable, Codable, SIMDScalar, Sendable
{
  /// The kernels of an instruction set.
  static func kernels(_ instructionSet: InstructionSet) -> TrainingKernels<Self>
  /// The kernels of recurrent cells of an instruction set.
  static func cellKernels(_ instructionSet: InstructionSet) -> CellKernels<Self>
  /// Nil where the processor lacks the arithmetic.
  static func products(
    _ instructionSet: InstructionSet, _ arithmetic: ProductArithmetic
  ) -> ProductKernels<Self>?
}

/// The C kernels of training; see `sparrow_training_kernels.h` for operands and layouts.
public struct TrainingKernels<Scalar: TrainingScalar>: @unchecked Sendable {
  typealias In = UnsafePointer<Scalar>
  typealias Out = UnsafeMutablePointer<Scalar>
  typealias Scan = UnsafePointer<sparrow_scan>

  let scanForward: (Scan, _ a: In, _ f: In, _ w: In, _ x: Out, _ carry: Out) -> Void
  let scanCarry: (Scan, _ a: In, _ x: Out, _ carry: Out) -> Void
  let scanBackward:
    (
      Scan, _ a: In, _ f: In, _ w: In, _ x: In, _ first: In?, _ g: Out, _ adjoint: Out,
      _ aGradient: Out, _ fGradient: Out
    ) -> Void
  let add: (Int, _ x: In, _ y: Out) -> Void
  let relu: (Int, _ x: In, _ y: Out) -> Void
  let reluBackward: (Int, _ y: In, _ dy: In, _ dx: Out) -> Void
  let gelu: (Int, _ x: In, _ y: Out) -> Void
  let geluBackward: (Int, _ x: In, _ dy: In, _ dx: Out) -> Void
  let sigmoid: (Int, _ x: In, _ y: Out) -> Void
  let gate: (Int, _ x: In, _ g: In, _ y: Out) -> Void
  let gateBackward: (Int, _ x: In, _ g: In, _ dy: In, _ dx: Out, _ dg: Out) -> Void
  let sumOfSquares: (Int, _ x: In) -> Double
  let adam:
    (
      Int, UnsafePointer<sparrow_adam>, _ gradient: In, _ m: Out, _ v: Out, _ weight: Out
    ) -> Void
  let descend: (Int, _ rate: Double, _ shrink: Double, _ gradient: In, _ weight: Out) -> Void
  let approach: (Int, _ share: Double, _ x: In, _ y: Out) -> Void
  let affine: (_ rows: Int, _ columns: Int, _ x: In, _ s: In?, _ t: In?, Out) -> Void
  let multiplyAdd: (_ rows: Int, _ columns: Int, _ x: In, _ s: In, _ y: Out) -> Void
  let combine: (_ rows: Int, _ columns: Int, _ p: In, _ x: In, _ q: In, _ r: In, _ y: Out) -> Void
  let columnSums: (_ rows: Int, _ columns: Int, _ x: In, _ y: In?, _ sum: Out) -> Void
  /// See ``CrossEntropy``.
  let crossEntropy:
    (
      _ rows: Int, _ columns: Int, _ targets: UnsafePointer<Int32>, _ scale: Double, _ logits: Out
    ) -> Double
  let complexReLU: (_ rows: Int, _ states: Int, _ x: In, _ y: Out) -> Void
  let complexReLUBackward: (_ rows: Int, _ states: Int, _ x: In, _ dy: Out) -> Void
}

extension Float: TrainingScalar {
  /// The kernels of an instruction set.
  public static func kernels(_ instructionSet: InstructionSet) -> TrainingKernels<Float> {
    precondition(instructionSet.isSupported, "this processor lacks the instruction set")
    let table = sparrow_training_kernels_f32_for(instructionSet.cValue).pointee
    return TrainingKernels(
      scanForward: table.scan_forward, scanCarry: table.scan_carry,
      scanBackward: table.scan_backward, add: table.add, relu: table.relu,
      reluBackward: table.relu_backward, gelu: table.gelu, geluBackward: table.gelu_backward,
      sigmoid: table.sigmoid, gate: table.gate, gateBackward: table.gate_backward,
      sumOfSquares: table.sum_of_squares, adam: table.adam,
      descend: table.descend, approach: table.approach, affine: table.affine,
      multiplyAdd: table.multiply_add, combine: table.combine, columnSums: table.column_sums,
      crossEntropy: table.cross_entropy,
      complexReLU: table.complex_relu, complexReLUBackward: table.complex_relu_backward)
  }
}

extension Double: TrainingScalar {
  /// The kernels of an instruction set.
  public static func kernels(_ instructionSet: InstructionSet) -> TrainingKernels<Double> {
    let table = sparrow_training_kernels_f64_for(instructionSet.cValue).pointee
    return TrainingKernels(
      scanForward: table.scan_forward, scanCarry: table.scan_carry,
      scanBackward: table.scan_backward, add: table.add, relu: table.relu,
      reluBackward: table.relu_backward, gelu: table.gelu, geluBackward: table.gelu_backward,
      sigmoid: table.sigmoid, gate: table.gate, gateBackward: table.gate_backward,
      sumOfSquares: table.sum_of_squares, adam: table.adam,
      descend: table.descend, approach: table.approach, affine: table.affine,
      multiplyAdd: table.multiply_add, combine: table.combine, columnSums: table.column_sums,
      crossEntropy: table.cross_entropy,
      complexReLU: table.complex_relu, complexReLUBackward: table.complex_relu_backward)
  }
}
