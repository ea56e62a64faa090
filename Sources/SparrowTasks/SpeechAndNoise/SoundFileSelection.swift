import Foundation
import SparrowFiles
import SparrowSoundFiles
import SparrowTraining

/// A file that a description selects, before it is decoded.
struct SelectedFile {
  /// A source of a description.
  struct Source: Hashable {
    enum Purpose {
      case speech
      case noise
      case validation
    }

    var purpose: Purpose
    /// Its place in the description's list.
    var index: Int
  }

  var path: String
  /// The last component of the path.
  var name: String
  var source: Source
  var voice: String
  var isHeldOut: Bool
}

/// Finds the files that a description selects.
struct SoundFileSelection {
  private struct Root {
    var path: String
    var manifest: DataManifest
  }

  private let description: SpeechAndNoiseDescription
  private let roots: [Root]
  /// Told of what cannot be listed; nil where that is an error.
  private let unreadable: ((String) -> Void)?
  private var claimed: Set<String> = []
  private(set) var files: [SelectedFile] = []

  init(
    _ description: SpeechAndNoiseDescription, roots paths: [String],
    unreadable: ((String) -> Void)? = nil
  ) throws(TrainingError) {
    self.description = description
    self.unreadable = unreadable
    var roots: [Root] = []
    for path in paths {
      guard Self.isFolder(path) else { throw .data("\(path): there is no such folder") }
      let manifest = path + "/manifest.tsv"
      let exists = FileManager.default.fileExists(atPath: manifest)
      roots.append(
        Root(path: path, manifest: exists ? try DataManifest(contentsOf: manifest) : .init()))
    }
    self.roots = roots
    try select(description.speech, for: .speech)
    try select(description.noise, for: .noise)
    try select(description.validation, for: .validation)
    for prefix in description.heldOut
    where !files.contains(where: { $0.isHeldOut && $0.name.hasPrefix(prefix) }) {
      throw .recipe("`\(prefix)` is to be held out, but no selected file's name begins with it")
    }
  }

  private mutating func select(
    _ sources: [SoundSource], for purpose: SelectedFile.Source.Purpose
  ) throws(TrainingError) {
    for (index, source) in sources.enumerated() {
      guard source.weight > 0, source.weight.isFinite, source.speakers > 0 else {
        throw .recipe("\(source.folder): weight and speakers are positive")
      }
      let identity = SelectedFile.Source(purpose: purpose, index: index)
      var foldersFound = 0
      var filesFound = 0
      for root in roots where Self.isFolder(root.path + "/" + source.folder) {
        foldersFound += 1
        filesFound += try select(source, identity: identity, in: root)
      }
      if source.isOptional || filesFound > 0 { continue }
      let places = roots.map(\.path).joined(separator: ", ")
      throw .data(
        foldersFound == 0
          ? "there is no folder \(source.folder) in \(places)"
          : "\(source.folder): no sound file there is selected by the recipe")
    }
  }

  /// - Returns: how many files the source selects in the root, whether or not their licences allow
  ///   training.
  private mutating func select(
    _ source: SoundSource, identity: SelectedFile.Source, in root: Root
  ) throws(TrainingError) -> Int {
    var count = 0
    let folder = source.folder.split(separator: "/").joined(separator: "/")
    let paths: [String]
    do throws(FileError) {
      paths = try SoundFolder.files(
        below: root.path + "/" + folder,
        skipping: unreadable.map { tell in { problem in tell(problem.description) } })
    } catch {
      throw .data("\(error)")
    }
    for path in paths {
      let name = String(path.split(separator: "/").last ?? "")
      let row = root.manifest.rows[folder + "/" + path]
      let fullPath = "\(root.path)/\(folder)/\(path)"
      guard source.files.isEmpty || source.files.contains(where: name.hasPrefix),
        source.split == nil || source.split == row?.split,
        claimed.insert(fullPath).inserted
      else { continue }
      count += 1
      let isHeldOut = description.heldOut.contains(where: name.hasPrefix)
      let licence = row?.licence ?? ""
      let isExcluded = description.excludedLicences.contains(where: licence.contains)
      if isExcluded && !isHeldOut && identity.purpose != .validation { continue }
      let voice = try Self.voice(of: name, speaker: row?.speaker ?? "", in: source)
      files.append(
        SelectedFile(
          path: fullPath, name: name, source: identity, voice: voice, isHeldOut: isHeldOut))
    }
    return count
  }

  private static func voice(
    of name: String, speaker: String, in source: SoundSource
  ) throws(TrainingError) -> String {
    switch source.group {
    case .prefix:
      guard let end = name.lastIndex(of: "_") else {
        return String(name.prefix { $0 != "." })
      }
      return String(name[..<end])
    case .speaker:
      guard !speaker.isEmpty else {
        throw .data("\(source.folder)/\(name): the manifest names no speaker to group by")
      }
      return speaker
    case .all:
      return source.files.first ?? source.folder
    }
  }

  static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }
}
