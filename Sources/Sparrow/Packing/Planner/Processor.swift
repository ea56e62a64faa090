import SparrowCore

/// A kind of processor that plans are packed for, where it is not of the kind that costs of its
/// instruction set were measured on.
public enum Processor: String, Sendable, CaseIterable {
  /// Arm's Cortex-M: 32 bits, no vectors to speak of, an instruction after the other out of flash.
  case cortexM = "cortex-m"

  /// The instruction set of its kernels.
  public var instructionSet: InstructionSet { .scalar }

  /// The density of inputs that nobody measured: about what rectifiers leave in the networks that
  /// ship. Without vectors, what skips zeros gains what it skips.
  var expectedActivity: Double { 0.6 }
}
