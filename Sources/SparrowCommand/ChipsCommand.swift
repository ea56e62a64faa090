import ArgumentParser
import SparrowFiles
import SparrowHardware

struct ChipsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chips",
    abstract: "List simulated chips, or the parameters of one.",
    discussion: """
      Every parameter has a source: published, recalled (from a publication, not checked) or \
      assumed. A chip of your own is a file like those in Chips/. With --json a chip is \
      printed as such a file, and without a name all chips as an array.
      """)

  @Argument(help: "The name of a chip or the path of a chip file (default: all embedded chips).")
  var chip: String?

  @OptionGroup var format: OutputOptions

  func run() throws {
    if let chip {
      let file = try ChipFile(nameOrPath: chip)
      _ = try Chip(file)
      try show(format.json ? try jsonText(file, isPretty: true) : file.text)
      return
    }
    let summaries = try ChipFile.builtIn.map { try ChipSummary(Chip($0)) }
    try show(
      format.json
        ? try jsonText(summaries, isPretty: true)
        : table(
          ["chip", "peak", "area", "published", "recalled", "assumed"],
          summaries.map(\.row)))
  }
}

private struct ChipSummary: Encodable {
  var name: String
  var family: String
  var title: String
  var peakMacsPerSecond: Double?
  var areaMm2: Double
  var parameters: [String: Int]

  init(_ chip: Chip) {
    name = chip.file.name
    family = chip.file.family.rawValue
    title = chip.file.title
    peakMacsPerSecond = chip.peak
    areaMm2 = chip.area
    parameters = Dictionary(
      chip.file.parameters.values.map { ($0.kind.rawValue, 1) }, uniquingKeysWith: +)
  }

  var row: [String] {
    [
      "\(name): \(title)", peakMacsPerSecond.map { fixed($0 / 1e12, 2) + " TMAC/s" } ?? "",
      fixed(areaMm2, 0) + " mm²",
    ] + ["published", "recalled", "assumed"].map { "\(parameters[$0] ?? 0)" }
  }
}

extension ChipFile {
  /// An embedded chip, or one in a file.
  init(nameOrPath: String) throws {
    if nameOrPath.contains("/") || nameOrPath.hasSuffix(".json") {
      self = try ChipFile(
        json: try Files.read(nameOrPath, limit: FileLimits.description), source: nameOrPath)
    } else {
      self = try ChipFile.named(nameOrPath)
    }
  }

  fileprivate var text: String {
    let rows = parameters.sorted { $0.key < $1.key }.map { name, parameter in
      [
        name, parameter.values.map { "\($0)" }.joined(separator: ", "), parameter.unit,
        parameter.kind.rawValue,
      ]
    }
    let parameterTable = table(["parameter", "value", "unit", "known as"], rows)
      .split(separator: "\n")
    let sources = ["source"] + parameters.sorted { $0.key < $1.key }.map(\.value.source)
    let lines = zip(parameterTable, sources).map { "\($0)  \($1)" }
    return "\(name): \(title)\n\(models)\n\n" + lines.joined(separator: "\n")
  }
}
