import Foundation
import Sparrow
import SparrowFiles
import SparrowTraining
import Testing

@testable import SparrowTasks

struct RecipeFileTests {
  struct Example: Sendable {
    let original: String
    let patch: String
    let result: String
  }

  /// The test cases of RFC 7396, appendix A.
  static let examples = [
    Example(original: #"{"a":"b"}"#, patch: #"{"a":"c"}"#, result: #"{"a":"c"}"#),
    Example(original: #"{"a":"b"}"#, patch: #"{"b":"c"}"#, result: #"{"a":"b","b":"c"}"#),
    Example(original: #"{"a":"b"}"#, patch: #"{"a":null}"#, result: "{}"),
    Example(original: #"{"a":"b","b":"c"}"#, patch: #"{"a":null}"#, result: #"{"b":"c"}"#),
    Example(original: #"{"a":["b"]}"#, patch: #"{"a":"c"}"#, result: #"{"a":"c"}"#),
    Example(original: #"{"a":"c"}"#, patch: #"{"a":["b"]}"#, result: #"{"a":["b"]}"#),
    Example(
      original: #"{"a":{"b":"c"}}"#, patch: #"{"a":{"b":"d","c":null}}"#,
      result: #"{"a":{"b":"d"}}"#),
    Example(original: #"{"a":[{"b":"c"}]}"#, patch: #"{"a":[1]}"#, result: #"{"a":[1]}"#),
    Example(original: #"["a","b"]"#, patch: #"["c","d"]"#, result: #"["c","d"]"#),
    Example(original: #"{"a":"b"}"#, patch: #"["c"]"#, result: #"["c"]"#),
    Example(original: #"{"a":"foo"}"#, patch: "null", result: "null"),
    Example(original: #"{"a":"foo"}"#, patch: #""bar""#, result: #""bar""#),
    Example(original: #"{"e":null}"#, patch: #"{"a":1}"#, result: #"{"e":null,"a":1}"#),
    Example(original: "[1,2]", patch: #"{"a":"b","c":null}"#, result: #"{"a":"b"}"#),
    Example(
      original: "{}", patch: #"{"a":{"bb":{"ccc":null}}}"#, result: #"{"a":{"bb":{}}}"#),
  ]

  private func value(_ json: String) throws -> JSONValue {
    try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
  }

  @Test(arguments: examples) func mergePatch(_ example: Example) throws {
    #expect(
      try value(example.original).merging(value(example.patch)) == value(example.result))
  }

  @Test func numbersSurvive() throws {
    let json = #"[18446744073709551615,-9223372036854775808,0.1,1e-8,1e300,2,true]"#
    let again = try JSONEncoder().encode(try value(json))
    #expect(try JSONDecoder().decode(JSONValue.self, from: again) == value(json))
    #expect(
      try value(json)
        == .array([
          .largeInteger(.max), .integer(.min), .number(0.1), .number(1e-8), .number(1e300),
          .integer(2), .boolean(true),
        ]))
  }

  // MARK: Files

  /// A recipe of nobody's task.
  private struct Recipe: Decodable, Equatable {
    var title: String
    var seed: UInt64
    var run: Run
    var pruning: Run?

    struct Run: Decodable, Equatable {
      var steps: Int
      var dropout: Double
    }

    enum CodingKeys: String, CodingKey { case title, seed, run, pruning }

    init(from decoder: any Decoder) throws {
      let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
      title = try values.decode(String.self, forKey: .title)
      seed = try values.decode(UInt64.self, forKey: .seed)
      run = try values.decode(Run.self, forKey: .run)
      pruning = try values.decodeIfPresent(Run.self, forKey: .pruning)
    }
  }

  private let folder: SoundFolder

  init() throws { folder = try SoundFolder() }

  private func add(_ name: String, _ json: String) throws -> String {
    try folder.add(name, bytes: Data(json.utf8))
    return "\(folder.path)/\(name)"
  }

  private static let whole = """
    {"title": "whole", "seed": 18446744073709551615, "run": {"steps": 10, "dropout": 0.25},
    "pruning": {"steps": 1, "dropout": 0}}
    """

  @Test func basesOfBasesAreSoughtFromTheirOwnFolders() throws {
    _ = try add("whole.json", Self.whole)
    _ = try add("a/middle.json", #"{"base": "../whole.json", "run": {"steps": 20}}"#)
    let path = try add(
      "a/b/last.json", #"{"base": "../middle.json", "title": "last", "pruning": null}"#)
    let recipe: Recipe = try RecipeFile.read(path)
    #expect(recipe.title == "last")
    #expect(recipe.seed == .max)
    #expect(recipe.run == Recipe.Run(steps: 20, dropout: 0.25))
    #expect(recipe.pruning == nil)
    let absolute = try add("c/d.json", #"{"base": "\#(path)"}"#)
    #expect(try RecipeFile.read(absolute) == recipe)
  }

  private func expectRefusal(
    _ path: String, at place: String, mentioning parts: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: FileError.self, sourceLocation: sourceLocation) {
      _ = try RecipeFile.read(path, as: Recipe.self)
    }
    guard let error else { return }
    #expect(error.path.hasSuffix(place), "\(error)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(error.reason.contains(part), "\(error)", sourceLocation: sourceLocation)
    }
  }

  @Test func whatCannotBeReadIsNamed() throws {
    expectRefusal("\(folder.path)/none.json", at: "none.json", mentioning: [])
    expectRefusal(
      try add("orphan.json", #"{"base": "none.json"}"#), at: "orphan.json",
      mentioning: ["base", "none.json", "No such file"])
    _ = try add("broken.json", #"{"title": "#)
    expectRefusal(
      try add("on broken.json", #"{"base": "broken.json"}"#), at: "broken.json",
      mentioning: ["not valid JSON"])
    _ = try add("list.json", "[1]")
    expectRefusal(
      try add("on list.json", #"{"base": "list.json"}"#), at: "list.json",
      mentioning: ["JSON object"])
    expectRefusal(
      try add("number.json", #"{"base": 1}"#), at: "number.json", mentioning: ["`base`", "path"])
  }

  @Test func circlesAreRefused() throws {
    _ = try add("a/one.json", #"{"base": "../two.json"}"#)
    let two = try add("two.json", #"{"base": "a/../a/one.json"}"#)
    expectRefusal(two, at: "two.json", mentioning: ["circle", "a/one.json → "])
    expectRefusal(
      try add("self.json", #"{"base": "self.json"}"#), at: "self.json", mentioning: ["circle"])
  }

  @Test func whatIsUnknownOrMissingAfterMergingIsRefused() throws {
    _ = try add("whole.json", Self.whole)
    expectRefusal(
      try add("misspelt.json", #"{"base": "whole.json", "prunning": {}}"#), at: "misspelt.json",
      mentioning: ["prunning", "whole.json"])
    expectRefusal(
      try add("lacking.json", #"{"base": "whole.json", "run": {"steps": null}}"#),
      at: "lacking.json", mentioning: [".run", "steps"])
  }
}
