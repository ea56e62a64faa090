import Foundation

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
      let reason = (error as? DecodingError)?.reason ?? "\(error)"
      throw .invalid(chip: source, reason: "the file is not valid: \(reason)")
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, family, title, models, parameters
  }

  public init(from decoder: any Decoder) throws {
    try decoder.refuseUnknownKeys(of: CodingKeys.self)
    let container = try decoder.container(keyedBy: CodingKeys.self)
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

extension DecodingError {
  /// What is wrong, and where, in a few words.
  var reason: String {
    func place(_ context: DecodingError.Context) -> String {
      let path = context.codingPath.map(\.stringValue).joined(separator: ".")
      return path.isEmpty ? "" : " at \(path)"
    }
    switch self {
    case .keyNotFound(let key, let context): return "no `\(key.stringValue)`\(place(context))"
    case .typeMismatch(let type, let context): return "no \(type)\(place(context))"
    case .valueNotFound(let type, let context): return "no \(type)\(place(context))"
    case .dataCorrupted(let context):
      return
        (context.codingPath.isEmpty && !context.debugDescription.contains("`")
        ? "it is no JSON" : context.debugDescription) + place(context)
    @unknown default: return "\(self)"
    }
  }
}

extension Decoder {
  /// A key that nobody reads is most likely misspelt.
  func refuseUnknownKeys<Key: CodingKey & CaseIterable>(of type: Key.Type) throws {
    let known = type.allCases.map(\.stringValue)
    let container = try container(keyedBy: AnyKey.self)
    if let stranger = container.allKeys.first(where: { !known.contains($0.stringValue) }) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: codingPath,
          debugDescription: "unknown key `\(stranger.stringValue)`; expected "
            + known.joined(separator: ", ")))
    }
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }
}
