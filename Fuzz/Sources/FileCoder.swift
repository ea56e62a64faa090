import Foundation

enum FileCoder {
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    [UInt8](try JSONEncoder().encode(value))
  }

  static func read(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The files of a folder, in order; none where it is not there.
  static func files(in folder: String) -> [[UInt8]] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().compactMap { try? read("\(folder)/\($0)") }
  }

  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
