import Foundation
package import SparrowFiles

/// The sound files in a folder and in folders within it.
package enum SoundFolder {
  private static let extensions: Set<String> = [
    "wav", "wave", "flac", "opus", "ogg", "oga", "mp3", "aif", "aiff",
  ]

  /// Paths below `folder`, sorted, so that nothing depends on the file system's order.
  package static func files(below folder: String) throws(FileError) -> [String] {
    let resolved = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
    let paths: [String]
    do {
      paths = try FileManager.default.subpathsOfDirectory(atPath: resolved)
    } catch {
      throw FileError(path: folder, reason: "cannot be listed")
    }
    return paths.filter {
      extensions.contains(URL(fileURLWithPath: $0).pathExtension.lowercased())
    }.sorted()
  }
}
