import SparrowFiles
import TestSupport
import Testing

@testable import SparrowTasks

struct TabSeparatedValuesTests {
  /// As spreadsheets write them: a byte-order mark first, and both characters at ends of lines.
  @Test(arguments: ["id\tsnr_db\na\t5\n", "\u{feff}id\tsnr_db\r\na\t5\r\n"])
  func columnsAreFoundByName(_ text: String) throws {
    let folder = try TemporaryFolder()
    let table = try TabSeparatedValues(contentsOf: folder.write(text.utf8, to: "table.tsv"))
    #expect(try table.requiredColumn("id") == 0)
    #expect(table.column("snr_db") == 1)
    #expect(table.rows == [["a", "5"]])
    #expect(throws: FileError.self) { try table.requiredColumn("name") }
  }

  @Test func ragsAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a\tb\n1\t2\n3\n".utf8, to: "table.tsv")
    let error = #expect(throws: FileError.self) { try TabSeparatedValues(contentsOf: path) }
    #expect(error?.reason.contains("row 3 has 1 columns") == true)
  }
}
