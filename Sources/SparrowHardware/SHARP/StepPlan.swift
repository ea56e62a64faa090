/// The tiles of a step, in groups of rows that are complete together.
struct StepPlan: Sendable {
  /// One issue of the array.
  struct Tile: Sendable {
    /// Lanes that have a weight to multiply, be it zero.
    var fed: Int32
    /// Lanes whose weight is not zero.
    var needed: Int32
    /// Activations that are read.
    var columns: Int32
  }

  /// Rows whose sums are complete once the last of their tiles is.
  struct Group: Sendable {
    /// Rows of reset gates, which others wait for.
    var resetRows = 0
    /// Units whose reset gates are done with this group: those below this.
    var resetDone = 0
    /// Rows whose activation waits for nothing.
    var plainRows = 0
    /// Rows whose activation waits for the reset gates of their units.
    var waitingRows = 0
    /// Reset gates that the waiting rows need: those of units below this.
    var resetNeeded = 0
    /// Units whose gates are complete with this group.
    var units = 0
    /// Tiles that need nothing of the step before.
    var early: Range<Int>
    /// The others.
    var late: Range<Int>
    /// Of the last tile.
    var levels: Int
    /// The gate, or nil where gates are interleaved.
    var gate: Int?
    /// Whether it is the last of its gate.
    var endsGate: Bool

    var rows: Int { resetRows + plainRows + waitingRows }
  }

  var tiles: [Tile] = []
  var groups: [Group] = []
  /// How many groups, from the first on, have room for the sums of their early tiles.
  var groupsWithRoom = 0

  /// Early tiles that may run ahead of the step before.
  var aheadCount: Int { groups.prefix(groupsWithRoom).reduce(0) { $0 + $1.early.count } }
}
