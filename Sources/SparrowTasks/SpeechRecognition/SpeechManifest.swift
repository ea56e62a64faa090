import Foundation
public import Sparrow
public import SparrowFiles
import SparrowSoundFiles
public import SparrowTraining
import Synchronization

/// A manifest of recordings of speech: a table of tab-separated values with the columns `path`,
/// relative to the manifest's folder, and `label`, the transcript. Other columns, such as `split`
/// or `speaker`, choose recordings. Rows without a transcript are left out.
public struct SpeechManifest: Sendable {
  /// The path of the manifest.
  public let path: String
  private let table: TabSeparatedValues
  private let file: Int
  private let label: Int

  /// Reads a manifest.
  ///
  /// - Throws: `FileError` if the file cannot be read or is not such a table.
  public init(contentsOf path: String) throws(FileError) {
    self.path = path
    table = try TabSeparatedValues(contentsOf: path)
    file = try table.requiredColumn("path")
    label = try table.requiredColumn("label")
  }

  /// The indices of rows with transcripts.
  ///
  /// - Parameters:
  ///   - folders: Folders that a path may lie in, relative to the manifest's; empty for all. Rows
  ///     of a folder that is named twice are chosen twice.
  ///   - choice: The values that columns may have.
  /// - Throws: `FileError` if a column is missing, or if nothing is chosen.
  public func rows(
    in folders: [String] = [], where choice: [String: [String]] = [:]
  ) throws(FileError) -> [Int] {
    var rows = table.rows.indices.filter { !table.rows[$0][label].isEmpty }
    for (name, values) in choice.sorted(by: { $0.key < $1.key }) {
      let column = try table.requiredColumn(name)
      rows.removeAll { !values.contains(table.rows[$0][column]) }
    }
    if !folders.isEmpty {
      rows = folders.flatMap { folder in
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        return rows.filter { table.rows[$0][file].hasPrefix(prefix) }
      }
    }
    guard !rows.isEmpty else {
      let conditions =
        folders + choice.sorted { $0.key < $1.key }.map { "\($0)=\($1.joined(separator: ","))" }
      throw FileError(
        path: path,
        reason: "no row has a transcript"
          + (conditions.isEmpty ? "" : " and is of \(conditions.joined(separator: " "))"))
    }
    return rows
  }

  /// The value of a column in a row; nil without such a column.
  func value(_ column: String, row: Int) -> String? {
    table.column(column).map { table.rows[row][$0] }
  }

  /// The path of a row's file, relative to the manifest.
  func name(row: Int) -> String { table.rows[row][file] }

  /// The transcripts of rows.
  public func transcripts(_ rows: [Int]) -> [String] { rows.map { table.rows[$0][label] } }

  /// Decodes the recordings of rows.
  ///
  /// - Parameters:
  ///   - rows: Indices of rows.
  ///   - frontEnd: The front end, whose alphabet the transcripts are written in. A letter that it
  ///     has only in the other case is replaced.
  ///   - workers: The threads.
  ///   - unreadable: Called for each file that cannot be decoded, which is skipped; nil makes the
  ///     first an error.
  ///   - progress: Called with the number of decoded files.
  /// - Throws: `FileError` for a character outside the alphabet, a file that cannot be decoded, and
  ///   a recording that is too short for its transcript.
  public func recordings(
    _ rows: [Int], frontEnd: SpeechFrontEnd, workers: Workers,
    unreadable: ((String) -> Void)? = nil,
    progress: @escaping @Sendable (_ done: Int, _ count: Int) -> Void = { _, _ in }
  ) throws(FileError) -> [SpeechRecording] {
    var texts: [[Int]] = []
    for row in rows {
      let text = frontEnd.spelled(table.rows[row][label])
      guard let outputs = frontEnd.outputs(of: text) else {
        throw FileError(
          path: path,
          reason: "line \(row + 2) has the transcript \"\(text)\", whose character "
            + "\"\(frontEnd.firstStranger(in: text)!)\" is not in the alphabet "
            + "\"\(frontEnd.alphabet)\"")
      }
      texts.append(outputs)
    }
    let folder = Files.folder(of: path)
    let done = Mutex(0)
    let results = workers.map(rows.count) { index -> Result<SpeechRecording, FileError> in
      let name = table.rows[rows[index]][file]
      let count = done.withLock { done in
        done += 1
        return done
      }
      if count % 256 == 0 { progress(count, rows.count) }
      let full = name.hasPrefix("/") || folder.isEmpty ? name : "\(folder)/\(name)"
      do {
        let sound = try Sound(contentsOf: full).mono().resampled(to: frontEnd.sampleRate)
        return .success(
          try SpeechRecording(
            name: name, samples: sound.channels[0], text: texts[index], frontEnd: frontEnd))
      } catch let error as FileError {
        return .failure(FileError(path: path, reason: "line \(rows[index] + 2): \(error)"))
      } catch {
        return .failure(FileError(path: path, reason: "line \(rows[index] + 2): \(error)"))
      }
    }
    var recordings: [SpeechRecording] = []
    for result in results {
      if case .failure(let error) = result, let unreadable {
        unreadable("\(error)")
        continue
      }
      recordings.append(try result.get())
    }
    return recordings
  }
}

/// A recording of speech with its transcript, in memory.
public struct SpeechRecording: Sendable {
  /// The path in the manifest.
  public var name: String
  /// The outputs of the characters of the transcript.
  public var text: [Int]
  private let recording: Recording?
  /// The factor from the recording's samples to those of the file.
  private let gain: Float
  /// The number of samples.
  public let count: Int

  /// A recording at the front end's sample rate.
  ///
  /// - Throws: `FileError` if it is too short for its text.
  public init(
    name: String, samples: [Float], text: [Int], frontEnd: SpeechFrontEnd
  ) throws(FileError) {
    self.name = name
    self.text = text
    count = samples.count
    recording = Recording(name: name, samples: samples)
    gain = samples.withUnsafeBufferPointer { Levels.peak($0) } / Recording.peak
    let frames = SpeechFrames.count(samples: samples.count, frontEnd: frontEnd)
    let minimum = CTCLoss.minimumFrames(of: text)
    guard frames >= minimum, !samples.isEmpty else {
      throw FileError(
        path: name,
        reason: "\(samples.count) samples give \(frames) steps; expected at least \(minimum) for "
          + "the \(text.count) characters of its transcript")
    }
  }

  /// The samples of the file.
  public var samples: [Float] {
    guard let recording else { return [Float](repeating: 0, count: count) }
    return recording.cycle(from: 0, count: count).map { gain * $0 }
  }

  /// Adds what tells data apart.
  func add(to hash: inout FNV1a) {
    recording?.add(to: &hash)
    for output in text { hash.add(UInt64(output)) }
  }
}
