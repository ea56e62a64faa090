import SparrowFiles
import SparrowSoundFiles

extension CalibrationData {
  /// The frames of every recording: files, and those in the folders and their subfolders.
  ///
  /// - Throws: `FileError` if a folder has no sound files, and the errors of `frames`.
  func eachRecording(_ frames: (_ path: String) throws -> [Float]) throws -> [[Float]] {
    var files: [String] = []
    for folder in paths {
      guard Files.isFolder(folder) || !Files.exists(folder) else {
        files.append(folder)
        continue
      }
      let found = try SoundFolder.files(below: folder)
      guard !found.isEmpty else {
        throw FileError(path: folder, reason: "there are no sound files")
      }
      files += found.map { "\(folder)/\($0)" }
    }
    return try files.enumerated().map { index, path in
      progress(Double(index) / Double(files.count), "reading sound")
      return try frames(path)
    }
  }
}
