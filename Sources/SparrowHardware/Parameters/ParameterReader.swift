/// Reads the parameters of a chip file, each once, and refuses missing, invalid and unknown ones.
struct ParameterReader: ~Copyable {
  let file: ChipFile
  private var taken: Set<String> = []

  init(_ file: ChipFile) { self.file = file }

  func error(_ reason: String) -> ChipError { .invalid(chip: file.name, reason: reason) }

  /// The values of a parameter in a unit.
  mutating func list(_ name: String, _ unit: String) throws(ChipError) -> [Double] {
    guard let parameter = file.parameters[name] else {
      throw error("the parameter \(name) (\(unit)) is missing")
    }
    guard parameter.unit == unit else {
      throw error("\(name) is in \"\(parameter.unit)\"; expected \(unit)")
    }
    guard !parameter.values.isEmpty, parameter.values.allSatisfy(\.isFinite) else {
      throw error("\(name) has no finite value")
    }
    guard !parameter.source.isEmpty else { throw error("\(name) names no source") }
    taken.insert(name)
    return parameter.values
  }

  /// A number that may be zero.
  mutating func number(_ name: String, _ unit: String) throws(ChipError) -> Double {
    let values = try list(name, unit)
    guard values.count == 1 else {
      throw error("\(name) has \(values.count) values; expected one")
    }
    guard values[0] >= 0 else {
      throw error("\(name) is \(values[0]) \(unit); expected 0 or more")
    }
    return values[0]
  }

  /// A number above zero.
  mutating func positive(_ name: String, _ unit: String) throws(ChipError) -> Double {
    let value = try number(name, unit)
    guard value > 0 else { throw error("\(name) is 0 \(unit); expected more than 0") }
    return value
  }

  mutating func count(
    _ name: String, _ unit: String = "1", in range: ClosedRange<Int> = 1...(1 << 40)
  ) throws(ChipError) -> Int {
    let values = try list(name, unit)
    guard values.count == 1 else {
      throw error("\(name) has \(values.count) values; expected one")
    }
    guard let count = Int(exactly: values[0]), range.contains(count) else {
      throw error(
        "\(name) is \(values[0]) \(unit); expected a whole number from \(range.lowerBound) to "
          + "\(range.upperBound)")
    }
    return count
  }

  /// Whole numbers above zero, ascending.
  mutating func counts(_ name: String, _ unit: String = "1") throws(ChipError) -> [Int] {
    var result: [Int] = []
    for value in try list(name, unit) {
      guard let count = Int(exactly: value), count > 0, count > result.last ?? 0 else {
        throw error("\(name) has the value \(value); expected whole numbers above 0, ascending")
      }
      result.append(count)
    }
    return result
  }

  /// Refuses parameters that were not read; called last.
  func finish() throws(ChipError) {
    if let stranger = file.parameters.keys.sorted().first(where: { !taken.contains($0) }) {
      throw error(
        "nothing reads the parameter \(stranger); expected "
          + taken.sorted().joined(separator: ", ")
      )
    }
  }
}
