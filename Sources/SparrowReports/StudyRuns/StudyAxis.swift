import Foundation
import Sparrow
import SparrowTasks

/// An axis of a study: a name and its values, each a patch of the recipe.
package struct StudyAxis: Decodable, Sendable {
  package let name: String
  package let values: [Value]

  /// A value of an axis.
  package struct Value: Sendable {
    /// The value in names and tables.
    package let label: String
    /// Members to merge into the recipe, values at JSON Pointers, and the paths `base` of another
    /// recipe and `from` of the network that training begins with.
    let patch: [String: JSONValue]
  }

  private enum CodingKeys: String, CodingKey, CaseIterable { case name, path, values }

  /// Reads `{"name": …, "values": {LABEL: PATCH, …}}` or
  /// `{"name": …, "path": POINTER, "values": [VALUE, …]}`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.strictContainer(keyedBy: CodingKeys.self)
    func refuse(_ key: CodingKeys, _ reason: String) -> DecodingError {
      .dataCorruptedError(forKey: key, in: container, debugDescription: reason)
    }
    name = try container.decode(String.self, forKey: .name)
    let path = try container.decodeIfPresent(String.self, forKey: .path)
    switch (path, try container.decode(JSONValue.self, forKey: .values)) {
    case (nil, .object(let patches)):
      values = try patches.map { label, patch in
        guard case .object(let members) = patch else {
          throw refuse(.values, "\"\(label)\" is no object; expected a patch of the recipe")
        }
        for key in members.keys where key.hasPrefix("/") && JSONPointer(key) == nil {
          throw refuse(.values, "\(key) is no JSON Pointer")
        }
        return Value(label: label, patch: members)
      }.sorted { $0.label.compare($1.label, options: .numeric) == .orderedAscending }
    case (let path?, .array(let elements)):
      guard JSONPointer(path) != nil else {
        throw refuse(.path, "\"\(path)\" is no JSON Pointer; expected one as /pruning/sparsity")
      }
      values = elements.map { Value(label: $0.label, patch: [path: $0]) }
    case (nil, _): throw refuse(.values, "expected an object of patches, or `path` and a list")
    case (_, _): throw refuse(.values, "`path` goes with a list of values")
    }
    guard !values.isEmpty else { throw refuse(.values, "there are no values") }
    guard Set(values.map(\.label)).count == values.count else {
      throw refuse(.values, "a value is given twice")
    }
  }

  /// Whether a value of the axis sets this place.
  func sets(_ place: [String]) -> Bool {
    places.contains { Self.covers($0, place) || Self.covers(place, $0) }
  }

  /// The first place that an earlier axis sets and this one would set again, as text.
  func clash(with earlier: StudyAxis) -> String? {
    let later = places
    for place in earlier.places.sorted(by: { $0.lexicographicallyPrecedes($1) })
    where later.contains(where: { Self.covers($0, place) }) {
      return place.joined(separator: ".")
    }
    return nil
  }

  /// Whether setting `a` sets `b`, too.
  private static func covers(_ a: [String], _ b: [String]) -> Bool {
    a.count <= b.count && zip(a, b).allSatisfy { $0 == $1 || $0 == "*" || $1 == "*" }
  }

  /// The places that values of the axis set.
  private var places: Set<[String]> {
    values.reduce(into: []) { places, value in
      for (key, new) in value.patch {
        if key.hasPrefix("/") {
          places.insert(key.dropFirst().split(separator: "/").map(String.init))
        } else {
          places.formUnion(Self.leaves(new, below: [key]))
        }
      }
    }
  }

  private static func leaves(_ value: JSONValue, below path: [String]) -> [[String]] {
    guard case .object(let members) = value, !members.isEmpty else { return [path] }
    return members.flatMap { leaves($1, below: path + [$0]) }
  }
}

extension JSONValue {
  /// The value as a label: text as it is, everything else in JSON.
  var label: String {
    if case .string(let text) = self { return text }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  /// This recipe after a patch whose keys with a slash are JSON Pointers.
  ///
  /// - Throws: ``StudyProblem`` if a pointer leads nowhere.
  func patched(_ patch: [String: JSONValue]) throws(StudyProblem) -> JSONValue {
    var recipe = merging(
      .object(patch.filter { !$0.key.hasPrefix("/") && !["base", "from"].contains($0.key) }))
    for (key, value) in patch.sorted(by: { $0.key < $1.key }) {
      guard let pointer = JSONPointer(key) else { continue }
      guard pointer.set(value, in: &recipe) > 0 else {
        throw StudyProblem("\(key) is no place in the recipe")
      }
    }
    return recipe
  }
}
