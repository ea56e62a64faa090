import Foundation
public import SparrowFiles
import SparrowSoundFiles

/// A folder of word folders: every sound file in `WORD/` is a recording of that word.
public struct WordFolder: Sendable {
  /// A recording of a word.
  public struct File: Sendable, Hashable {
    /// The word.
    public var word: String
    /// The path relative to the folder.
    public var path: String
  }

  /// The path of the folder.
  public let folder: String
  /// The recordings, sorted by path.
  public private(set) var files: [File]

  /// The words with recordings, sorted.
  public var words: [String] { Set(files.map(\.word)).sorted() }

  /// Lists the recordings of a folder.
  ///
  /// - Parameters:
  ///   - folder: The folder.
  ///   - split: A file with the relative paths of the recordings to use, one per line, or a table
  ///     of tab-separated values with a column `path`; nil for all recordings.
  /// - Throws: `FileError` if the folder has no word folders, or if the split names a missing file.
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
    guard
      let text = String(
        validating: Files.withoutByteOrderMark(try Files.read(split, limit: FileLimits.table)),
        as: UTF8.self)
    else {
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

  /// Keeps only the recordings of one split of a manifest.
  mutating func keep(split: String, of manifest: DataManifest, below prefix: String) {
    files = files.filter { manifest.rows["\(prefix)/\($0.path)"]?.split == split }
  }
}
