import CSparrow
import SparrowCore

/// The panels and the window of a lookup, and whether its rows may be split.
struct LookupShape {
  /// Rows of all panels but the last one, and weights of a row that a step takes at most.
  let panel: (rows: Int, side: Int)
  /// Columns that a step can reach.
  let window: Int
  /// Whether rows may be split. With AVX-512, adding the sums of what is split off takes as long as
  /// the steps that it saves.
  let splitsRows: Bool

  /// The shape of a lookup's format: with the widest window that the instruction set has, if it has
  /// fewer of them than there are formats.
  init(
    _ format: MatrixFormat, _ arithmetic: sparrow_arithmetic, _ instructionSet: InstructionSet
  ) {
    let windows = instructionSet.lookupWindows(arithmetic)
    switch format {
    case .wideLookup: window = windows.wide
    case .widestLookup: window = windows.widest
    default: window = windows.narrow
    }
    panel = instructionSet.lookupPanel(arithmetic)
    splitsRows = instructionSet != .avx512
  }

  /// A shape without splits.
  init(panel: (rows: Int, side: Int), window: Int) {
    self.panel = panel
    self.window = window
    splitsRows = false
  }
}

extension MatrixToPack {
  /// The non-zeros of each row, step by step; see common/lookup.h.
  func packLookup(_ nonZeros: NonZeros, _ shape: LookupShape) -> PackedWeights<Weight> {
    var packed = PackedWeights<Weight>(weights: [])
    packed.weights.reserveCapacity(nonZeros.count * 5 / 4)
    packed.indices.reserveCapacity(nonZeros.count * 5 / 4)
    packed.window = shape.window
    guard shape.splitsRows, let split = splitAndByteCount(nonZeros, shape).split else {
      packLookup(nonZeros, shape, into: &packed) { $0 }
      return packed
    }
    packLookup(split.kept, shape, into: &packed) { $0 }
    packLookup(split.rest, shape, into: &packed) { split.targets[$0] }
    packed.targets = split.targets.map(UInt16.init)
    return packed
  }

  /// Adds panels of rows, each of which has non-zeros of the matrix's row that `source` says.
  private func packLookup(
    _ nonZeros: NonZeros, _ shape: LookupShape, into packed: inout PackedWeights<Weight>,
    source: (Int) -> Int
  ) {
    let layout = LookupLayout(nonZeros, shape) { slot in
      let row = source(slot.row) * columns
      for index in slot.weights {
        let column = Int(nonZeros.places[index])
        packed.weights.append(weights[row + column])
        packed.indices.append(UInt8(column - slot.start))
      }
      for _ in slot.weights.count..<shape.panel.side {
        packed.weights.append(0)
        packed.indices.append(0)
      }
    }
    packed.starts += layout.starts.map(UInt16.init)
    packed.ends += layout.ends.map { UInt32(packed.steps + $0) }
    packed.steps += layout.starts.count
  }

  /// Bytes of weights, indices and what says where they are.
  func lookupByteCount(_ nonZeros: NonZeros, _ shape: LookupShape) -> Int {
    splitAndByteCount(nonZeros, shape).byteCount
  }

  /// How rows are split, nil where that saves too little for what adding sums takes, and the bytes
  /// of the lookup.
  private func splitAndByteCount(
    _ nonZeros: NonZeros, _ shape: LookupShape
  ) -> (split: RowSplit?, byteCount: Int) {
    let whole = byteCount(whole: nonZeros, shape)
    guard shape.splitsRows, let split = RowSplit(nonZeros, shape) else { return (nil, whole) }
    let bytes =
      byteCount(whole: split.kept, shape) + byteCount(whole: split.rest, shape)
      + 2 * split.targets.count
    return 10 * bytes < 9 * whole ? (split, bytes) : (nil, whole)
  }

  private func byteCount(whole nonZeros: NonZeros, _ shape: LookupShape) -> Int {
    let layout = LookupLayout(nonZeros, shape)
    return layout.slotCount * shape.panel.side * (MemoryLayout<Weight>.size + 1)
      + 2 * layout.starts.count + 4 * layout.ends.count
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
  init(_ nonZeros: NonZeros, _ shape: LookupShape, visit: (Slot) -> Void = { _ in }) {
    precondition(nonZeros.columns <= 1 << 16)
    let (window, (height, side)) = (shape.window, shape.panel)
    let quarter = window / 4
    let lastStart = max(0, padded(nonZeros.columns) - window)
    nonZeros.places.withUnsafeBufferPointer { places in
      withUnsafeTemporaryAllocation(of: Row.self, capacity: height) { memory in
        for panel in stride(from: 0, to: nonZeros.rows, by: height) {
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
              while row.column < end && row.weights.lowerBound < first + side {
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
