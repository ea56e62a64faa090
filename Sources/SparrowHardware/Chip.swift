import CSparrowChips

/// A simulated chip of any family.
public enum Chip: Sendable {
  /// An array of multipliers: SHARP, or an ASIC with a fixed tile.
  case array(ArrayChip)
  /// A matrix-vector engine like BrainWave.
  case matrixVectorEngine(MatrixVectorEngine)
  /// A graphics processor.
  case gpu(GPU)
  /// A mesh of neuron cores like Loihi 2.
  case neurocores(NeurocoreChip)

  /// A chip of the parameters in a file.
  ///
  /// - Throws: ``ChipError/invalid(chip:reason:)`` if a parameter is missing, is out of its range
  ///   or contradicts another one.
  public init(_ file: ChipFile) throws(ChipError) {
    switch file.family {
    case .sharp, .fixedTile: self = .array(try ArrayChip(file))
    case .matrixVectorEngine: self = .matrixVectorEngine(try MatrixVectorEngine(file))
    case .gpu: self = .gpu(try GPU(file))
    case .neurocores: self = .neurocores(try NeurocoreChip(file))
    }
  }

  /// The parameters of the chip.
  public var file: ChipFile {
    switch self {
    case .array(let chip): chip.file
    case .matrixVectorEngine(let chip): chip.file
    case .gpu(let chip): chip.file
    case .neurocores(let chip): chip.file
    }
  }

  /// Peak throughput in multiply-accumulates per second; nil for neuron cores.
  public var peak: Double? {
    switch self {
    case .array(let chip): chip.peak
    case .matrixVectorEngine(let chip): chip.peak
    case .gpu(let chip): chip.peak
    case .neurocores: nil
    }
  }

  /// The area of the chip, in mm².
  public var area: Double {
    switch self {
    case .array(let chip): chip.area
    case .matrixVectorEngine(let chip): chip.area
    case .gpu(let chip): chip.area
    case .neurocores(let chip): chip.area
    }
  }
}

extension ChipFile {
  /// The chips in `Chips/`, which are embedded.
  public static let builtIn: [ChipFile] = (0..<sparrow_chip_count()).map { index in
    var count = 0
    let bytes = sparrow_chip(index, &count)
    do {
      return try ChipFile(
        json: UnsafeBufferPointer(start: bytes, count: count), source: "Chips/\(index)")
    } catch {
      preconditionFailure("an embedded chip is a valid one: \(error)")
    }
  }

  /// An embedded chip by its name.
  ///
  /// - Throws: ``ChipError/invalid(chip:reason:)`` if there is no such chip.
  public static func named(_ name: String) throws(ChipError) -> ChipFile {
    guard let file = builtIn.first(where: { $0.name == name }) else {
      throw .invalid(
        chip: name,
        reason: "there is no such chip; expected "
          + builtIn.map(\.name).joined(separator: ", ") + ", or a file's path")
    }
    return file
  }
}
