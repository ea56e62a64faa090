public import SparrowCore

/// Why a plan is not what a runner needs.
public struct FrontEndError: Error, Hashable {
  /// The kind of network that the runner needs.
  public let expected: FrontEndKind
  /// The kind of the plan's network; nil for one without a front end of sound.
  public let found: FrontEndKind?

  /// An error.
  package init(expected: FrontEndKind, found: FrontEndKind?) {
    self.expected = expected
    self.found = found
  }
}
