import CSparrow

/// The sizes of a matrix of bytes in lanes: its non-zeros row by row, in pairs.
struct LaneMatrixSize {
  let rows: Int
  let pairs: Int
  let nonZeros: Int

  /// Nil where the matrix has no form in lanes.
  init?(
    _ matrix: sparrow_matrix, in image: UnsafeRawPointer, for instructionSet: InstructionSet
  ) {
    rows = Int(matrix.stored_rows)
    guard rows > 0 else {
      (pairs, nonZeros) = (0, 0)
      return
    }
    let isOfBytes =
      matrix.arithmetic == SPARROW_W8A8.rawValue || matrix.arithmetic == SPARROW_W8A16.rawValue
    guard isOfBytes, matrix.columns <= 1 << 16 else { return nil }
    var counts = [Int](repeating: 0, count: rows)
    var isInside = true
    matrix.eachByte(in: image, for: instructionSet) { row, column, _ in
      counts[row] += 1
      // A product of one stream would read beyond the activations.
      if column >= Int(matrix.columns) { isInside = false }
    }
    guard isInside else { return nil }
    var (pairs, nonZeros) = (0, 0)
    for count in counts {
      pairs += (count + 1) / 2
      nonZeros += count
    }
    (self.pairs, self.nonZeros) = (pairs, nonZeros)
  }

  /// Bytes of it, aligned.
  var byteCount: Int {
    Self.aligned(pairs * MemoryLayout<sparrow_lane_pair>.stride) + 2 * Self.aligned(4 * rows)
  }

  private static func aligned(_ count: Int) -> Int {
    let alignment = Int(sparrow_plan_alignment)
    return (count + alignment - 1) / alignment * alignment
  }

  /// Writes the matrix.
  ///
  /// - Parameters:
  ///   - instructionSet: what runs the plan.
  ///   - memory: ``byteCount`` bytes of zeros.
  func write(
    _ matrix: sparrow_matrix, in image: UnsafeRawPointer, for instructionSet: InstructionSet,
    to memory: UnsafeMutableRawPointer
  ) -> sparrow_lane_matrix {
    let pairs = memory.assumingMemoryBound(to: sparrow_lane_pair.self)
    let ends = memory + Self.aligned(self.pairs * MemoryLayout<sparrow_lane_pair>.stride)
    let bias = ends + Self.aligned(4 * rows)
    let pairEnds = ends.assumingMemoryBound(to: UInt32.self)
    let sums = bias.assumingMemoryBound(to: Int32.self)
    if matrix.bias_offset != 0 {
      bias.copyMemory(from: image + Int(matrix.bias_offset), byteCount: 4 * rows)
    }
    var counts = [Int](repeating: 0, count: rows)
    let offset = matrix.activationOffset(for: instructionSet)
    matrix.eachByte(in: image, for: instructionSet) { row, _, weight in
      counts[row] += 1
      sums[row] &+= offset &* Int32(weight)
    }
    var end = 0
    var next = [Int](repeating: 0, count: rows)
    for row in 0..<rows {
      next[row] = 2 * end
      end += (counts[row] + 1) / 2
      pairEnds[row] = UInt32(end)
    }
    matrix.eachByte(in: image, for: instructionSet) { row, column, weight in
      let pair = pairs + next[row] / 2
      if next[row] % 2 == 0 {
        pair.pointee.columns.0 = UInt16(column)
        pair.pointee.weights.0 = Int16(weight)
      } else {
        pair.pointee.columns.1 = UInt16(column)
        pair.pointee.weights.1 = Int16(weight)
      }
      next[row] += 1
    }
    return sparrow_lane_matrix(pairs: pairs, ends: pairEnds, bias: sums)
  }
}

extension sparrow_matrix {
  /// The activations' offset for which the bias compensates.
  fileprivate func activationOffset(for instructionSet: InstructionSet) -> Int32 {
    let skips =
      format == SPARROW_MATRIX_EVENTS.rawValue || format == SPARROW_MATRIX_COLUMNS.rawValue
    return skips ? 0 : instructionSet.activationOffset(sparrow_arithmetic(arithmetic))
  }

  /// Calls `body` with each weight of bytes that is not zero.
  @inline(__always)
  fileprivate func eachByte(
    in image: UnsafeRawPointer, for instructionSet: InstructionSet,
    _ body: (_ row: Int, _ column: Int, _ weight: Int8) -> Void
  ) {
    let weights = (image + Int(weights_offset)).assumingMemoryBound(to: Int8.self)
    func visit(_ row: Int, _ column: Int, _ weight: Int8) {
      if weight != 0, row < Int(stored_rows) { body(row, column, weight) }
    }
    switch sparrow_matrix_format(rawValue: format) {
    case SPARROW_MATRIX_DENSE: eachOfDense(weights, visit)
    case SPARROW_MATRIX_EVENTS: eachOfEvents(weights, visit)
    case SPARROW_MATRIX_LOOKUP:
      let panel = instructionSet.lookupPanel(sparrow_arithmetic(arithmetic))
      eachOfLookup(weights, panel: panel, in: image, visit)
    case SPARROW_MATRIX_BLOCK: eachOfBlocks(weights, in: image, visit)
    default: eachOfColumns(weights, in: image, visit)
    }
  }

  private typealias Visit = (_ row: Int, _ column: Int, _ weight: Int8) -> Void

  /// Four columns at a time, by slice of 16 rows, the four weights of a row side by side.
  private func eachOfDense(_ weights: UnsafePointer<Int8>, _ visit: Visit) {
    let storedColumns = (Int(columns) + 3) / 4 * 4
    for row in 0..<Int(stored_rows) {
      let panel = row / 64 * 64
      let height = min(64, Int(stored_rows) - panel)
      let first = weights + panel * storedColumns + (row - panel) * 4
      for column in 0..<Int(columns) {
        visit(row, column, first[column / 4 * height * 4 + column % 4])
      }
    }
  }

  /// Column by column, in panels of 64 rows, weights offset by 128.
  private func eachOfEvents(_ weights: UnsafePointer<Int8>, _ visit: Visit) {
    for row in 0..<Int(stored_rows) {
      let first = weights + row / 64 * 64 * Int(columns) + row % 64
      for column in 0..<Int(columns) { visit(row, column, first[64 * column] ^ .min) }
    }
  }

  private func eachOfLookup(
    _ weights: UnsafePointer<Int8>, panel shape: (rows: Int, side: Int),
    in image: UnsafeRawPointer, _ visit: Visit
  ) {
    let (panelRows, side) = shape
    let starts = (image + Int(starts_offset)).assumingMemoryBound(to: UInt16.self)
    let ends = (image + Int(ends_offset)).assumingMemoryBound(to: UInt32.self)
    let indices = (image + Int(indices_offset)).assumingMemoryBound(to: UInt8.self)
    let targets = starts + Int(steps)
    var (panel, step, slot) = (0, 0, 0)
    for isRest in [false, true] {
      let rows = isRest ? Int(rest_rows) : Int(stored_rows)
      for first in stride(from: 0, to: rows, by: panelRows) {
        let height = min(panelRows, rows - first)
        while step < Int(ends[panel]) {
          for place in 0..<side * height {
            let row = first + place / side
            visit(
              isRest ? Int(targets[row]) : row, Int(starts[step]) + Int(indices[slot + place]),
              weights[slot + place])
          }
          slot += side * height
          step += 1
        }
        panel += 1
      }
    }
  }

  private func eachOfBlocks(
    _ weights: UnsafePointer<Int8>, in image: UnsafeRawPointer, _ visit: Visit
  ) {
    let starts = (image + Int(starts_offset)).assumingMemoryBound(to: UInt16.self)
    let ends = (image + Int(ends_offset)).assumingMemoryBound(to: UInt32.self)
    var block = 0
    for slice in 0..<Int(stored_rows) / 16 {
      while block < Int(ends[slice]) {
        for place in 0..<64 {
          visit(
            16 * slice + place / 4, Int(starts[block]) + place % 4, weights[64 * block + place])
        }
        block += 1
      }
    }
  }

  /// Masks of 64 rows a panel of each column, and the weights that they stand for, offset by 128.
  private func eachOfColumns(
    _ weights: UnsafePointer<Int8>, in image: UnsafeRawPointer, _ visit: Visit
  ) {
    let panels = (Int(stored_rows) + 63) / 64
    let masks = (image + Int(indices_offset)).assumingMemoryBound(to: UInt64.self)
    var next = 0
    for column in 0..<Int(columns) {
      for panel in 0..<panels {
        var mask = masks[column * panels + panel]
        while mask != 0 {
          visit(64 * panel + mask.trailingZeroBitCount, column, weights[next] ^ .min)
          next += 1
          mask &= mask - 1
        }
      }
    }
  }
}
