public import SparrowCore

extension InstructionSet: CustomStringConvertible {
  /// Those that this processor can run.
  public static var supported: [InstructionSet] { all.filter(\.isSupported) }

  /// What a test of one is called.
  public var description: String { "\(name)" }
}
