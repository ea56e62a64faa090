import Foundation
import Sparrow
public import SparrowFiles

/// A reader of recipe files, which may be patches of other ones.
///
/// A recipe with the key `base`, a path relative to its own folder, is applied to that recipe as a
/// JSON Merge Patch (RFC 7396): objects are merged key by key, null removes a key, and other
/// values, lists included, replace. A base may have a base.
public enum RecipeFile {
  /// Reads a recipe with its bases.
  ///
  /// - Parameters:
  ///   - path: The recipe's file.
  ///   - type: The type of the recipe.
  /// - Throws: `FileError` if a file cannot be read or is not a JSON object, if bases form a
  ///   circle, or if the merged object is not a `Recipe`.
  public static func read<Recipe: Decodable>(
    _ path: String, as type: Recipe.Type = Recipe.self
  ) throws(FileError) -> Recipe {
    var files: [String] = []
    let merged = try merged(path, files: &files)
    do {
      return try JSONDecoder().decode(Recipe.self, from: JSONEncoder().encode(merged))
    } catch {
      let bases = files.count > 1 ? ", with its base \(files[1])," : ""
      throw FileError(path: path, reason: "the recipe\(bases) is not valid: \(summary(error))")
    }
  }

  /// A recipe with its bases as one JSON object, not checked further.
  ///
  /// - Throws: `FileError` if a file cannot be read or is not a JSON object, or if bases form a
  ///   circle.
  package static func merged(_ path: String) throws(FileError) -> JSONValue {
    var files: [String] = []
    return try merged(path, files: &files)
  }

  /// - Parameter files: The path so far, the recipe first; each file appends itself.
  private static func merged(
    _ path: String, files: inout [String]
  ) throws(FileError) -> JSONValue {
    let isKnown = files.contains { canonical($0) == canonical(path) }
    files.append(path)
    guard !isKnown else {
      throw FileError(
        path: files[0], reason: "its bases form a circle: " + files.joined(separator: " → "))
    }
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = Files.withoutByteOrderMark(try Files.read(path, limit: FileLimits.description))
    } catch {
      guard files.count > 1 else { throw error }
      throw FileError(
        path: files[files.count - 2],
        reason: "its base \(path) cannot be read: \(error.reason)")
    }
    do throws(JSONSyntax.Problem) { try JSONSyntax.check(bytes) } catch {
      throw FileError(path: path, reason: "the recipe is not valid JSON: \(error)")
    }
    let value: JSONValue
    do {
      value = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    } catch {
      throw FileError(path: path, reason: "the recipe is not valid JSON: \(summary(error))")
    }
    guard case .object(var recipe) = value else {
      throw FileError(path: path, reason: "the recipe is not valid: expected a JSON object")
    }
    switch recipe.removeValue(forKey: "base") {
    case nil: return .object(recipe)
    case .string(let base):
      let folder = (path as NSString).deletingLastPathComponent
      let isRelative = !folder.isEmpty && !base.hasPrefix("/")
      return try merged(isRelative ? "\(folder)/\(base)" : base, files: &files)
        .merging(.object(recipe))
    default:
      throw FileError(path: path, reason: "the recipe's `base` is not a string; expected a path")
    }
  }

  private static func canonical(_ path: String) -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  private static func summary(_ error: any Error) -> String {
    (error as? DecodingError)?.summary ?? "\(error)"
  }
}
