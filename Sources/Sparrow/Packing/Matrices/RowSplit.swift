/// A matrix whose longest rows are split, so that a lookup's panels don't take as many steps as
/// those need: a part of their non-zeros lies in rows of its own, whose sums are added to theirs.
struct RowSplit {
  /// The non-zeros that stay in the matrix's rows.
  let kept: NonZeros
  /// Rows of the others: as many as are stored, a multiple of 16.
  let rest: NonZeros
  /// By row of ``rest``: the matrix's row that it belongs to.
  let targets: [Int]

  /// The share of weights that are not padding in rows of their own, as far as it can be guessed.
  private static let fullness = 0.7
  /// The cost of adding a row's sum, in steps of 16 rows.
  private static let addition = 0.3

  /// The split that is expected to save most; nil if none is expected to save anything.
  init?(_ nonZeros: NonZeros, _ shape: LookupShape) {
    // A row's number is stored in 16 bits.
    guard nonZeros.rows <= 1 << 16 else { return nil }
    let panel = shape.panel
    let leastSteps = (nonZeros.columns + shape.window - 1) / shape.window
    let caps = stride(from: 0, to: nonZeros.rows, by: panel.rows).map { first in
      let rows = first..<min(first + panel.rows, nonZeros.rows)
      return Self.cap(
        rows.map { nonZeros[$0].count }, side: panel.side, leastSteps: leastSteps)
    }
    let excess = (0..<nonZeros.rows).map { nonZeros[$0].count - caps[$0 / panel.rows] }
      .filter { $0 > 0 }
    guard !excess.isEmpty else { return nil }
    let length = Self.restLength(excess, side: panel.side, leastSteps: leastSteps)

    var kept: [[Int32]] = []
    var rest: [(places: [Int32], target: Int)] = []
    for row in 0..<nonZeros.rows {
      let places = nonZeros[row]
      let moved = max(0, places.count - caps[row / panel.rows])
      // Moved non-zeros are spread over the row, and so are those that stay: neither wait long for
      // a window.
      let pieces = (moved + length - 1) / length
      let first = rest.count
      rest += (0..<pieces).map { _ in ([], row) }
      var own: [Int32] = []
      var next = 0
      for (index, place) in places.enumerated() {
        if (index + 1) * moved / places.count > index * moved / places.count {
          rest[first + next % pieces].places.append(place)
          next += 1
        } else {
          own.append(place)
        }
      }
      kept.append(own)
    }
    guard rest.count < 1 << 16 - 16 else { return nil }
    // Stable, so that every machine splits alike.
    let order = rest.indices.sorted { (-rest[$0].places.count, $0) < (-rest[$1].places.count, $1) }
    let padding = padded(rest.count) - rest.count
    self.kept = NonZeros(columns: nonZeros.columns, kept)
    self.rest = NonZeros(
      columns: nonZeros.columns,
      order.map { rest[$0].places } + Array(repeating: [], count: padding))
    targets = order.map { rest[$0].target } + Array(repeating: 0, count: padding)
  }

  /// The non-zeros that a panel's rows keep at most.
  ///
  /// - Parameter leastSteps: what any row takes that reaches from the first to the last column.
  private static func cap(_ lengths: [Int], side: Int, leastSteps: Int) -> Int {
    let lengths = lengths.sorted(by: >)
    let slices = Double(lengths.count / 16)
    var best = (cost: Double.infinity, cap: 0)
    var (longer, sum) = (0, 0)
    for steps in stride(from: (lengths[0] + side - 1) / side, through: 0, by: -1) {
      let cap = steps * side
      while longer < lengths.count, lengths[longer] > cap {
        sum += lengths[longer]
        longer += 1
      }
      let moved = Double(sum - longer * cap) / (16 * Double(side) * fullness)
      let cost =
        slices * Double(max(steps, leastSteps)) + moved + Double(longer) * addition
      if cost < best.cost { best = (cost, cap) }
    }
    return best.cap
  }

  /// The most non-zeros of a row of what does not stay, by how many there are of each row.
  private static func restLength(_ excess: [Int], side: Int, leastSteps: Int) -> Int {
    var best = (cost: Double.infinity, length: side)
    for length in stride(from: side, through: padded(excess.max()!), by: side) {
      let rows = excess.reduce(0) { $0 + ($1 + length - 1) / length }
      let slices = Double((rows + 15) / 16)
      let cost = slices * Double(max(length / side, leastSteps)) + Double(rows) * addition
      if cost < best.cost { best = (cost, length) }
    }
    return best.length
  }
}
