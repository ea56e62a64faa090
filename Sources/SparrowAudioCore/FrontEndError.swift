public import SparrowCore

/// Why a plan is not what a runner needs.
public struct FrontEndError: Error, Hashable {
  /// What the runner needs.
  public let expected: FrontEndKind
  /// What the plan's network is made for; nil for a network without a front end of sound.
  public let found: FrontEndKind?

  /// An error.
  package init(expected: FrontEndKind, found: FrontEndKind?) {
    self.expected = expected
    self.found = found
  }
}
