import CSparrow
import SparrowCore

/// A kind of processor that plans are packed for, where processors of one instruction set differ so
/// much that they need other matrix formats.
public enum Processor: String, Sendable, CaseIterable {
  /// Arm's Cortex-M: 32 bits, no vectors to speak of, an instruction after the other out of flash.
  case cortexM = "cortex-m"
  /// AMD's with AVX-512: Zen 4 and later, which permute bytes of two registers as fast as of one.
  case amd
  /// Intel's with AVX-512: Ice Lake and later.
  case intel

  /// The instruction set of its kernels.
  public var instructionSet: InstructionSet { self == .cortexM ? .scalar : .avx512 }

  /// The one that runs this program; nil if it does not have the instruction set, or where those of
  /// the set are taken to be alike.
  static func local(_ instructionSet: InstructionSet) -> Processor? {
    guard instructionSet == .avx512, instructionSet.isSupported else { return nil }
    return sparrow_is_intel() ? .intel : .amd
  }

  /// The density of inputs that nobody measured: about what rectifiers leave in the networks that
  /// ship. Without vectors, what skips zeros gains what it skips.
  var expectedActivity: Double { self == .cortexM ? 0.6 : 1 }
}
