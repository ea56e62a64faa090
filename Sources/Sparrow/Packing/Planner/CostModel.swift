import CSparrow
import SparrowCore

/// How long a product of a packed matrix takes: what starting it costs, and the slower of two
/// flows, the arithmetic's and that of the bytes from where they lie.
///
///     time = start + slices × slice + columns × column + share × bytes / min(rate, reach × memory)
///
/// The numbers were fitted to the times of `SparrowBenchmarks matvec` on one core of a Zen 5
/// processor at 3.8 GHz, over sizes 64…2048, shares of zeros 0…0.99 and shares of active inputs
/// 0.1…1; those of ARM, and of Intel's processors with AVX-512, are in files of their own.
/// WebAssembly's were fitted to the times of its kernels
/// in Node.js 20 on a processor with AVX2, over sizes 64…640; those of 16-bit activations by the
/// loops alone, on an Intel Sapphire Rapids. AVX2's lookups of bytes were measured
/// in the embedded denoiser on an AMD EPYC without AVX-512, beside dense products, whose costs
/// they are in proportion to. On another processor times differ,
/// but formats are only compared with each other.
struct CostModel {
  /// Of one format in one arithmetic.
  struct Cost {
    /// Nanoseconds of every product.
    var start: Double
    /// Nanoseconds of every 16 rows.
    var slice: Double
    /// Bytes in a nanosecond that the arithmetic takes in, were they always at hand.
    var rate: Double
    /// Nanoseconds of every column that is looked at for being active.
    var column = 0.0
    /// Share of what memory gives that the format takes: columns that are skipped leave gaps, which
    /// prefetching does not see through.
    var reach = 1.0
  }

  /// Bytes in a nanosecond that one core reads of as many bytes that it goes through again and
  /// again.
  typealias MemoryRate = (bytes: Double, rate: Double)

  private let costs: [MatrixFormat: [Cost]]
  private let memoryRates: [MemoryRate]

  /// - Parameter processor: nil for the one that runs this program, if it has the instruction set,
  ///   and for one like those that the set's costs were measured on, if not.
  init(_ instructionSet: InstructionSet, _ processor: Processor? = nil) {
    let processor = processor ?? .local(instructionSet)
    memoryRates = processor == .intel ? Self.intelMemory : Self.zenMemory
    costs =
      switch instructionSet {
      case _ where processor == .cortexM: Self.cortexM
      case _ where processor == .intel: Self.intel
      case .avx512: Self.avx512
      case .avx2: Self.avx2
      case .neon: Self.neon
      case .neonI8MM: Self.neonI8MM
      case .wasm: Self.wasm
      default: Self.scalar
      }
  }

  /// Nanoseconds of a product.
  ///
  /// - Parameters:
  ///   - footprint: bytes that pass through the caches from one such product to the next: the
  ///     matrix's own, or those of the network that it belongs to.
  ///   - activity: share of the activations that are not zero.
  func nanoseconds(
    _ format: MatrixFormat, _ arithmetic: sparrow_arithmetic, rows: Int, columns: Int, bytes: Int,
    footprint: Int, activity: Double
  ) -> Double {
    let cost = (costs[format] ?? costs[.lookup]!)[Int(arithmetic.rawValue)]
    let memory = cost.reach * memoryRate(footprint)
    let share = format.skipsColumns ? activity : 1
    let slices = Double((rows + 15) / 16)
    return cost.start + slices * cost.slice + Double(columns) * cost.column
      + share * Double(bytes) / min(cost.rate, memory)
  }

  /// Bytes in a nanosecond that one core reads, by the size of what it goes through again and
  /// again: from the first-level cache as fast as any arithmetic takes them; then what the second
  /// level gives, the third, and memory.
  private func memoryRate(_ footprint: Int) -> Double {
    let bytes = Double(footprint)
    guard bytes > memoryRates[0].bytes else { return .infinity }
    for (low, high) in zip(memoryRates, memoryRates.dropFirst()) where bytes <= high.bytes {
      let share = (bytes - low.bytes) / (high.bytes - low.bytes)
      return low.rate + share * (high.rate - low.rate)
    }
    return memoryRates.last!.rate
  }

  // The second level has 1 MiB.
  private static let zenMemory: [MemoryRate] = [
    (48e3, 180), (700e3, 180), (1.05e6, 117), (2e6, 97), (4e6, 88), (9e6, 70), (17e6, 57),
  ]

  // By arithmetic: f32, w8a8, w8a16.

  private static let avx512: [MatrixFormat: [Cost]] = [
    .dense: [
      Cost(start: 10, slice: 0, rate: 342), Cost(start: 14, slice: 0.5, rate: 366),
      Cost(start: 15, slice: 0.3, rate: 265),
    ],
    .events: [
      Cost(start: 4, slice: 0.5, rate: 147, column: 0.1, reach: 0.9),
      Cost(start: 15, slice: 0.5, rate: 147, column: 0.8, reach: 0.5),
      Cost(start: 15, slice: 0.5, rate: 90, column: 0.8, reach: 0.5),
    ],
    .lookup: [
      Cost(start: 12, slice: 0, rate: 209, reach: 1.06), Cost(start: 16, slice: 0.4, rate: 297),
      Cost(start: 16, slice: 0.5, rate: 230),
    ],
    .wideLookup: [
      Cost(start: 10, slice: 0, rate: 136), Cost(start: 16, slice: 0.4, rate: 297),
      Cost(start: 16, slice: 0.5, rate: 230),
    ],
    .widestLookup: [
      Cost(start: 10, slice: 0, rate: 136), Cost(start: 17, slice: 0.3, rate: 237, reach: 0.94),
      Cost(start: 16, slice: 0.2, rate: 138),
    ],
    .block: [
      Cost(start: 10, slice: 0.23, rate: 212), Cost(start: 14, slice: 0.26, rate: 166),
      Cost(start: 14, slice: 0.45, rate: 124),
    ],
    .columns: [
      Cost(start: 10, slice: 0.5, rate: 22, column: 0.1),
      Cost(start: 20, slice: 1, rate: 17, column: 0.8),
      Cost(start: 20, slice: 1, rate: 10, column: 0.8),
    ],
  ]

  private static let avx2: [MatrixFormat: [Cost]] = [
    .dense: [
      Cost(start: 5, slice: 0, rate: 171), Cost(start: 7, slice: 0, rate: 59),
      Cost(start: 10, slice: 0, rate: 39),
    ],
    .events: [
      Cost(start: 4, slice: 0.8, rate: 119, column: 0.3),
      Cost(start: 20, slice: 0.5, rate: 32, column: 0.8, reach: 0.5),
      Cost(start: 15, slice: 0.5, rate: 17, column: 0.8, reach: 0.5),
    ],
    .lookup: [
      Cost(start: 15, slice: 0, rate: 20), Cost(start: 12, slice: 0, rate: 70),
      Cost(start: 12, slice: 0.6, rate: 62),
    ],
    .wideLookup: [
      Cost(start: 15, slice: 0, rate: 20), Cost(start: 12, slice: 0, rate: 50),
      Cost(start: 12, slice: 0.6, rate: 45),
    ],
    .block: [
      Cost(start: 10, slice: 0.6, rate: 137), Cost(start: 13, slice: 0.2, rate: 56),
      Cost(start: 12, slice: 0.7, rate: 36),
    ],
    .columns: [
      Cost(start: 10, slice: 0.8, rate: 20, column: 0.5),
      Cost(start: 20, slice: 1, rate: 2, column: 1),
      Cost(start: 20, slice: 1, rate: 2, column: 1),
    ],
  ]

  // Not nanoseconds but instructions, counted from what compilers make of the kernels for a
  // Cortex-M4: a few for every weight, as no vectors help, and between two and nine for a byte.
  private static let cortexM: [MatrixFormat: [Cost]] = [
    .dense: [
      Cost(start: 100, slice: 20, rate: 0.8), Cost(start: 100, slice: 20, rate: 0.3),
      Cost(start: 100, slice: 20, rate: 0.2),
    ],
    .events: [
      Cost(start: 100, slice: 0, rate: 0.6, column: 14),
      Cost(start: 100, slice: 0, rate: 0.15, column: 14),
      Cost(start: 100, slice: 0, rate: 0.15, column: 14),
    ],
    .lookup: [
      Cost(start: 100, slice: 20, rate: 0.8), Cost(start: 100, slice: 20, rate: 0.25),
      Cost(start: 100, slice: 20, rate: 0.25),
    ],
    .block: [
      Cost(start: 100, slice: 20, rate: 0.8), Cost(start: 100, slice: 20, rate: 0.3),
      Cost(start: 100, slice: 20, rate: 0.2),
    ],
    .columns: [
      Cost(start: 100, slice: 0, rate: 0.7, column: 20),
      Cost(start: 100, slice: 0, rate: 0.19, column: 30),
      Cost(start: 100, slice: 0, rate: 0.19, column: 30),
    ],
  ]

  private static let wasm: [MatrixFormat: [Cost]] = [
    .dense: [
      Cost(start: 30, slice: 0, rate: 22), Cost(start: 20, slice: 1, rate: 20),
      Cost(start: 15, slice: 0.5, rate: 19),
    ],
    .events: [
      Cost(start: 50, slice: 0, rate: 19.5, column: 1),
      Cost(start: 20, slice: 10, rate: 10.5, column: 2.5),
      Cost(start: 40, slice: 17, rate: 5.2, column: 2.4),
    ],
    .lookup: [
      Cost(start: 15, slice: 0, rate: 12), Cost(start: 7, slice: 2, rate: 20),
      Cost(start: 9, slice: 2, rate: 17.5),
    ],
    .wideLookup: [
      Cost(start: 15, slice: 0, rate: 12), Cost(start: 5, slice: 2.5, rate: 15),
      Cost(start: 5, slice: 3, rate: 12.2),
    ],
    .block: [
      Cost(start: 1, slice: 6, rate: 22), Cost(start: 15, slice: 2.4, rate: 20.7),
      Cost(start: 1, slice: 2.3, rate: 15),
    ],
    .columns: [
      Cost(start: 110, slice: 0, rate: 6.3, column: 1.3),
      Cost(start: 110, slice: 0, rate: 1.7, column: 2.3),
      Cost(start: 170, slice: 0, rate: 1.7, column: 2.3),
    ],
  ]

  private static let scalar: [MatrixFormat: [Cost]] = [
    .dense: [
      Cost(start: 28, slice: 0, rate: 45), Cost(start: 26, slice: 0, rate: 13),
      Cost(start: 30, slice: 0, rate: 0.35),
    ],
    .events: [
      Cost(start: 4, slice: 0.4, rate: 61, column: 0.4), Cost(start: 18, slice: 0, rate: 5),
      Cost(start: 20, slice: 0, rate: 5),
    ],
    .lookup: [
      Cost(start: 8, slice: 4.3, rate: 22), Cost(start: 8, slice: 10, rate: 8),
      Cost(start: 20, slice: 13, rate: 4),
    ],
    .block: [
      Cost(start: 14, slice: 14, rate: 44), Cost(start: 5, slice: 10, rate: 13),
      Cost(start: 10, slice: 15, rate: 2.2),
    ],
    .columns: [
      Cost(start: 10, slice: 0.8, rate: 15, column: 0.5),
      Cost(start: 20, slice: 1, rate: 2, column: 1),
      Cost(start: 20, slice: 1, rate: 2, column: 1),
    ],
  ]
}
