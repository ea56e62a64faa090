/// A mesh of routers, one a core, with links to the four neighbours. Messages go along their row
/// first, then along their column.
struct Mesh: Sendable {
  let columns: Int
  let rows: Int

  /// A link by the router that it leaves and its direction.
  var linkCount: Int { 4 * columns * rows }

  /// Links on the way between two cores; none from a core to itself.
  func path(from source: Int, to target: Int) -> [Int] {
    var links: [Int] = []
    var (x, y) = (source % columns, source / columns)
    let (toX, toY) = (target % columns, target / columns)
    func leave(_ direction: Int) { links.append(4 * (y * columns + x) + direction) }
    while x != toX {
      leave(x < toX ? 0 : 1)
      x += x < toX ? 1 : -1
    }
    while y != toY {
      leave(y < toY ? 2 : 3)
      y += y < toY ? 1 : -1
    }
    return links
  }
}
