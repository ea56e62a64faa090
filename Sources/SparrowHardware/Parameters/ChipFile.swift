import Foundation
import Sparrow

/// A chip as its file in `Chips/` describes it: what is modelled, and every parameter with its source.
///
/// In JSON:
///
///     {
///       "name": "sharp", "family": "sharp", "title": "…", "models": "…",
///       "parameters": {
///         "clock": {"value": 500e6, "unit": "Hz", "kind": "recalled", "source": "…"}, …
///       }
///     }
public struct ChipFile: Sendable, Hashable, Codable {
  /// Which simulator reads the parameters, and thereby which ones there have to be.
  public enum Family: String, Sendable, Codable, CaseIterable {
    case sharp, fixedTile, matrixVectorEngine, gpu, neurocores
  }

  /// What it is called in commands.
  public var name: String
  public var family: Family
  /// One line for people.
  public var title: String
  /// What is modelled and what is not, in a few sentences.
  public var models: String
  public var parameters: [String: ChipParameter]

  /// - Parameters:
  ///   - json: the bytes of the file.
  ///   - source: what the file is called where it is refused.
  /// - Throws: ``ChipError/invalid(chip:reason:)``.
  public init(json: some Sequence<UInt8>, source: String) throws(ChipError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(json))
    } catch {
      let reason = (error as? DecodingError)?.summary ?? "\(error)"
      throw .invalid(chip: source, reason: "the file is not valid: \(reason)")
    }
  }

  enum CodingKeys: String, CodingKey {
    case name, family, title, models, parameters
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    family = try container.decode(Family.self, forKey: .family)
    title = try container.decode(String.self, forKey: .title)
    models = try container.decode(String.self, forKey: .models)
    parameters = try container.decode([String: ChipParameter].self, forKey: .parameters)
  }

  /// The same chip with another value of a parameter, which is an assumption from now on.
  ///
  /// - Throws: where there is no such parameter.
  public func setting(_ name: String, to values: [Double]) throws(ChipError) -> ChipFile {
    guard let old = parameters[name] else {
      throw .invalid(
        chip: self.name,
        reason: "there is no parameter \(name); expected one of "
          + parameters.keys.sorted().joined(separator: ", "))
    }
    var file = self
    file.parameters[name] = ChipParameter(
      values: values, unit: old.unit, kind: .assumed, source: "set by hand; was \(old.values)")
    return file
  }

  public func setting(_ name: String, to value: Double) throws(ChipError) -> ChipFile {
    try setting(name, to: [value])
  }
}
