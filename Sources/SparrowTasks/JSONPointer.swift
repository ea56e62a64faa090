/// A place, or several, in a JSON value: a JSON Pointer (RFC 6901) in which `*` stands for every
/// element of a list.
///
/// `/layers/1/outputs` is one place; `/layers/*/states` is the `states` of all layers that have
/// some.
package struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
  package let description: String
  private let parts: [String]

  /// - Returns: nil if the text does not begin with a slash.
  package init?(_ text: String) {
    guard text.hasPrefix("/") else { return nil }
    description = text
    parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
      String($0).replacing("~1", with: "/").replacing("~0", with: "~")
    }
  }

  /// Sets the value at all places; null removes a member of an object.
  ///
  /// Behind a `*` members are replaced but not added, since elements of a list differ in kind.
  ///
  /// - Returns: The number of places.
  package func set(_ new: JSONValue, in value: inout JSONValue) -> Int {
    Self.set(new, at: parts[...], in: &value, adds: true)
  }

  private static func set(
    _ new: JSONValue, at parts: ArraySlice<String>, in value: inout JSONValue, adds: Bool
  ) -> Int {
    guard let part = parts.first else {
      value = new
      return 1
    }
    let rest = parts.dropFirst()
    switch value {
    case .object(var members):
      guard members[part] != nil || adds else { return 0 }
      var count = 1
      if rest.isEmpty {
        members[part] = new == .null ? nil : new
      } else {
        var member = members[part] ?? .object([:])
        count = set(new, at: rest, in: &member, adds: adds)
        if count > 0 { members[part] = member }
      }
      value = .object(members)
      return count
    case .array(var elements):
      let isAll = part == "*"
      let indices = isAll ? Array(elements.indices) : Int(part).map { [$0] } ?? []
      var count = 0
      for index in indices where elements.indices.contains(index) {
        count += set(new, at: rest, in: &elements[index], adds: adds && !isAll)
      }
      value = .array(elements)
      return count
    default:
      return 0
    }
  }
}
