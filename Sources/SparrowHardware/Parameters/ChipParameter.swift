import Sparrow

/// A number, or a few, that a chip is described by, with where it comes from.
public struct ChipParameter: Sendable, Hashable, Codable {
  /// How a number is known.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// A publication says so; `source` names it.
    case published
    /// Remembered of a publication, and not checked against it.
    case recalled
    /// Nobody said so: a plausible value that stands for one that is not known.
    case assumed
  }

  /// One number, or, where a chip can be set in several ways, one a setting, ascending.
  public var values: [Double]
  /// As in "Hz", "J/MAC", "cycles"; "1" for pure numbers.
  public var unit: String
  public var kind: Kind
  /// The publication, or the reasoning.
  public var source: String

  public init(values: [Double], unit: String, kind: Kind, source: String) {
    self.values = values
    self.unit = unit
    self.kind = kind
    self.source = source
  }

  enum CodingKeys: String, CodingKey {
    case value, unit, kind, source
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
    if let list = try? container.decode([Double].self, forKey: .value) {
      values = list
    } else {
      values = [try container.decode(Double.self, forKey: .value)]
    }
    unit = try container.decode(String.self, forKey: .unit)
    kind = try container.decode(Kind.self, forKey: .kind)
    source = try container.decode(String.self, forKey: .source)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if values.count == 1 {
      try container.encode(values[0], forKey: .value)
    } else {
      try container.encode(values, forKey: .value)
    }
    try container.encode(unit, forKey: .unit)
    try container.encode(kind, forKey: .kind)
    try container.encode(source, forKey: .source)
  }
}
