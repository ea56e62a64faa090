import Foundation
import Sparrow
import Testing

struct VersionTests {
  @Test func theCommandSaysIt() throws {
    #expect(try Command.run(["--version"]).text == sparrowVersion + "\n")
    #expect(try Command.run(["serve", "--version"]).text == sparrowVersion + "\n")
  }

  /// A version without an entry in the change log is not to be released.
  @Test func theChangeLogHasIt() throws {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    let path = folder.appendingPathComponent("CHANGELOG.md")
    let text = try String(contentsOf: path, encoding: .utf8)
    #expect(text.contains("\n## \(sparrowVersion)\n"))
  }
}
