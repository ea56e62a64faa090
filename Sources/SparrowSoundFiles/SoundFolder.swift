package import SparrowFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The sound files in a folder and in folders within it.
///
/// Links to files are files. Links to folders are followed, each folder being listed once: what
/// lies in the folder itself comes before what links lead to, so that a link never takes a folder's
/// place.
package struct SoundFolder {
  /// Paths below the folder, sorted, so that nothing depends on the file system's order.
  package private(set) var files: [String] = []
  /// Sound files, by their names, in formats that are known and not read.
  package private(set) var foreign: [String] = []
  /// Entries that cannot be listed or read as a file: folders, pipes, links that lead nowhere.
  package private(set) var problems: [FileError] = []
  /// Links to folders that are listed in another place, below the folder.
  package private(set) var repeated: [String] = []

  private static let read: Set<String> = [
    "wav", "wave", "flac", "opus", "ogg", "oga", "mp3", "aif", "aiff", "rf64", "w64", "caf", "au",
    "snd", "mp2",
  ]
  private static let notRead: Set<String> = [
    "m4a", "m4b", "mp4", "aac", "wma", "webm", "mka", "amr", "ape", "wv",
  ]

  /// Lists a folder.
  ///
  /// - Throws: `FileError` where the folder itself cannot be listed; see ``problems`` for those in
  ///   it.
  package init(_ folder: String) throws(FileError) {
    guard let status = fileStatus(folder) else { throw FileError(path: folder, code: errno) }
    guard status.isDirectory else {
      throw FileError(path: folder, reason: "it is a file; expected a folder")
    }
    var seen: Set<Identity> = [Identity(status)]
    var links: [String] = []
    try list("", of: folder, seen: &seen, links: &links)
    while !links.isEmpty {
      let link = links.removeFirst()
      guard let status = fileStatus("\(folder)/\(link)"), seen.insert(Identity(status)).inserted
      else {
        repeated.append(link)
        continue
      }
      do throws(FileError) {
        try list(link, of: folder, seen: &seen, links: &links)
      } catch {
        problems.append(error)
      }
    }
    files.sort()
    foreign.sort()
  }

  /// The sound files below a folder.
  ///
  /// - Parameter skipping: told of what cannot be listed or read; without it, that is an error.
  package static func files(
    below folder: String, skipping: ((FileError) -> Void)? = nil
  ) throws(FileError) -> [String] {
    let contents = try SoundFolder(folder)
    for problem in contents.problems {
      guard let skipping else { throw problem }
      skipping(problem)
    }
    return contents.files
  }

  private struct Identity: Hashable {
    let device: UInt64
    let number: UInt64

    init(_ status: stat) {
      device = UInt64(truncatingIfNeeded: status.st_dev)
      number = UInt64(truncatingIfNeeded: status.st_ino)
    }
  }

  /// Adds what is in a folder below the first one, whose own path is empty.
  private mutating func list(
    _ path: String, of root: String, seen: inout Set<Identity>, links: inout [String]
  ) throws(FileError) {
    let place = path.isEmpty ? root : "\(root)/\(path)"
    for name in try Self.names(in: place) {
      let below = path.isEmpty ? name : "\(path)/\(name)"
      let full = "\(root)/\(below)"
      var own = stat()
      let isLink = full.withSystemPath { lstat($0, &own) } == 0 && own.st_mode & S_IFMT == S_IFLNK
      let status = fileStatus(full)
      if let status, status.isDirectory {
        if isLink {
          links.append(below)
        } else if seen.insert(Identity(status)).inserted {
          do throws(FileError) {
            try list(below, of: root, seen: &seen, links: &links)
          } catch {
            problems.append(error)
          }
        }
        continue
      }
      let ending = Self.ending(of: name)
      if Self.notRead.contains(ending) {
        foreign.append(below)
      } else if Self.read.contains(ending) {
        if status?.isRegularFile == true {
          files.append(below)
        } else {
          let reason =
            status == nil ? "it is a link that leads nowhere" : "it is no regular file; passed over"
          problems.append(FileError(path: full, reason: reason))
        }
      }
    }
  }

  private static func names(in folder: String) throws(FileError) -> [String] {
    guard let directory = folder.withSystemPath({ opendir($0) }) else {
      throw FileError(path: folder, reason: "the folder cannot be listed: \(systemReason(errno))")
    }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(systemPath: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The file name extension, in lower case.
  package static func ending(of path: String) -> String {
    let name = path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...]
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
