/// A chip with one array of N multipliers, which computes products tile by tile: SHARP (Yazdani et
/// al. 2019), or an ASIC with a fixed tile.
///
/// A tile is K rows by N/K columns of a matrix: each of N/K vector-scalar units multiplies one
/// activation by K weights of its column, and an adder tree sums the products of each row.
/// Accumulators, the activation unit and the cell updater follow.
public struct ArrayChip: Sendable {
  /// The tile of the array.
  enum Tiling: Sendable, Hashable {
    /// One K of these for each layer.
    case reconfigurable([Int])
    /// A unit for each gate, with dot products of fixed width.
    case fixed(gateUnits: Int, width: Int)
  }

  /// The parameters of the chip.
  public let file: ChipFile
  /// The clock frequency, in hertz.
  public let clock: Double
  /// The number of multipliers, N.
  public let multipliers: Int
  let tiling: Tiling
  let tileInterval: Int
  let reduceLevelLatency: Int
  let accumulateLatency: Int
  let activationWidth: Int
  let activationLatency: Int
  let cellWidth: Int
  let cellLatency: Int
  let writeBackLatency: Int
  let weightBytes: Int
  let partialSumBytes: Int
  let weightBuffer: Int
  let vectorBuffer: Int
  let cellBuffer: Int
  let partialSumBuffer: Int
  let offChipBandwidth: Double
  let energies: Energies
  /// The area of the chip, in mm².
  public let area: Double

  struct Energies: Sendable {
    /// Joules: of a multiply-accumulate, of a byte of each buffer, of a value in each unit, of a
    /// byte off chip.
    var multiply: Double
    var weightRead: Double
    var vectorRead: Double
    var partialSum: Double
    var activation: Double
    var cell: Double
    var offChip: Double
    /// In watts.
    var staticPower: Double
  }

  /// A chip of the parameters in a file.
  ///
  /// - Throws: ``ChipError/invalid(chip:reason:)`` if a parameter is missing, is out of its range
  ///   or contradicts another one.
  public init(_ file: ChipFile) throws(ChipError) {
    var reader = ParameterReader(file)
    self.file = file
    clock = try reader.positive("clock", "Hz")
    multipliers = try reader.count("multipliers", in: 1...(1 << 24))
    if file.family == .fixedTile {
      let units = try reader.count("gateUnits", in: 1...64)
      let width = try reader.count("dotProductWidth", "columns", in: 1...(1 << 20))
      guard multipliers.isMultiple(of: units * width) else {
        throw reader.error(
          "\(multipliers) multipliers cannot be \(units) gate units of dot products of \(width)")
      }
      tiling = .fixed(gateUnits: units, width: width)
    } else {
      let heights = try reader.counts("tileHeights", "rows")
      for height in heights where !multipliers.isMultiple(of: height) {
        throw reader.error(
          "tileHeights has \(height), which does not divide the \(multipliers) multipliers")
      }
      tiling = .reconfigurable(heights)
    }
    tileInterval = try reader.count("tileInterval", "cycles", in: 1...1000)
    reduceLevelLatency = try reader.count("reduceLevelLatency", "cycles", in: 0...1000)
    accumulateLatency = try reader.count("accumulateLatency", "cycles", in: 0...1000)
    activationWidth = try reader.count("activationWidth", "values/cycle", in: 1...(1 << 20))
    activationLatency = try reader.count("activationLatency", "cycles", in: 0...100_000)
    cellWidth = try reader.count("cellWidth", "values/cycle", in: 1...(1 << 20))
    cellLatency = try reader.count("cellLatency", "cycles", in: 0...100_000)
    writeBackLatency = try reader.count("writeBackLatency", "cycles", in: 0...1000)
    weightBytes = try reader.count("weightBytes", "bytes", in: 1...8)
    partialSumBytes = try reader.count("partialSumBytes", "bytes", in: 1...8)
    weightBuffer = try reader.count("weightBuffer", "bytes")
    vectorBuffer = try reader.count("vectorBuffer", "bytes")
    cellBuffer = try reader.count("cellBuffer", "bytes")
    partialSumBuffer = try reader.count("partialSumBuffer", "bytes")
    offChipBandwidth = try reader.positive("offChipBandwidth", "B/s")
    energies = Energies(
      multiply: try reader.number("multiplyEnergy", "J/MAC"),
      weightRead: try reader.number("weightReadEnergy", "J/B"),
      vectorRead: try reader.number("vectorReadEnergy", "J/B"),
      partialSum: try reader.number("partialSumEnergy", "J/B"),
      activation: try reader.number("activationEnergy", "J/value"),
      cell: try reader.number("cellEnergy", "J/value"),
      offChip: try reader.number("offChipEnergy", "J/B"),
      staticPower: try reader.number("staticPower", "W"))
    let buffers = weightBuffer + vectorBuffer + cellBuffer + partialSumBuffer
    area =
      try reader.number("multiplierArea", "mm2") * Double(multipliers)
      + reader.number("bufferArea", "mm2/MiB") * Double(buffers) / 1_048_576
      + reader.number("activationArea", "mm2") * Double(activationWidth)
      + reader.number("cellArea", "mm2") * Double(cellWidth)
    try reader.finish()
    guard weightBuffer >= multipliers * weightBytes else {
      throw reader.error(
        "weightBuffer has \(weightBuffer) bytes, less than one tile: \(multipliers * weightBytes)"
      )
    }
  }

  /// The values of K that the chip has; one if its tile is fixed.
  public var tileHeights: [Int] {
    switch tiling {
    case .reconfigurable(let heights): heights
    case .fixed(_, let width): [multipliers / width]
    }
  }

  /// Whether K can be chosen for each layer.
  public var isReconfigurable: Bool { file.family == .sharp }

  /// Peak throughput in multiply-accumulates per second.
  public var peak: Double { clock * Double(multipliers) / Double(tileInterval) }

  /// The tile that a height stands for in a layer of so many gates.
  func shape(height: Int, gates: Int) -> TileShape {
    switch tiling {
    case .reconfigurable: return TileShape(rows: height, columns: multipliers / height)
    case .fixed(let units, let width):
      // A gate has a unit of its own; more gates than units take turns. A product without gates has
      // its rows shared out over all units.
      let rows = multipliers / width
      let used = gates == 1 ? units : min(gates, units)
      return TileShape(rows: max(rows / units * used, 1), columns: width)
    }
  }
}

/// Rows by columns of a matrix that the multipliers do in one go.
struct TileShape: Sendable, Hashable {
  var rows: Int
  var columns: Int

  /// Levels of the tree that sums a row's products up.
  var levels: Int { columns <= 1 ? 0 : Int.bitWidth - (columns - 1).leadingZeroBitCount }
}
