import ArgumentParser
import Sparrow

/// Products of a matrix and a vector, by size, share of zeros, arithmetic and format.
struct MatvecBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "matvec",
    abstract: "Time matrix-vector products of every format, one thread, caches warm.",
    discussion: """
      Rows are stored by their number of non-zeros, as a network's are. "balanced" has as many \
      non-zeros in each row of 32 columns; "block" has blocks of 16 rows by 4 columns.
      """)

  @Option(parsing: .upToNextOption, help: "Rows and columns.") var sizes = [256, 512, 1024, 2048]
  @Option(parsing: .upToNextOption, help: "Shares of zeros.") var sparsities = [
    0.0, 0.5, 0.8, 0.9, 0.95,
  ]
  @Option(parsing: .upToNextOption, help: "f32, w8a8, w8a16.")
  var arithmetics = Arithmetic.allCases
  @Option(parsing: .upToNextOption, help: "unstructured, balanced, block.")
  var patterns = ZeroPattern.allCases
  @Option(help: "Share of activations that are not zero.") var activity = 1.0
  @Option(help: "Rounds of each product.") var rounds = 41
  @Option(help: "scalar, avx2, avx512, neon, neon_i8mm; the fastest unless given.")
  var instructionSet: String?
  @Flag(help: "Print one JSON object a line.") var json = false

  func run() throws {
    let set = InstructionSet.all.first { "\($0.name)" == instructionSet } ?? .best
    if !json {
      print("| arithmetic | size | zeros | pattern | format | µs | bytes | × dense | planned |")
      print("|---|---|---|---|---|---|---|---|---|")
    }
    var regrets: [Double] = []
    for arithmetic in arithmetics {
      for size in sizes {
        for sparsity in sparsities {
          for pattern in sparsity == 0 ? [.unstructured] : patterns {
            regrets.append(measure(arithmetic, size, sparsity, pattern, set))
          }
        }
      }
    }
    if !json {
      regrets.sort()
      let over = regrets.filter { $0 > 0.1 }.count
      print(
        "\nThe planned format took at most \(formatted(100 * regrets.last!, 0)) % longer than the "
          + "fastest; more than 10 % longer in \(over) of \(regrets.count) cases.")
    }
  }

  /// Measures all formats; returns how much longer the planned one took than the fastest.
  private func measure(
    _ arithmetic: Arithmetic, _ size: Int, _ sparsity: Double, _ pattern: ZeroPattern,
    _ instructionSet: InstructionSet
  ) -> Double {
    var random = SystemRandom(seed: UInt64(size))
    let mask = pattern.mask(rows: size, columns: size, sparsity: sparsity, &random)
    var products: [MatrixFormat: Product] = [:]
    for format in MatrixFormat.allCases {
      products[format] = Product(
        arithmetic, size: size, mask: mask, format: format, activity: activity, instructionSet,
        &random)
    }
    // Formats take turns, so that what disturbs the machine disturbs all of them.
    var timings: [MatrixFormat: Timing] = [:]
    // The other formats have pushed a large matrix out of the caches: with so many calls, its way
    // back in takes little of a turn.
    let calls = max(20, 20_000_000 / (size * size))
    for _ in 0..<rounds {
      for format in MatrixFormat.allCases {
        timings[format, default: Timing()].measure(calls: calls, products[format]!.run)
      }
    }
    let dense = timings[.dense]!.median
    // Zero activations aren't known to a matrix that is packed on its own.
    let planned = Product.plannedFormat(arithmetic, size: size, mask: mask, instructionSet)
    for format in MatrixFormat.allCases {
      let time = timings[format]!.median
      let bytes = products[format]!.matrix.byteCount
      if json {
        print(
          """
          {"arithmetic": "\(arithmetic)", "size": \(size), "zeros": \(sparsity), \
          "pattern": "\(pattern)", "activity": \(activity), "format": "\(format)", \
          "microseconds": \(formatted(time, 4)), "bytes": \(bytes), \
          "planned": \(format == planned)}
          """)
      } else {
        print(
          "| \(arithmetic) | \(size) | \(sparsity) | \(pattern) | \(format) | "
            + "\(formatted(time, 3)) | \(bytes) | \(formatted(dense / time)) | "
            + "\(format == planned ? "×" : "") |")
      }
    }
    return timings[planned]!.median / timings.values.map(\.median).min()! - 1
  }
}

enum Arithmetic: String, CaseIterable, ExpressibleByArgument {
  case f32, w8a8, w8a16
}

/// Where zeros are.
enum ZeroPattern: String, CaseIterable, ExpressibleByArgument {
  case unstructured, balanced, block

  /// Whether each weight is kept, row-major.
  func mask(
    rows: Int, columns: Int, sparsity: Double, _ random: inout SystemRandom
  ) -> [Bool] {
    var mask = [Bool](repeating: false, count: rows * columns)
    switch self {
    case .unstructured:
      for i in mask.indices { mask[i] = random.uniform() >= sparsity }
    case .balanced:
      for row in 0..<rows {
        var owed = 0.0
        for tile in stride(from: 0, to: columns, by: 32) {
          let width = min(32, columns - tile)
          owed += (1 - sparsity) * Double(width)
          let count = min(width, Int(owed.rounded()))
          owed -= Double(count)
          for column in (tile..<tile + width).shuffled(using: &random).prefix(count) {
            mask[row * columns + column] = true
          }
        }
      }
    case .block:
      for row in stride(from: 0, to: rows, by: 16) {
        for column in stride(from: 0, to: columns, by: 4) where random.uniform() >= sparsity {
          for r in row..<min(row + 16, rows) {
            for c in column..<min(column + 4, columns) { mask[r * columns + c] = true }
          }
        }
      }
    }
    return mask
  }
}

/// SplitMix64: the same matrices in every run.
struct SystemRandom: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// A packed matrix with activations for it.
private final class Product {
  let matrix: PackedMatrix
  private let x: UnsafeMutablePointer<Float>
  private var planes: ActivationPlanes?
  private let y: UnsafeMutablePointer<Float>
  private let sums: UnsafeMutablePointer<Int32>

  init(
    _ arithmetic: Arithmetic, size: Int, mask: [Bool], format: MatrixFormat, activity: Double,
    _ instructionSet: InstructionSet, _ random: inout SystemRandom
  ) {
    x = Self.memory(size + PackedMatrix.overhang, of: 0)
    y = Self.memory(size + 16, of: 0)
    sums = Self.memory(size + 16, of: 0)
    let active = (0..<size).map { _ in random.uniform() < activity }
    switch arithmetic {
    case .f32:
      let weights = mask.map { $0 ? Float(random.uniform()) + 0.1 : 0 }
      matrix = PackedMatrix(
        rows: size, columns: size, weights: weights, format: format, sortsRows: true,
        instructionSet: instructionSet)
      for i in active.indices { x[i] = active[i] ? Float(random.uniform()) : 0 }
    case .w8a8, .w8a16:
      let weights = mask.map { $0 ? Int8(truncatingIfNeeded: random.next() | 1) : 0 }
      let bits = arithmetic == .w8a8 ? 8 : 16
      matrix = PackedMatrix(
        rows: size, columns: size, weights: weights, activationBits: bits, format: format,
        sortsRows: true, instructionSet: instructionSet)
      planes =
        arithmetic == .w8a8
        ? ActivationPlanes(active.map { $0 ? Int8(truncatingIfNeeded: random.next() | 1) : 0 })
        : ActivationPlanes(active.map { $0 ? Int16(truncatingIfNeeded: random.next() | 1) : 0 })
    }
  }

  /// The format that a plan would choose, which depends on where zeros are alone.
  static func plannedFormat(
    _ arithmetic: Arithmetic, size: Int, mask: [Bool], _ instructionSet: InstructionSet
  ) -> MatrixFormat {
    switch arithmetic {
    case .f32:
      PackedMatrix(
        rows: size, columns: size, weights: mask.map { $0 ? Float(1) : 0 }, sortsRows: true,
        instructionSet: instructionSet
      ).format
    case .w8a8, .w8a16:
      PackedMatrix(
        rows: size, columns: size, weights: mask.map { $0 ? Int8(1) : 0 },
        activationBits: arithmetic == .w8a8 ? 8 : 16, sortsRows: true,
        instructionSet: instructionSet
      ).format
    }
  }

  deinit {
    x.deallocate()
    y.deallocate()
    sums.deallocate()
  }

  private static func memory<Element>(_ count: Int, of value: Element) -> UnsafeMutablePointer<
    Element
  > {
    UnsafeMutableRawPointer.allocate(byteCount: 4 * count, alignment: 64)
      .initializeMemory(as: Element.self, repeating: value, count: count)
  }

  func run(calls: Int) {
    let matrix = matrix
    if let planes {
      for _ in 0..<calls { matrix.multiply(planes, into: sums) }
    } else {
      for _ in 0..<calls { matrix.multiply(x, into: y) }
    }
  }
}
