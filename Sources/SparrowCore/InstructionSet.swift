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

  /// The fastest one that is supported and may run images packed for another one, given by its
  /// value in C; ``scalar`` where none is sure to.
  static func running(imagesFor packed: UInt32) -> InstructionSet {
    // Without arrays, which would be variables of a microcontroller.
    let (first, second): (InstructionSet, InstructionSet) =
      switch sparrow_instruction_set(rawValue: packed) {
      case SPARROW_NEON, SPARROW_NEON_I8MM: (.neonI8MM, .neon)
      case SPARROW_AVX2: (.avx2, .scalar)
      case SPARROW_AVX512: (.avx512, .scalar)
      // The windows and the order of weights of AVX2.
      case SPARROW_WASM: (.wasm, .avx2)
      default: (.scalar, .scalar)
      }
    return first.isSupported ? first : second.isSupported ? second : .scalar
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

  /// Columns that a step of a lookup can reach, that is, activations that registers hold, in its
  /// narrowest window and in wider ones: the same again where an instruction set has fewer.
  package func lookupWindows(
    _ arithmetic: sparrow_arithmetic
  ) -> (narrow: Int, wide: Int, widest: Int) {
    // No arrays: a microcontroller would have them in RAM.
    func windows(
      _ narrow: Int, _ wide: Int? = nil, _ widest: Int? = nil
    ) -> (narrow: Int, wide: Int, widest: Int) {
      (narrow, wide ?? narrow, widest ?? wide ?? narrow)
    }
    if arithmetic == SPARROW_F32 {
      return rawValue == SPARROW_AVX512
        ? windows(SPARROW_AVX512_NARROW_F32, SPARROW_AVX512_WIDE_F32)
        : windows(SPARROW_OTHER_WINDOW_F32)
    }
    return switch rawValue {
    case SPARROW_NEON, SPARROW_NEON_I8MM: windows(SPARROW_NEON_WINDOW_I8)
    case SPARROW_AVX2: windows(SPARROW_AVX2_NARROW_I8, SPARROW_AVX2_WIDE_I8)
    case SPARROW_AVX512:
      windows(SPARROW_AVX512_NARROW_I8, SPARROW_AVX512_WIDE_I8, SPARROW_AVX512_WIDEST_I8)
    case SPARROW_WASM: windows(SPARROW_WASM_NARROW_I8, SPARROW_WASM_WIDE_I8)
    default: windows(SPARROW_SCALAR_WINDOW_I8)
    }
  }

  /// Whether products of bytes with 16-bit activations multiply pairs of 16-bit numbers; see
  /// `common/pairs.h`.
  package func multipliesPairs(_ arithmetic: sparrow_arithmetic) -> Bool {
    (rawValue == SPARROW_AVX2 || rawValue == SPARROW_WASM)
      && (arithmetic == SPARROW_W8A16 || arithmetic == SPARROW_W8)
  }

  /// The offset of activations in products with bytes that look at every column, for which a
  /// matrix's bias compensates; see `common/planes.h`.
  package func activationOffset(_ arithmetic: sparrow_arithmetic) -> Int32 {
    if arithmetic == SPARROW_W8A8 { return 128 }
    return multipliesPairs(arithmetic) ? 0 : 128 * 256
  }

  /// The shape of a lookup's panels: rows of all but the last one, and weights of a row that a step
  /// takes at most, which lie side by side.
  package func lookupPanel(_ arithmetic: sparrow_arithmetic) -> (rows: Int, side: Int) {
    if arithmetic == SPARROW_F32 { return (64, 1) }
    return multipliesPairs(arithmetic) ? (32, 2) : (64, 4)
  }

  /// The C name of the set, by which tables of kernels are chosen.
  package var cValue: sparrow_instruction_set { rawValue }
}
