package import CSparrow

/// The instructions that the arithmetic is compiled for.
public struct InstructionSet: Sendable, Hashable {
  let rawValue: sparrow_instruction_set

  /// Plain C: runs everywhere.
  public static let scalar = InstructionSet(rawValue: SPARROW_SCALAR)
  /// Arm's 128-bit vectors.
  public static let neon = InstructionSet(rawValue: SPARROW_NEON)
  /// x86's 256-bit vectors with fused multiply-add.
  public static let avx2 = InstructionSet(rawValue: SPARROW_AVX2)
  /// x86's 512-bit vectors with the byte, VNNI, VBMI and VBMI2 extensions.
  public static let avx512 = InstructionSet(rawValue: SPARROW_AVX512)

  /// Slowest first.
  public static let all: [InstructionSet] = [.scalar, .neon, .avx2, .avx512]

  /// Whether this build and this processor can run it.
  public var isSupported: Bool { sparrow_supports(rawValue) }

  /// The fastest one that is supported.
  public static var best: InstructionSet {
    InstructionSet(rawValue: sparrow_best_instruction_set())
  }

  /// The name, as in `SPARROW_ISA`.
  public var name: StaticString {
    switch rawValue {
    case SPARROW_NEON: "neon"
    case SPARROW_AVX2: "avx2"
    case SPARROW_AVX512: "avx512"
    default: "scalar"
    }
  }

  /// The C name of the set, by which tables of kernels are chosen.
  package var cValue: sparrow_instruction_set { rawValue }
}
