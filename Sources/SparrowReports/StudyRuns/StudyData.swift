import Foundation
import Sparrow
package import SparrowFiles
package import SparrowTasks

/// The files of a study's data, told apart by path, size and samples of their contents.
///
/// A listing reads at most 12 KiB of a file, and nothing of one whose size and time of change are
/// those of an earlier listing. The trainer hashes what it reads as a whole.
package struct StudyData {
  /// A file of the data.
  package struct File: Codable, Hashable, Sendable {
    var size: Int
    /// Seconds since 2001, in which a listing that is made anew finds whether to read it.
    var changed: Double
    var hash: String
  }

  /// Folders with the recipes' data.
  package let roots: [String]
  /// All files that were listed so far, by their path below a root.
  package private(set) var files: [String: File] = [:]
  private let known: [String: File]
  /// The files of each text that is a path of data; none for those that are not.
  private var listings: [String: [String]] = [:]
  /// Fingerprints by the texts that are paths of data.
  private var fingerprints: [[String]: UInt64] = [:]

  /// - Parameters:
  ///   - roots: Folders with data.
  ///   - known: An earlier listing.
  package init(roots: [String], known: [String: File] = [:]) {
    self.roots = roots
    self.known = known
  }

  /// The place of data on this machine.
  ///
  /// - Throws: `FileError` if they are in no root.
  package func place(of path: String) throws(FileError) -> String {
    if path.hasPrefix("/") {
      guard Files.exists(path) else {
        throw FileError(path: path, reason: "there are no such data")
      }
      return path
    }
    for root in roots where Files.exists("\(root)/\(path)") { return "\(root)/\(path)" }
    throw FileError(
      path: path,
      reason: roots.isEmpty
        ? "no folder of data is given, with --data or in the study"
        : "there are no such data in " + roots.joined(separator: ", "))
  }

  /// A fingerprint of everything in the data that a recipe or a step names: of every text in it
  /// that is a path below a root.
  package mutating func fingerprint(of value: JSONValue) throws(FileError) -> UInt64 {
    let named = try named(in: value)
    if let known = fingerprints[named] { return known }
    var hash = FNV1a()
    for path in try paths(of: value) {
      hash.add(bytesOf: path)
      hash.add(UInt64(files[path]!.size))
      hash.add(bytesOf: files[path]!.hash)
    }
    fingerprints[named] = hash.value
    return hash.value
  }

  /// The texts in a value that are paths of data.
  private mutating func named(in value: JSONValue) throws(FileError) -> [String] {
    var named: [String] = []
    for text in Self.texts(in: value) where try !list(text).isEmpty { named.append(text) }
    return named.sorted()
  }

  /// The files that a recipe or a step names, in order.
  package mutating func paths(of value: JSONValue) throws(FileError) -> [String] {
    var paths: Set<String> = []
    for text in try named(in: value) { paths.formUnion(try list(text)) }
    if !paths.isEmpty { paths.formUnion(try list("manifest.tsv")) }
    return paths.sorted()
  }

  /// The files that differ from an earlier listing, each with what differs.
  ///
  /// Files in folders that the earlier listing did not have are no change, and neither are files
  /// that are there and no longer named.
  package func changes(since earlier: [String: File]) -> [String] {
    let folders = Set(earlier.keys.map(Files.folder))
    return Set(files.keys).union(earlier.keys).sorted().compactMap { path in
      switch (earlier[path], files[path]) {
      case (let old?, let new?):
        if old.size != new.size { return "\(path) (\(old.size) bytes before, \(new.size) now)" }
        return old.hash != new.hash ? "\(path) (other contents)" : nil
      case (_?, nil):
        return (try? place(of: path)) == nil ? "\(path) (gone)" : nil
      case (nil, _):
        return folders.contains(Files.folder(of: path)) ? "\(path) (new)" : nil
      }
    }
  }

  private static func texts(in value: JSONValue) -> Set<String> {
    switch value {
    case .string(let text): [text]
    case .array(let elements): elements.reduce(into: []) { $0.formUnion(texts(in: $1)) }
    case .object(let members): members.values.reduce(into: []) { $0.formUnion(texts(in: $1)) }
    default: []
    }
  }

  private mutating func list(_ text: String) throws(FileError) -> [String] {
    if let known = listings[text] { return known }
    var found: [String] = []
    let path = text.split(separator: "/").joined(separator: "/")
    if !path.isEmpty, !path.split(separator: "/").allSatisfy({ $0.allSatisfy { $0 == "." } }) {
      for root in text.hasPrefix("/") ? [""] : roots where Files.exists("\(root)/\(path)") {
        found += try add(path, root: root)
      }
    }
    listings[text] = found
    return found
  }

  private mutating func add(_ path: String, root: String) throws(FileError) -> [String] {
    guard Files.isFolder("\(root)/\(path)") else {
      try add(file: path, root: root)
      return [path]
    }
    let folder = URL(fileURLWithPath: "\(root)/\(path)", isDirectory: true)
    guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder.path) else {
      throw FileError(path: folder.path, reason: "the folder cannot be read")
    }
    var found: [String] = []
    for name in names.sorted()
    where !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) {
      let file = "\(path)/\(name)"
      guard !Files.isFolder("\(root)/\(file)") else { continue }
      try add(file: file, root: root)
      found.append(file)
    }
    return found
  }

  private mutating func add(file path: String, root: String) throws(FileError) {
    guard files[path] == nil else { return }
    let place = "\(root)/\(path)"
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: place),
      let size = attributes[.size] as? Int
    else { throw FileError(path: place, reason: "it cannot be read") }
    let changed =
      (attributes[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate ?? 0
    if let known = known[path], known.size == size, known.changed == changed {
      files[path] = known
      return
    }
    files[path] = File(
      size: size, changed: changed, hash: try Self.samples(of: place, size: size))
  }

  /// A hash of 4 KiB each of the beginning, the middle and the end.
  private static func samples(of path: String, size: Int) throws(FileError) -> String {
    var hash = FNV1a()
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      let length = 4096
      for start in Set([0, max(0, size / 2 - length / 2), max(0, size - length)]).sorted() {
        try file.seek(toOffset: UInt64(start))
        for byte in try file.read(upToCount: length) ?? Data() { hash.add(UInt64(byte)) }
      }
    } catch {
      throw FileError(path: path, reason: "it cannot be read")
    }
    return String(hash.value, radix: 16)
  }
}

extension FNV1a {
  /// Adds a text and its end.
  mutating func add(bytesOf text: String) {
    for byte in text.utf8 { add(UInt64(byte)) }
    add(0x100)
  }
}
