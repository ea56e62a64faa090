/// The messages over one link of a mesh.
public struct LinkTraffic: Sendable, Hashable {
  /// The core that the link leaves, counted along the rows of the mesh.
  public var core: Int
  /// The direction of the link.
  public var direction: Direction
  /// The number of messages.
  public var messages: Int

  /// A direction in the mesh.
  public enum Direction: Int, Sendable, Hashable, CaseIterable {
    /// To the next column.
    case east
    /// To the previous column.
    case west
    /// To the next row.
    case south
    /// To the previous row.
    case north
  }
}

/// The traffic of events over the mesh. Input enters the chip at core 0, and output leaves it
/// there.
struct MeshTraffic: Sendable {
  private let routes: Routes
  private let mesh: Mesh
  private let output: Int
  /// The core of each value, by group.
  private let coreOfValue: [[Int]]
  private let coreCount: Int
  /// Messages of this time step from core to core.
  private var pending: [Int]
  private var pairs: [Int] = []
  private var linkLoads: [Int]
  private var totals: [Int]
  private var paths: [Int: [Int]] = [:]

  init(_ groups: [NeuronGroup], _ placement: Placement, _ chip: NeurocoreChip, output: Int) {
    routes = Routes(groups, placement)
    mesh = Mesh(columns: chip.meshColumns, rows: chip.meshRows)
    self.output = output
    coreCount = chip.cores
    coreOfValue = groups.enumerated().map { index, group in
      let cores = placement.coresOfGroup[index].flatMap { core in
        Array(repeating: core, count: placement.cores[core].neurons.count)
      }
      return group.isComplex ? cores + cores : cores
    }
    pending = Array(repeating: 0, count: chip.cores * chip.cores)
    linkLoads = Array(repeating: 0, count: mesh.linkCount)
    totals = linkLoads
  }

  mutating func sendInput(_ events: [Event]) {
    for event in events {
      for core in routes.cores(of: Int(event.place), from: nil) { add(from: 0, to: core) }
    }
  }

  mutating func send(_ events: [Event], from group: Int) {
    for event in events {
      let place = Int(event.place)
      let core = coreOfValue[group][place]
      for target in routes.cores(of: place, from: group) { add(from: core, to: target) }
      if group == output { add(from: core, to: 0) }
    }
  }

  private mutating func add(from core: Int, to target: Int) {
    let pair = core * coreCount + target
    if pending[pair] == 0 { pairs.append(pair) }
    pending[pair] += 1
  }

  /// The traffic since the last time step.
  mutating func finishTimeStep() -> (messages: Int, hops: Int, busiestLink: Int, longestPath: Int) {
    var result = (messages: 0, hops: 0, busiestLink: 0, longestPath: 0)
    var used: [Int] = []
    for pair in pairs {
      let count = pending[pair]
      pending[pair] = 0
      let path: [Int]
      if let known = paths[pair] {
        path = known
      } else {
        path = mesh.path(from: pair / coreCount, to: pair % coreCount)
        paths[pair] = path
      }
      result.messages += count
      result.hops += count * path.count
      result.longestPath = max(result.longestPath, path.count)
      for link in path {
        if linkLoads[link] == 0 { used.append(link) }
        linkLoads[link] += count
      }
    }
    for link in used {
      result.busiestLink = max(result.busiestLink, linkLoads[link])
      totals[link] += linkLoads[link]
      linkLoads[link] = 0
    }
    pairs.removeAll(keepingCapacity: true)
    return result
  }

  var links: [LinkTraffic] {
    totals.indices.filter { totals[$0] > 0 }.map {
      LinkTraffic(core: $0 / 4, direction: .init(rawValue: $0 % 4)!, messages: totals[$0])
    }
  }
}
