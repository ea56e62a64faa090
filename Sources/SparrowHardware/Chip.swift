import CSparrowChips

/// A chip that can be simulated.
public enum Chip: Sendable {
  case array(ArrayChip)
  case matrixVectorEngine(MatrixVectorEngine)
  case gpu(GPU)
  case neurocores(NeurocoreChip)

  /// - Throws: ``ChipError/invalid(chip:reason:)`` where a parameter is missing, makes no sense or
  ///   contradicts another one.
  public init(_ file: ChipFile) throws(ChipError) {
    switch file.family {
    case .sharp, .fixedTile: self = .array(try ArrayChip(file))
    case .matrixVectorEngine: self = .matrixVectorEngine(try MatrixVectorEngine(file))
    case .gpu: self = .gpu(try GPU(file))
    case .neurocores: self = .neurocores(try NeurocoreChip(file))
    }
  }

  public var file: ChipFile {
    switch self {
    case .array(let chip): chip.file
    case .matrixVectorEngine(let chip): chip.file
    case .gpu(let chip): chip.file
    case .neurocores(let chip): chip.file
    }
  }

  /// Multiply-accumulates a second at most; nil where there is no such number.
  public var peak: Double? {
    switch self {
    case .array(let chip): chip.peak
    case .matrixVectorEngine(let chip): chip.peak
    case .gpu(let chip): chip.peak
    case .neurocores: nil
    }
  }

  /// In mm².
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
  /// The chips that come with Sparrow: the files in `Chips/`.
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

  /// One of those.
  ///
  /// - Throws: ``ChipError/invalid(chip:reason:)`` where there is no such chip.
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
