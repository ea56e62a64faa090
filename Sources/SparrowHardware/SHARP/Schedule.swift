/// In which order an array computes a step's tiles, and what it waits for.
public enum Schedule: String, Sendable, Hashable, Codable, CaseIterable {
  /// Gate by gate; each waits until the activations of the one before are done. The cell is updated at the
  /// end.
  case sequential
  /// Gate by gate without waiting: activations of one gate are computed while the next one is multiplied.
  /// The cell is updated at the end.
  case batch
  /// Gates of a few units at a time, so that their cells are updated while the next units are multiplied; the
  /// next step begins when the last cell is done.
  case intergate
  /// As intergate; and while the last cells are updated, the products of the next step's inputs, which do not
  /// depend on them, are computed ahead.
  case unfolded

  /// Whether cells are updated as soon as the gates of their units are done.
  var updatesCellsEarly: Bool { self == .intergate || self == .unfolded }
}

/// How tiles are cut where rows or columns are left over.
public enum Fringe: String, Sendable, Hashable, Codable, CaseIterable {
  /// K stays as it is.
  case fixed
  /// The last rows get smaller K, and with it more columns a tile.
  case rows
  /// Besides, the last columns of several blocks of rows are done together, with larger K.
  case rowsAndColumns
}

/// What is chosen for a layer.
public struct TileSetting: Sendable, Hashable {
  /// K: rows of a tile.
  public var height: Int
  public var fringe: Fringe
  /// Whether the rows of all gates of a unit lie together, where the schedule allows that. Where tiles have
  /// more rows than the activation unit takes at a time, gate after gate can be faster: all rows of a tile are
  /// complete at the same time.
  public var interleavesGates: Bool

  public init(height: Int, fringe: Fringe = .fixed, interleavesGates: Bool = true) {
    self.height = height
    self.fringe = fringe
    self.interleavesGates = interleavesGates
  }
}

extension TileSetting: CustomStringConvertible {
  /// As in "K = 64, rows".
  public var description: String {
    let fringes: [Fringe: String] = [.rows: ", rows", .rowsAndColumns: ", rows and columns"]
    return "K = \(height)\(fringes[fringe] ?? "")"
  }
}
