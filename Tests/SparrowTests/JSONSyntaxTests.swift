import Foundation
import TestSupport
import Testing

@testable import Sparrow

@Suite struct JSONSyntaxTests {
  private func problem(_ text: String) -> JSONSyntax.Problem? {
    do throws(JSONSyntax.Problem) {
      try JSONSyntax.check(text.utf8)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    "{}", " [ ] ", "null", "true", "-0.5e+10", "0", "\"\"",
    #"{"a": [1, {"b": "\u00e9\ud83d\ude00\n"}]}"#,
    "\n{\"a\":1,\r\n\"b\":2}\t",
  ])
  func whatIsJSON(text: String) { #expect(problem(text) == nil) }

  @Test(arguments: [
    ("", 1, 1), ("{", 1, 2), ("{\"a\": 1,\n \"b\" 2}", 2, 6), ("{\"a\": 1,\n}", 2, 1),
    ("[1, 2", 1, 6),
    ("[1 2]", 1, 4), ("01", 1, 2), ("1.", 1, 3), ("tru", 1, 1), ("{\"a\":1}\n\nx", 3, 1),
    ("\"a", 1, 1),
    ("\"\\x\"", 1, 2), ("\"\\u12g4\"", 1, 2), ("\"\\ud800\"", 1, 2), ("{'a': 1}", 1, 2),
    ("[1,]", 1, 4),
    ("{\"a\": NaN}", 1, 7), ("\u{FEFF}{}", 1, 1),
  ])
  func places(text: String, line: Int, column: Int) {
    let found = problem(text)
    #expect(found?.line == line && found?.column == column, "\(String(describing: found))")
  }

  @Test func equalKeysAreRefused() {
    #expect(problem(#"{"a": 1, "b": {"a": 1}}"#) == nil)
    #expect(problem(#"{"a": 1, "a": 2}"#)?.reason.contains("twice") == true)
    // The same key in other letters.
    #expect(problem(#"{"a": 1, "\u0061": 2}"#)?.reason.contains("twice") == true)
  }

  @Test func depthIsBounded() {
    #expect(problem(String(repeating: "[", count: 200) + String(repeating: "]", count: 200)) == nil)
    #expect(problem(String(repeating: "[", count: 1_000_000)) != nil)
  }

  /// What the system's parser refuses is refused, and nothing else but equal keys.
  @Test func agreesWithTheSystemsParser() {
    var random = TestNumbers(seed: 8)
    let letters = Array("{}[]\",:0123-.eE tnrul\\af\n".utf8)
    for text in [#"{"a": [1, -2.5e3, "x\"y"], "b": {"c": null, "d": true}}"#, "[0.1,{\"k\":[]}]"] {
      for _ in 0..<3000 {
        var bytes = Array(text.utf8)
        for _ in 0..<Int.random(in: 1...2, using: &random) {
          bytes[Int.random(in: 0..<bytes.count, using: &random)] = letters.randomElement(
            using: &random)!
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard problem(text)?.reason.contains("twice") != true else { continue }
        let isJSON =
          (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
        // Numbers beyond all bounds are JSON, which the system's parser does not take.
        if problem(text) == nil && !isJSON && text.contains(where: { $0 == "e" || $0 == "E" }) {
          continue
        }
        #expect((problem(text) == nil) == isJSON, "\(text)")
      }
    }
  }
}

@Suite struct ForeignFormatTests {
  @Test(
    arguments: [
      ([0x50, 0x4B, 3, 4, 20, 0, 0, 0, 0, 0], "zip"),
      ([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9], "pickle"),
      ([8, 7, 0x12, 7, 0x70, 0x79, 0x74, 0x6F, 0x72, 0x63, 0x68], "ONNX"),
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0], "HDF5"),
      (Array("SPARROWPxxxxxxxx".utf8), "plan"),
      (Array("{\"title\": \"a\"}".utf8), "JSON"),
    ] as [([UInt8], String)])
  func filesOfOtherProgramsAreNamed(bytes: [UInt8], name: String) {
    let error = #expect(throws: ModelFileError.self) { _ = try Network(modelFile: bytes) }
    #expect(error?.description.contains(name) == true, "\(String(describing: error))")
  }

  @Test func equalTensorsAndUnknownKeysAreRefused() throws {
    func file(_ header: String, data: Int) -> [UInt8] {
      (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
        + [UInt8](repeating: 0, count: data)
    }
    let one = #""a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}"#
    _ = try SafeTensors(bytes: file("{\(one)}", data: 4))
    let error = #expect(throws: ModelFileError.self) {
      _ = try SafeTensors(bytes: file("{\(one), \(one)}", data: 4))
    }
    #expect(error?.description.contains("twice") == true)
    let network = #"{\"version\":1,\"inputWidth\":1,\"layers\":[],\"information\":{},\"colour\":1}"#
    let unknown = #expect(throws: ModelFileError.self) {
      _ = try Network(
        modelFile: file("{\"__metadata__\":{\"sparrow.network\":\"\(network)\"}}", data: 0))
    }
    #expect(unknown?.description.contains("colour") == true, "\(String(describing: unknown))")
  }
}
