public import SparrowCore

extension InstructionSet {
  /// Those that this processor can run.
  public static var supported: [InstructionSet] { all.filter(\.isSupported) }
}
