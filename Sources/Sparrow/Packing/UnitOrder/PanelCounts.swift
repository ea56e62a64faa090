import CSparrow
import SparrowCore

/// The kernels that only making plans needs, for an instruction set of this processor.
struct PackingKernels {
  let table: UnsafePointer<sparrow_packing_kernels>

  init(_ instructionSet: InstructionSet) {
    precondition(instructionSet.isSupported, "this processor lacks the instruction set")
    table = sparrow_packing_kernels_for(instructionSet.cValue)
  }
}

/// A sparse matrix under changing orders of its rows and columns: how many non-zeros each row has
/// in each quarter of a lookup's window, which is all that the lookup's steps depend on.
///
/// The window is the narrowest one that there is. Memory is the owner's to free.
struct PanelCounts {
  /// Columns of a lookup's narrowest window, and of a quarter of it.
  static let window = 32
  static let quarter = window / 4
  private static let height = LookupLayout.panelRows

  let rows: Int
  let panels: Int
  private let quarters: Int
  /// Non-zeros by panel, quarter and row of the panel.
  private let counts: UnsafeMutablePointer<UInt8>
  /// By place: the non-zeros of the row that is there.
  let lengths: UnsafeMutablePointer<Int32>
  /// By row of the matrix as it came: where it is now.
  private let places: UnsafeMutablePointer<Int32>
  /// The rows of each column's non-zeros, column after column, and where each column begins.
  private let entries: UnsafeMutablePointer<Int32>
  private let starts: UnsafeMutablePointer<Int32>
  /// By panel: the steps of its lookups, and the non-zeros of its longest row.
  let steps: UnsafeMutablePointer<Int32>
  let longest: UnsafeMutablePointer<Int32>

  init(_ nonZeros: NonZeros) {
    rows = nonZeros.rows
    let columns = nonZeros.columns
    panels = (rows + Self.height - 1) / Self.height
    quarters = max(4, padded(columns) / Self.quarter)
    func allocate<Number: FixedWidthInteger>(_ count: Int) -> UnsafeMutablePointer<Number> {
      let memory = UnsafeMutablePointer<Number>.allocate(capacity: count)
      memory.initialize(repeating: 0, count: count)
      return memory
    }
    counts = allocate(panels * quarters * Self.height)
    lengths = allocate(panels * Self.height)
    places = allocate(rows)
    entries = allocate(nonZeros.count)
    starts = allocate(columns + 1)
    steps = allocate(panels)
    longest = allocate(panels)
    // Where columns end, which filling them from the last row on turns into where they begin.
    for column in nonZeros.places { starts[Int(column)] += 1 }
    for column in 0..<columns { starts[column + 1] += starts[column] }
    for row in stride(from: rows - 1, through: 0, by: -1) {
      places[row] = Int32(row)
      lengths[row] = Int32(nonZeros[row].count)
      for column in nonZeros[row] {
        starts[Int(column)] -= 1
        entries[Int(starts[Int(column)])] = Int32(row)
        counts[index(Int32(row), quarter: Int(column) / Self.quarter)] += 1
      }
    }
  }

  func deallocate() {
    counts.deallocate()
    lengths.deallocate()
    places.deallocate()
    entries.deallocate()
    starts.deallocate()
    steps.deallocate()
    longest.deallocate()
  }

  /// Rows of a panel that are stored.
  func height(_ panel: Int) -> Int { min(Self.height, rows - panel * Self.height) }

  /// The cost of counting the steps of a panel, in some unit.
  var effort: Int { quarters }

  /// Steps that a lookup takes for each of some panels.
  func measure(
    _ panels: Range<Int>, _ kernels: PackingKernels, _ steps: UnsafeMutablePointer<Int32>
  ) {
    kernels.table.pointee.lookup_steps(
      panels.count, quarters, counts + panels.lowerBound * quarters * Self.height, steps)
  }

  /// The non-zeros of the panel's longest row: no window needs fewer steps.
  func measureLongest(_ panel: Int) -> Int32 {
    var result: Int32 = 0
    let first = lengths + panel * Self.height
    for lane in 0..<Self.height { result = max(result, first[lane]) }
    return result
  }

  /// Moves a column's non-zeros to another place.
  func moveColumn(_ column: Int, from: Int, to: Int) {
    let (old, new) = (from / Self.quarter, to / Self.quarter)
    for entry in Int(starts[column])..<Int(starts[column + 1]) {
      let place = places[Int(entries[entry])]
      counts[index(place, quarter: old)] &-= 1
      counts[index(place, quarter: new)] &+= 1
    }
  }

  /// Exchanges two rows of the matrix as it came, but for their lengths.
  func exchangeRows(_ a: Int, _ b: Int) {
    let (placeA, placeB) = (places[a], places[b])
    var one = counts + index(placeA, quarter: 0)
    var other = counts + index(placeB, quarter: 0)
    for _ in 0..<quarters {
      (one.pointee, other.pointee) = (other.pointee, one.pointee)
      one += Self.height
      other += Self.height
    }
    (places[a], places[b]) = (placeB, placeA)
  }

  private func index(_ place: Int32, quarter: Int) -> Int {
    let (panel, lane) = Int(place).quotientAndRemainder(dividingBy: Self.height)
    return (panel * quarters + quarter) * Self.height + lane
  }
}
