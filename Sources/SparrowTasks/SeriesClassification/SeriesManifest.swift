import Sparrow
public import SparrowFiles

/// A manifest of recordings: a table of tab-separated values with a row per recording.
///
/// The column `label` has the class. Columns with frames, one or several, have the path of a NumPy
/// array, of a text of numbers (a frame per line), or of a tensor in a safetensors file, as
/// `FILE.safetensors#TENSOR`; paths are relative to the manifest's folder. Other columns, such as
/// `split` or `person`, choose recordings.
public struct SeriesManifest: Sendable {
  /// The path of the manifest.
  public let path: String
  private let table: TabSeparatedValues
  private let label: Int

  /// The name of the column with frames, where there is no other.
  public static let usualColumn = "frames"

  /// Reads a manifest.
  ///
  /// - Throws: `FileError` if the file cannot be read or is not such a table.
  public init(contentsOf path: String) throws(FileError) {
    self.path = path
    table = try TabSeparatedValues(contentsOf: path)
    label = try table.requiredColumn("label")
    for (row, fields) in table.rows.enumerated() where fields[label].isEmpty {
      throw FileError(path: path, reason: "row \(row + 2) has no label")
    }
  }

  /// The indices of rows by the values of columns: a row is chosen if each of the columns has one
  /// of the values.
  ///
  /// - Throws: `FileError` if a column is missing, or no row has one of its values.
  public func rows(where choice: [String: [String]]) throws(FileError) -> [Int] {
    var rows = Array(table.rows.indices)
    for (name, values) in choice.sorted(by: { $0.key < $1.key }) {
      let column = try table.requiredColumn(name)
      for value in values where !table.rows.contains(where: { $0[column] == value }) {
        throw FileError(path: path, reason: "no row has \"\(value)\" in the column \"\(name)\"")
      }
      rows.removeAll { !values.contains(table.rows[$0][column]) }
    }
    return rows
  }

  /// The labels of rows, sorted: by number where all are numbers.
  public func labels(of rows: [Int]) -> [String] {
    let labels = Set(rows.map { table.rows[$0][label] })
    let numbers = labels.compactMap { label in Int(label).map { (label, $0) } }
    return numbers.count == labels.count
      ? numbers.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0) : labels.sorted()
  }

  /// Reads the recordings of rows.
  ///
  /// - Parameters:
  ///   - rows: Indices of rows.
  ///   - name: The column with the frames.
  ///   - classes: The classes.
  ///   - width: The values of a frame.
  ///   - unreadable: Called for each row whose frames cannot be read, which is skipped; nil makes
  ///     the first one an error.
  /// - Throws: `FileError` if a label is none of the classes, or if frames cannot be read, are of
  ///   another width, or there are none.
  public func recordings(
    _ rows: [Int], column name: String, classes: [String], width: Int,
    unreadable: ((String) -> Void)? = nil
  ) throws(FileError) -> [SeriesRecording] {
    let column = try table.requiredColumn(name)
    let places = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    var files = SeriesFiles(folder: Files.folder(of: path))
    var recordings: [SeriesRecording] = []
    for row in rows {
      let fields = table.rows[row]
      guard let place = places[fields[label]] else {
        throw FileError(
          path: path,
          reason: "row \(row + 2) has the label \"\(fields[label])\"; expected one of "
            + classes.prefix(40).joined(separator: ", ") + (classes.count > 40 ? ", …" : ""))
      }
      guard !fields[column].isEmpty else {
        throw FileError(path: path, reason: "row \(row + 2) has nothing in the column \"\(name)\"")
      }
      let frames: [Float]
      do throws(FileError) {
        frames = try files.frames(fields[column], width: width)
      } catch {
        let problem = FileError(path: path, reason: "row \(row + 2): \(error)")
        guard let unreadable else { throw problem }
        unreadable(problem.description)
        continue
      }
      recordings.append(SeriesRecording(name: fields[column], label: place, frames: frames))
    }
    return recordings
  }
}

/// A recording with its class.
public struct SeriesRecording: Sendable {
  /// The path of the frames in the manifest.
  public var name: String
  /// The index of the class.
  public var label: Int
  /// The frames, one after the other.
  public var frames: [Float]
}

/// Files that frames are read from. A safetensors file with many recordings is read once.
private struct SeriesFiles {
  let folder: String
  private var open: [String: SafeTensors] = [:]

  init(folder: String) { self.folder = folder }

  mutating func frames(_ reference: String, width: Int) throws(FileError) -> [Float] {
    let parts = reference.split(separator: "#", maxSplits: 1).map(String.init)
    let file = parts[0].hasPrefix("/") || folder.isEmpty ? parts[0] : "\(folder)/\(parts[0])"
    let array: NumberArray
    if parts.count == 2 {
      if open[file] == nil {
        open[file] = try NumberArray.safeTensors(Files.read(file), path: file)
      }
      array = try NumberArray(open[file]!, tensor: parts[1], path: file)
    } else {
      array = try NumberArray(contentsOf: file)
    }
    guard array.shape.count == 2, array.shape[1] == width, array.shape[0] > 0 else {
      throw FileError(
        path: "\(file)\(parts.count == 2 ? "#" + parts[1] : "")",
        reason: "its shape is \(NumberArray.text(array.shape)); expected [frames, \(width)], with "
          + "at least one frame")
    }
    return array.values
  }
}
