import Foundation
import Sparrow

/// The description of a chip in a file of `Chips/`: its family, its model and every parameter with
/// its source.
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
  /// The family of a chip, which determines its simulator and its parameters.
  public enum Family: String, Sendable, Codable, CaseIterable {
    /// SHARP: an array of multipliers with a reconfigurable tile (Yazdani et al. 2019).
    case sharp
    /// An array of multipliers with a fixed tile, like E-PUR.
    case fixedTile
    /// A matrix-vector engine like BrainWave.
    case matrixVectorEngine
    /// A graphics processor.
    case gpu
    /// A mesh of neuron cores like Loihi 2.
    case neurocores
  }

  /// The name in commands.
  public var name: String
  /// The family of the chip.
  public var family: Family
  /// A description in one line.
  public var title: String
  /// Scope: included and left out of the model.
  public var models: String
  /// The parameters by name.
  public var parameters: [String: ChipParameter]

  /// Reads a chip file.
  ///
  /// - Parameters:
  ///   - json: The bytes of the file.
  ///   - source: The name of the file in errors.
  /// - Throws: ``ChipError/invalid(chip:reason:)`` if the file is not valid.
  public init(json: some Sequence<UInt8>, source: String) throws(ChipError) {
    let json = Array(json)
    do throws(JSONSyntax.Problem) { try JSONSyntax.check(json) } catch {
      throw .invalid(chip: source, reason: "the file is not valid JSON: \(error)")
    }
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

  /// A copy with other values of a parameter, whose kind becomes ``ChipParameter/Kind/assumed``.
  ///
  /// - Throws: ``ChipError/invalid(chip:reason:)`` if there is no such parameter.
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

  /// A copy with another value of a parameter, whose kind becomes ``ChipParameter/Kind/assumed``.
  ///
  /// - Throws: ``ChipError/invalid(chip:reason:)`` if there is no such parameter.
  public func setting(_ name: String, to value: Double) throws(ChipError) -> ChipFile {
    try setting(name, to: [value])
  }
}
