/// The order in which an array computes the tiles of a step, and what it waits for.
public enum Schedule: String, Sendable, Hashable, Codable, CaseIterable {
  /// Gate by gate; each waits until the activations of the one before are done. The cell is updated
  /// at the end.
  case sequential
  /// Gate by gate without waiting: activations of one gate are computed while the next one is
  /// multiplied. The cell is updated at the end.
  case batch
  /// Gates of a few units at a time, so that their cells are updated while the next units are
  /// multiplied; the next step begins when the last cell is done.
  case intergate
  /// As intergate; and while the last cells are updated, the products of the next step's inputs,
  /// which do not depend on them, are computed ahead.
  case unfolded

  /// Whether cells are updated as soon as the gates of their units are done.
  var updatesCellsEarly: Bool { self == .intergate || self == .unfolded }
}

/// The tiles of remaining rows and columns.
public enum Fringe: String, Sendable, Hashable, Codable, CaseIterable {
  /// K is the same everywhere.
  case fixed
  /// The last rows get a smaller K, with more columns per tile.
  case rows
  /// As `rows`, and the last columns of several blocks of rows share a tile with a larger K.
  case rowsAndColumns
}

/// The tile setting of a layer.
public struct TileSetting: Sendable, Hashable {
  /// K, the rows of a tile.
  public var height: Int
  /// The tiles of remaining rows and columns.
  public var fringe: Fringe
  /// Whether the rows of all gates of a unit are adjacent, if the schedule allows that. If tiles
  /// have more rows than the activation unit takes per cycle, gate after gate can be faster,
  /// because all rows of a tile are complete at the same time.
  public var interleavesGates: Bool

  /// A tile setting.
  public init(height: Int, fringe: Fringe = .fixed, interleavesGates: Bool = true) {
    self.height = height
    self.fringe = fringe
    self.interleavesGates = interleavesGates
  }
}

extension TileSetting: CustomStringConvertible {
  /// The setting as text, as "K = 64, rows".
  public var description: String {
    let fringes: [Fringe: String] = [.rows: ", rows", .rowsAndColumns: ", rows and columns"]
    return "K = \(height)\(fringes[fringe] ?? "")"
  }
}
