import Foundation
public import SparrowFiles
import SparrowSoundFiles

/// A folder of word folders: every sound file in `WORD/` is a recording of the word.
public struct WordFolder: Sendable {
  /// A recording of a word.
  public struct File: Sendable, Hashable {
    public var word: String
    /// From the folder on.
    public var path: String
  }

  public let folder: String
  /// Sorted by path.
  public private(set) var files: [File]

  /// Words that there are recordings of, sorted.
  public var words: [String] { Set(files.map(\.word)).sorted() }

  /// - Parameter split: a file that names the recordings to take, one a line, from the folder on; all
  ///   without it. A table divided by tabs, with a column `path`, will do as well.
  /// - Throws: where the folder has no word folders, or the split names what is not there.
  public init(_ folder: String, split: String? = nil) throws(FileError) {
    self.folder = folder
    files = try SoundFolder.files(below: folder).compactMap { path in
      let parts = path.split(separator: "/")
      return parts.count == 2 ? File(word: String(parts[0]), path: path) : nil
    }
    guard !files.isEmpty else {
      throw FileError(path: folder, reason: "there are no folders of words with sound files")
    }
    guard let split else { return }
    let names = try Self.names(in: split)
    let known = Set(files.map(\.path))
    if let stranger = names.first(where: { !known.contains($0) }) {
      throw FileError(path: split, reason: "it names \(stranger), which is not in \(folder)")
    }
    let chosen = Set(names)
    files = files.filter { chosen.contains($0.path) }
  }

  private static func names(in split: String) throws(FileError) -> [String] {
    guard let text = String(validating: try Files.read(split), as: UTF8.self) else {
      throw FileError(path: split, reason: "cannot be read as UTF-8 text")
    }
    let lines = text.split(whereSeparator: \.isNewline)
    guard let first = lines.first else {
      throw FileError(path: split, reason: "it names no files")
    }
    guard first.contains("\t") else { return lines.map(String.init) }
    let table = try TabSeparatedValues(contentsOf: split)
    let path = try table.requiredColumn("path")
    return table.rows.map { $0[path] }
  }

  /// Takes only the recordings that are in a part of a manifest.
  mutating func keep(split: String, of manifest: DataManifest, below prefix: String) {
    files = files.filter { manifest.rows["\(prefix)/\($0.path)"]?.split == split }
  }
}
