extension MatrixToPack {
  /// The non-zeros of each row, step by step; see common/lookup.h.
  ///
  /// - Parameters:
  ///   - window: columns that a step can reach.
  ///   - panel: see ``InstructionSet/lookupPanel``.
  func packLookup(
    _ nonZeros: NonZeros, window: Int, panel: (rows: Int, side: Int)
  ) -> PackedWeights<Weight> {
    var packed = PackedWeights<Weight>(weights: [])
    packed.weights.reserveCapacity(nonZeros.count * 5 / 4)
    packed.indices.reserveCapacity(nonZeros.count * 5 / 4)
    let layout = LookupLayout(nonZeros, panel: panel, window: window) { slot in
      for index in slot.weights {
        let column = Int(nonZeros.places[index])
        packed.weights.append(weights[slot.row * columns + column])
        packed.indices.append(UInt8(column - slot.start))
      }
      for _ in slot.weights.count..<panel.side {
        packed.weights.append(0)
        packed.indices.append(0)
      }
    }
    packed.starts = layout.starts.map(UInt16.init)
    packed.ends = layout.ends.map(UInt32.init)
    packed.steps = layout.starts.count
    packed.window = window
    return packed
  }
}

/// Which non-zeros of a matrix each step of a lookup takes.
///
/// A step's window starts at the leftmost weight that any row of the panel still has to give,
/// rounded down to a quarter of the window, so that a processor's loads are aligned. The step takes
/// from each row as many of its next weights as lie in the window and fit side by side.
struct LookupLayout {
  /// Rows of the highest panels.
  static let panelRows = 64

  /// The weights that one step takes from one row.
  struct Slot {
    let row: Int
    /// The first column of the step's window.
    let start: Int
    /// Their indices among the ``NonZeros``.
    let weights: Range<Int>
  }

  /// The first column of each step's window.
  private(set) var starts: [Int] = []
  /// Steps up to the end of each panel.
  private(set) var ends: [Int] = []
  /// One for each step and each row of its panel.
  private(set) var slotCount = 0

  /// - Parameter visit: is given each slot, step by step, in each the panel's rows.
  /// - Precondition: starts fit 16 bits.
  @inline(__always)
  init(
    _ nonZeros: NonZeros, panel shape: (rows: Int, side: Int), window: Int,
    visit: (Slot) -> Void = { _ in }
  ) {
    precondition(nonZeros.columns <= 1 << 16)
    let quarter = window / 4
    let lastStart = max(0, padded(nonZeros.columns) - window)
    nonZeros.places.withUnsafeBufferPointer { places in
      withUnsafeTemporaryAllocation(of: Row.self, capacity: shape.rows) { memory in
        for panel in stride(from: 0, to: nonZeros.rows, by: shape.rows) {
          let left = memory.prefix(nonZeros.rows - panel)
          for lane in left.indices {
            memory[lane] = Row(
              nonZeros.starts[panel + lane]..<nonZeros.starts[panel + lane + 1], in: places)
          }
          while true {
            var leftmost = Int32.max
            for lane in left.indices { leftmost = min(leftmost, memory[lane].column) }
            guard leftmost < .max else { break }
            let start = min(Int(leftmost) / quarter * quarter, lastStart)
            let end = Int32(start + window)
            for lane in left.indices {
              var row = memory[lane]
              let first = row.weights.lowerBound
              while row.column < end && row.weights.lowerBound < first + shape.side {
                row = Row(row.weights.dropFirst(), in: places)
              }
              memory[lane] = row
              visit(
                Slot(row: panel + lane, start: start, weights: first..<row.weights.lowerBound))
            }
            starts.append(start)
            slotCount += left.count
          }
          ends.append(starts.count)
        }
      }
    }
  }

  /// A row's weights that no step has taken yet.
  private struct Row {
    let weights: Range<Int>
    /// That of the first one; beyond all columns where there is none.
    let column: Int32

    init(_ weights: Range<Int>, in places: UnsafeBufferPointer<Int32>) {
      self.weights = weights
      column = weights.isEmpty ? .max : places[weights.lowerBound]
    }
  }
}
