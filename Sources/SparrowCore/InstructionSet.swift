package import CSparrow

/// The instructions that the arithmetic is compiled for.
public struct InstructionSet: Sendable, Hashable {
  let rawValue: sparrow_instruction_set

  /// Plain C: runs everywhere.
  public static let scalar = InstructionSet(rawValue: SPARROW_SCALAR)
  /// Arm's 128-bit vectors.
  public static let neon = InstructionSet(rawValue: SPARROW_NEON)
  /// Arm's 128-bit vectors with the dot products of i8mm (Armv8.6). Images packed for
  /// ``neon`` run with it, too.
  public static let neonI8MM = InstructionSet(rawValue: SPARROW_NEON_I8MM)
  /// x86's 256-bit vectors with fused multiply-add.
  public static let avx2 = InstructionSet(rawValue: SPARROW_AVX2)
  /// x86's 512-bit vectors with the byte, VNNI, VBMI and VBMI2 extensions.
  public static let avx512 = InstructionSet(rawValue: SPARROW_AVX512)

  /// WebAssembly's 128-bit vectors.
  public static let wasm = InstructionSet(rawValue: SPARROW_WASM)

  /// Slowest first.
  public static let all: [InstructionSet] = [
    .scalar, .wasm, .neon, .neonI8MM, .avx2, .avx512,
  ]

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
    case SPARROW_NEON_I8MM: "neon_i8mm"
    case SPARROW_AVX2: "avx2"
    case SPARROW_AVX512: "avx512"
    case SPARROW_WASM: "wasm"
    default: "scalar"
    }
  }

  /// Columns that a step of a lookup can reach, that is, activations that registers hold: one
  /// number, or a narrow window and a wide one.
  package func lookupWindows(_ arithmetic: sparrow_arithmetic) -> (narrow: Int, wide: Int) {
    func windows(_ narrow: Int, _ wide: Int) -> (narrow: Int, wide: Int) { (narrow, wide) }
    if arithmetic == SPARROW_F32 {
      return rawValue == SPARROW_AVX512
        ? windows(SPARROW_AVX512_NARROW_F32, SPARROW_AVX512_WIDE_F32)
        : windows(SPARROW_OTHER_NARROW_F32, SPARROW_OTHER_WIDE_F32)
    }
    return switch rawValue {
    case SPARROW_NEON, SPARROW_NEON_I8MM:
      windows(SPARROW_NEON_NARROW_I8, SPARROW_NEON_WIDE_I8)
    case SPARROW_AVX2: windows(SPARROW_AVX2_NARROW_I8, SPARROW_AVX2_WIDE_I8)
    case SPARROW_AVX512: windows(SPARROW_AVX512_NARROW_I8, SPARROW_AVX512_WIDE_I8)
    case SPARROW_WASM: windows(SPARROW_WASM_NARROW_I8, SPARROW_WASM_WIDE_I8)
    default: windows(SPARROW_SCALAR_NARROW_I8, SPARROW_SCALAR_WIDE_I8)
    }
  }

  /// The C name of the set, by which tables of kernels are chosen.
  package var cValue: sparrow_instruction_set { rawValue }
}
