import Sparrow

/// A parameter of a chip: one or more numbers with a unit and a source.
public struct ChipParameter: Sendable, Hashable, Codable {
  /// The kind of a source.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// A publication, which `source` names.
    case published
    /// Recalled from a publication, not checked against it.
    case recalled
    /// A plausible assumption for an unknown value.
    case assumed
  }

  /// One number, or one per setting of the chip, ascending.
  public var values: [Double]
  /// The unit, as "Hz", "J/MAC" or "cycles"; "1" for pure numbers.
  public var unit: String
  /// The kind of the source.
  public var kind: Kind
  /// The publication or the reasoning.
  public var source: String

  /// A parameter.
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
