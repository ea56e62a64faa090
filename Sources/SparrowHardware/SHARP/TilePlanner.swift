/// Cuts the products of a step into tiles, in the order of a schedule.
struct TilePlanner: Sendable {
  let product: MatrixProduct
  let chip: ArrayChip
  let schedule: Schedule
  let setting: TileSetting
  /// Consecutive rows in the schedule's order that one tile covers.
  private var blocks: [Block] = []

  private struct Block: Sendable {
    /// The gates that are interleaved, and rows of them: row n is of gate n mod count, unit n /
    /// count.
    var gates: Range<Int>
    var rows: Range<Int>
    var shape: TileShape
    var endsGate: Bool
    /// Non-zero weights of every column in these rows; empty where all are non-zero.
    var nonZeros: [Int32] = []
  }

  init(
    _ product: MatrixProduct, on chip: ArrayChip, schedule: Schedule, setting: TileSetting,
    mask: WeightMask?
  ) {
    self.product = product
    self.chip = chip
    self.schedule = schedule
    self.setting = setting
    for gates in passes {
      let count = gates.count * product.units
      var row = 0
      for shape in shapes(rows: count, gates: gates.count) {
        let end = min(row + shape.rows, count)
        blocks.append(
          Block(gates: gates, rows: row..<end, shape: shape, endsGate: end == count))
        row = end
      }
    }
    if let mask {
      for index in blocks.indices { blocks[index].nonZeros = nonZeros(of: blocks[index], in: mask) }
    }
  }

  /// Weights as they have to be stored: all of a column's in a block's rows, unless they are all
  /// zero.
  var storedWeights: Int {
    blocks.reduce(0) { sum, block in
      let columns =
        block.nonZeros.isEmpty
        ? product.columns : block.nonZeros.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
      return sum + block.rows.count * columns
    }
  }

  // MARK: Rows

  /// Gates that are computed together, in order.
  private var passes: [Range<Int>] {
    let gates = product.gates
    guard schedule.updatesCellsEarly && setting.interleavesGates else {
      return (0..<gates).map { $0..<$0 + 1 }
    }
    // Candidates wait for reset gates, so these come first. A chip with a unit a gate has no such
    // choice.
    if product.resetsCandidate, case .reconfigurable = chip.tiling { return [0..<1, 1..<gates] }
    return [0..<gates]
  }

  /// The tiles that cover so many rows, from the first on.
  private func shapes(rows: Int, gates: Int) -> [TileShape] {
    let shape = chip.shape(height: setting.height, gates: product.gates == 1 ? 1 : gates)
    let whole = rows / shape.rows
    let rest = rows % shape.rows
    var result = Array(repeating: shape, count: whole)
    guard rest > 0 else { return result }
    guard setting.fringe != .fixed, case .reconfigurable(let heights) = chip.tiling else {
      return result + [shape]
    }
    result += fewest(rest, heights.filter { $0 <= setting.height })
    return result
  }

  /// The way to cover rows that takes the fewest tiles, and of those the one with the fewest
  /// blocks.
  private func fewest(_ rows: Int, _ heights: [Int]) -> [TileShape] {
    let columns = max(product.columns, 1)
    /// For every count of rows: tiles, blocks, and the height of one of these.
    var best: [(tiles: Int, blocks: Int, height: Int)] = [(0, 0, 0)]
    for count in 1...rows {
      let choices = heights.map { height in
        let width = chip.multipliers / height
        let rest = best[max(count - height, 0)]
        return (rest.tiles + (columns + width - 1) / width, rest.blocks + 1, height)
      }
      best.append(choices.min { ($0.0, $0.1) < ($1.0, $1.1) }!)
    }
    var result: [Int] = []
    var rest = rows
    while rest > 0 {
      result.append(best[rest].height)
      rest -= best[rest].height
    }
    return result.sorted(by: >).map { TileShape(rows: $0, columns: chip.multipliers / $0) }
  }

  private func nonZeros(of block: Block, in mask: WeightMask) -> [Int32] {
    var counts = [Int32](repeating: 0, count: mask.columns)
    for row in block.rows {
      let gate = block.gates.lowerBound + row % block.gates.count
      let unit = row / block.gates.count
      let first = (gate * product.units + unit) * mask.columns
      for column in 0..<mask.columns where mask.isNonZero[first + column] { counts[column] += 1 }
    }
    return counts
  }

  // MARK: Columns

  /// The tiles of a step.
  ///
  /// - Parameters:
  ///   - inputs: columns whose input is not zero, ascending. states: the same of the step before,
  ///     counted from `product.inputs` on.
  func plan(inputs: [Int], states: [Int]) -> StepPlan {
    var plan = StepPlan()
    let columns = inputs.count + states.count
    var index = 0
    while index < blocks.count {
      let block = blocks[index]
      var last = index
      if block.nonZeros.isEmpty {
        last += blocksWithCommonFringe(from: index, columns: columns) - 1
        appendDense(blocks[index...last], inputs: inputs.count, columns: columns, to: &plan)
      } else {
        appendSparse(block, inputs, states, to: &plan)
      }
      index = last + 1
    }
    if product.recurrentInputs == 0 {
      plan.groupsWithRoom = plan.groups.count
    } else {
      var rows = 0
      for group in plan.groups {
        rows += group.rows
        guard rows * chip.partialSumBytes <= chip.partialSumBuffer else { break }
        plan.groupsWithRoom += 1
      }
    }
    return plan
  }

  /// How many blocks, from one on, can have their last columns done together.
  private func blocksWithCommonFringe(from index: Int, columns: Int) -> Int {
    guard setting.fringe == .rowsAndColumns, case .reconfigurable(let heights) = chip.tiling else {
      return 1
    }
    let first = blocks[index]
    let rest = columns % first.shape.columns
    guard rest > 0 else { return 1 }
    var alike = 1
    while index + alike < blocks.count, !blocks[index + alike - 1].endsGate,
      blocks[index + alike].shape == first.shape,
      blocks[index + alike].rows.count == first.shape.rows
    {
      alike += 1
    }
    let heightsInUse = heights.filter {
      $0.isMultiple(of: first.shape.rows) && $0 / first.shape.rows <= alike
        && rest <= chip.multipliers / $0
    }
    return (heightsInUse.max() ?? first.shape.rows) / first.shape.rows
  }

  private func appendDense(
    _ blocks: ArraySlice<Block>, inputs: Int, columns: Int, to plan: inout StepPlan
  ) {
    let width = blocks.first!.shape.columns
    let merges = blocks.count > 1
    let whole = merges ? columns / width : (columns + width - 1) / width
    let early = schedule == .unfolded ? (columns == inputs ? whole : inputs / width) : 0
    let firstTile = plan.tiles.count
    func appendTiles(_ range: Range<Int>) {
      for block in blocks {
        for tile in range {
          let used = min(width, columns - tile * width)
          let products = Int32(block.rows.count * used)
          plan.tiles.append(.init(fed: products, needed: products, columns: Int32(used)))
        }
      }
    }
    appendTiles(0..<early)
    var split = plan.tiles.count
    appendTiles(early..<whole)
    var levels = blocks.first!.shape.levels
    if merges {
      let rest = columns % width
      let rows = blocks.reduce(0) { $0 + $1.rows.count }
      plan.tiles.append(
        .init(fed: Int32(rows * rest), needed: Int32(rows * rest), columns: Int32(rest)))
      levels = TileShape(rows: rows, columns: chip.multipliers / rows).levels
      if schedule == .unfolded && columns == inputs { split = plan.tiles.count }
    }
    append(blocks, levels: levels, early: firstTile..<split, to: &plan)
  }

  private func appendSparse(
    _ block: Block, _ inputs: [Int], _ states: [Int], to plan: inout StepPlan
  ) {
    let firstTile = plan.tiles.count
    var used = 0
    var needed = 0
    var isEarly = true
    var split = firstTile
    func close(_ plan: inout StepPlan) {
      guard used > 0 else { return }
      plan.tiles.append(
        .init(fed: Int32(used * block.rows.count), needed: Int32(needed), columns: Int32(used)))
      if isEarly { split = plan.tiles.count }
      (used, needed) = (0, 0)
    }
    for (columns, areStates) in [(inputs, false), (states, true)] {
      for column in columns where block.nonZeros[column] > 0 {
        if areStates { isEarly = false }
        used += 1
        needed += Int(block.nonZeros[column])
        if used == block.shape.columns { close(&plan) }
      }
    }
    close(&plan)
    if schedule != .unfolded { split = firstTile }
    append([block], levels: block.shape.levels, early: firstTile..<split, to: &plan)
  }

  /// Appends a group that ends with the plan's last tile.
  private func append(
    _ blocks: ArraySlice<Block>, levels: Int, early: Range<Int>, to plan: inout StepPlan
  ) {
    let block = blocks.first!
    let rows = block.rows.lowerBound..<blocks.last!.rows.upperBound
    let gates = block.gates
    var group = StepPlan.Group(
      early: early, late: early.upperBound..<plan.tiles.count, levels: levels,
      gate: gates.count == 1 && product.gates > 1 ? gates.lowerBound : nil,
      endsGate: blocks.last!.endsGate)
    for row in rows {
      let gate = gates.lowerBound + row % gates.count
      if !product.resetsCandidate {
        group.plainRows += 1
      } else if gate == 0 {
        group.resetRows += 1
        group.resetDone = row / gates.count + 1
      } else if gate == product.gates - 1 {
        group.waitingRows += 1
        group.resetNeeded = row / gates.count + 1
      } else {
        group.plainRows += 1
      }
    }
    let isLast = gates.upperBound == product.gates
    if schedule.updatesCellsEarly {
      if isLast {
        group.units = rows.upperBound / gates.count - rows.lowerBound / gates.count
      }
    } else if isLast && group.endsGate {
      group.units = product.units
    }
    plan.groups.append(group)
  }
}
