import Foundation
import SparrowFiles
import SparrowTasks
import Testing

struct TextFileTests {
  /// "the cat saw the dog\n", compressed.
  static let compressed: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x2B, 0xC9, 0x48, 0x55,
    0x48, 0x4E, 0x2C, 0x51, 0x28, 0x4E, 0x2C, 0x57, 0x28, 0x01, 0xB2, 0x53, 0xF2, 0xD3,
    0xB9, 0x00, 0x41, 0x35, 0x43, 0x0A, 0x14, 0x00, 0x00, 0x00,
  ]

  private func file(_ bytes: [UInt8]) throws -> String {
    let path = NSTemporaryDirectory() + "sparrow-text-\(UInt64.random(in: .min ... .max))"
    try Files.write(bytes, to: path)
    return path
  }

  @Test func gzipGivesWhatPlainTextGives() throws {
    let text = Array("the cat saw the dog\n".utf8)
    let paths = try [file(text), file(Self.compressed), file(Self.compressed + Self.compressed)]
    defer { for path in paths { unlink(path) } }
    #expect(try TextFile.read(paths[0]) == text)
    #expect(try TextFile.read(paths[1]) == text)
    #expect(try TextFile.read(paths[2]) == text + text)
  }

  @Test func damagedFilesAreRefused() throws {
    var damaged = Self.compressed
    damaged[damaged.count - 6] ^= 1  // of the checksum
    let paths = try [file(Array(Self.compressed.dropLast(3))), file(damaged)]
    defer { for path in paths { unlink(path) } }
    for (path, reason) in zip(paths, ["truncated", "damaged"]) {
      let error = #expect(throws: FileError.self) { try TextFile.read(path) }
      #expect(error?.reason.contains(reason) == true)
    }
  }
}
