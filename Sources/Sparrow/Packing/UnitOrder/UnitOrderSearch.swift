import SparrowCore

/// Looks for an order of hidden units under which lookups take few steps.
///
/// A panel takes at least as many steps as its longest row has non-zeros, so units whose rows are
/// long in all matrices that share the order belong together; and it takes more where the non-zeros
/// of a row crowd in a stretch of columns, so it matters how columns are spread too. Units begin
/// sorted by their rows' non-zeros; then two of them are exchanged at a time, and stay so where
/// that costs no more: first by the longest rows alone, which are quick to tell, then by the steps
/// as they are.
///
/// The order found depends on the network alone: numbers are drawn from a fixed seed, and work is
/// counted, not timed.
final class UnitOrderSearch {
  /// Pairs that are tried for each unit, by longest rows and by steps.
  private static let trials = (byLength: 80, bySteps: 24)
  /// Limits of the time for large networks: pairs that are tried by longest rows, and
  /// ``PanelCounts/effort`` of the others.
  private static let limit = (trials: 200_000, effort: 20_000_000)

  /// Where the units of an order begin among a matrix's rows or columns: a complex matrix has them
  /// twice.
  private struct Use {
    let matrix: PanelCounts
    let first: Int
  }

  private let kernels: PackingKernels
  private var matrices: [PanelCounts] = []
  // By order.
  private var rows: [[Use]]
  private var columns: [[Use]]
  private var matricesByColumns: [[PanelCounts]]
  /// The units in order.
  private(set) var units: [[Int]]
  /// Stored weights of all lookups, padding included, with the narrowest window and with one that
  /// holds everything: what processors have lies between.
  private var cost = 0
  /// A lower bound for any order.
  private var leastCost = 0
  /// The changes of a trial, to undo them.
  private var changes: [(memory: UnsafeMutablePointer<Int32>, old: Int32)] = []
  private var work = 0
  private var random = SplitMix64(seed: 1)

  init(_ sharing: UnitSharing, kernels: PackingKernels) {
    self.kernels = kernels
    rows = sharing.counts.map { _ in [] }
    columns = rows
    matricesByColumns = sharing.counts.map { _ in [] }
    units = sharing.counts.map { Array(0..<$0) }
  }

  deinit {
    for matrix in matrices { matrix.deallocate() }
  }

  /// Adds a matrix to what is to become small.
  ///
  /// - Parameter rowOrder: the order of its rows; nil where they have to stay. The same for
  ///   columns.
  func add(_ nonZeros: NonZeros, _ layout: MatrixLayout, rowOrder: Int?, columnOrder: Int?) {
    let matrix = PanelCounts(nonZeros)
    matrices.append(matrix)
    leastCost += 2 * nonZeros.leastLookupWeights
    if let rowOrder {
      rows[rowOrder] += layout.firstRows.map { Use(matrix: matrix, first: $0) }
    }
    if let columnOrder {
      columns[columnOrder] += layout.firstColumns.map { Use(matrix: matrix, first: $0) }
      matricesByColumns[columnOrder].append(matrix)
    }
  }

  /// - Returns: whether an order was found that stores at least one weight in a hundred less.
  func run() -> Bool {
    measureAll()
    let original = cost
    guard original > leastCost else { return false }
    let free = units.indices.filter { !rows[$0].isEmpty || !columns[$0].isEmpty }
    let places = free.flatMap { order in units[order].indices.map { (order, $0) } }
    for order in free { sort(order) }
    measureAll()
    for _ in 0..<min(Self.trials.byLength * places.count, Self.limit.trials) {
      let (order, i) = places[random.below(places.count)]
      let j = random.below(units[order].count)
      if i / LookupLayout.panelRows != j / LookupLayout.panelRows {
        exchange(order, i, j, countsSteps: false)
      }
    }
    measureAll()
    for _ in 0..<Self.trials.bySteps * places.count where work < Self.limit.effort {
      let (order, i) = places[random.below(places.count)]
      let j = random.below(units[order].count)
      if i / PanelCounts.quarter != j / PanelCounts.quarter {
        exchange(order, i, j, countsSteps: true)
      }
    }
    return cost * 100 < original * 99
  }

  // MARK: Exchanging

  /// Exchanges two units, given by their places, unless that costs more.
  private func exchange(_ order: Int, _ i: Int, _ j: Int, countsSteps: Bool) {
    let before = cost
    changes.removeAll(keepingCapacity: true)
    exchangeLengths(order, i, j)
    for use in rows[order] { updateLongest(use, i, j) }
    if cost <= before {
      exchangeCounts(order, i, j)
      guard countsSteps else { return }
      measureSteps(order, i, j)
      if cost <= before { return }
      exchangeCounts(order, i, j)
    }
    exchangeLengths(order, i, j)
    for change in changes { change.memory.pointee = change.old }
    cost = before
  }

  private func exchangeLengths(_ order: Int, _ i: Int, _ j: Int) {
    for use in rows[order] {
      let (one, other) = (use.matrix.lengths + use.first + i, use.matrix.lengths + use.first + j)
      (one.pointee, other.pointee) = (other.pointee, one.pointee)
    }
  }

  private func exchangeCounts(_ order: Int, _ i: Int, _ j: Int) {
    let (a, b) = (units[order][i], units[order][j])
    if i / PanelCounts.quarter != j / PanelCounts.quarter {
      for use in columns[order] {
        use.matrix.moveColumn(use.first + a, from: use.first + i, to: use.first + j)
        use.matrix.moveColumn(use.first + b, from: use.first + j, to: use.first + i)
      }
    }
    for use in rows[order] { use.matrix.exchangeRows(use.first + a, use.first + b) }
    units[order].swapAt(i, j)
  }

  // MARK: Cost

  /// The panels that rows at two places belong to.
  private func panels(_ use: Use, _ i: Int, _ j: Int) -> (Int, Int) {
    ((use.first + i) / LookupLayout.panelRows, (use.first + j) / LookupLayout.panelRows)
  }

  /// After the lengths of the rows at two places were exchanged.
  private func updateLongest(_ use: Use, _ i: Int, _ j: Int) {
    let (one, other) = panels(use, i, j)
    guard one != other else { return }
    let lengths = use.matrix.lengths + use.first
    for (panel, old, new) in [(one, lengths[j], lengths[i]), (other, lengths[i], lengths[j])] {
      let longest = use.matrix.longest[panel]
      if new > longest {
        set(use.matrix.longest, panel, of: use.matrix, to: new)
      } else if old == longest && new < longest {
        set(use.matrix.longest, panel, of: use.matrix, to: use.matrix.measureLongest(panel))
      }
    }
  }

  /// After the units at two places were exchanged.
  private func measureSteps(_ order: Int, _ i: Int, _ j: Int) {
    for matrix in matricesByColumns[order] {
      measureSteps(matrix, 0..<matrix.panels)
    }
    for use in rows[order] {
      let (one, other) = panels(use, i, j)
      guard one != other else { continue }
      measureSteps(use.matrix, one..<one + 1)
      measureSteps(use.matrix, other..<other + 1)
    }
  }

  private func measureSteps(_ matrix: PanelCounts, _ panels: Range<Int>) {
    work += panels.count * matrix.effort
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: panels.count) { steps in
      guard let memory = steps.baseAddress else { return }
      matrix.measure(panels, kernels, memory)
      for panel in panels {
        set(matrix.steps, panel, of: matrix, to: memory[panel - panels.lowerBound])
      }
    }
  }

  private func measureAll() {
    for matrix in matrices {
      measureSteps(matrix, 0..<matrix.panels)
      for panel in 0..<matrix.panels {
        set(matrix.longest, panel, of: matrix, to: matrix.measureLongest(panel))
      }
    }
  }

  /// Sets a panel's number of steps, and the cost with it.
  private func set(
    _ steps: UnsafeMutablePointer<Int32>, _ panel: Int, of matrix: PanelCounts, to new: Int32
  ) {
    let old = steps[panel]
    guard new != old else { return }
    changes.append((steps + panel, old))
    cost += matrix.height(panel) * Int(new - old)
    steps[panel] = new
  }

  // MARK: Where to begin

  /// Sorts units by the non-zeros of their rows.
  private func sort(_ order: Int) {
    let sums = units[order].indices.map { unit in
      rows[order].reduce(0) { $0 + $1.matrix.lengths[$1.first + unit] }
    }
    var place = Array(units[order].indices)
    for (i, unit) in units[order].indices.sorted(by: { (sums[$0], $0) < (sums[$1], $1) })
      .enumerated()
    {
      let j = place[unit]
      guard i != j else { continue }
      place[units[order][i]] = j
      place[unit] = i
      exchangeLengths(order, i, j)
      exchangeCounts(order, i, j)
    }
  }
}

extension SplitMix64 {
  /// A number from 0 up to, but without, `bound`, which is below 2³².
  fileprivate mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: ((next() >> 32) &* UInt64(bound)) >> 32)
  }
}
