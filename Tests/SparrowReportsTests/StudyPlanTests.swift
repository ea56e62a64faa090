import Foundation
import Sparrow
import SparrowFiles
import SparrowTasks
import TestSupport
import Testing

@testable import SparrowReports

/// A study's runs and their identities.
struct StudyPlanTests {
  private let folder: TemporaryFolder
  private static let recipes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Recipes").standardizedFileURL.path

  init() throws { folder = try TemporaryFolder() }

  private func study(_ changes: [String: Any] = [:]) throws -> StudyFile {
    var json: [String: Any] = [
      "title": "Made up",
      "recipe": ["base": "\(Self.recipes)/denoiser-dense.json"],
      "axes": [
        ["name": "clips", "path": "/batch/clips", "values": [2, 4]],
        [
          "name": "k",
          "values": [
            "0.5": ["/layers/1/outputs": 96, "/layers/*/layers/*/states": 64], "1": [:],
          ],
        ],
      ],
      "seeds": [1, 2],
    ]
    json.merge(changes) { $1 }
    let path = try folder.write(JSONSerialization.data(withJSONObject: json), to: "study.json")
    return try StudyFile(contentsOf: path)
  }

  private func plan(_ changes: [String: Any] = [:], roots: [String] = []) throws -> StudyPlan {
    try StudyPlan(try study(changes), roots: roots)
  }

  private func refusal(_ changes: [String: Any]) -> String? {
    do {
      _ = try plan(changes)
      return nil
    } catch {
      let text = "\(error)"
      return text.contains("\n") ? nil : text
    }
  }

  /// Where trainings begin is part of what they are.
  @Test func firstNetworks() throws {
    func network(_ value: Float) throws -> Data {
      Data(
        try Network(
          inputWidth: 1, layers: [.dense(DenseLayer(outputs: 1))],
          parameters: [
            "layers.0.weight": Tensor(shape: [1, 1], values: [value]),
            "layers.0.bias": Tensor(shape: [1], values: [0]),
          ]
        ).modelFile())
    }
    let anew = try plan()
    #expect(anew.runs.allSatisfy { $0.from == nil })
    let base = ["base": "\(Self.recipes)/denoiser-dense.json", "from": "first.safetensors"]
    #expect(refusal(["recipe": base])?.contains("first.safetensors") == true)
    try folder.write(Data("no model".utf8), to: "first.safetensors")
    #expect(refusal(["recipe": base])?.contains("not a valid model file") == true)
    try folder.write(network(1), to: "first.safetensors")
    let first = try plan(["recipe": base])
    #expect(first.runs.allSatisfy { $0.from == folder["first.safetensors"] })
    #expect(first.recipes.allSatisfy { $0["from"] == nil })
    let ids = Set(anew.runs.map(\.id)).union(first.runs.map(\.id))
    #expect(ids.count == 16)
    try folder.write(network(2), to: "first.safetensors")
    #expect(try plan(["recipe": base]).runs.allSatisfy { !ids.contains($0.id) })

    let axis: [String: Any] = [
      "name": "begin", "values": ["anew": ["from": NSNull()], "trained": [:]],
    ]
    let both = try plan(["recipe": base, "axes": [axis], "seeds": [1]])
    #expect(both.runs.map { $0.from == nil } == [true, false])
    #expect(
      refusal(["recipe": ["base": base["base"]!, "from": 3] as [String: Any]])?
        .contains("`from` is not a string") == true)
  }

  @Test func combinationsAreAppliedToTheRecipe() throws {
    let plan = try plan()
    #expect(plan.runs.count == 8 && Set(plan.runs.map(\.id)).count == 8)
    #expect(plan.runs.allSatisfy { $0.problem == nil && $0.trainingSteps == 20_000 })
    let index = try #require(
      plan.runs.firstIndex { $0.matches(["clips": ["4"], "k": ["0.5"], "seed": ["2"]]) })
    let recipe = try JSONDecoder().decode(
      DenoisingRecipe.self, from: JSONEncoder().encode(plan.recipes[index]))
    #expect(recipe.batch.clips == 4 && recipe.run.seed == 2)
    let text = String(decoding: try JSONEncoder().encode(recipe.layers), as: UTF8.self)
    #expect(text.components(separatedBy: "\"states\":64").count == 4)
    #expect(text.contains("\"outputs\":96") && text.contains("\"outputs\":257"))
  }

  /// A further seed adds runs, and the others keep their folders; a title or an interval of logs
  /// makes no other run, and everything else does.
  @Test func runsAreIdentifiedByTheirRecipes() throws {
    let before = Set(try plan().runs.map(\.id))
    let more = Set(try plan(["seeds": [1, 2, 3]]).runs.map(\.id))
    #expect(more.count == 12 && before.isSubset(of: more))
    func recipe(_ patch: [String: Any]) throws -> Set<String> {
      let base: [String: Any] = ["base": "\(Self.recipes)/denoiser-dense.json"]
      return Set(try plan(["title": "T", "recipe": base.merging(patch) { $1 }]).runs.map(\.id))
    }
    #expect(try recipe(["run": ["logEvery": 7]]) == before)
    #expect(try recipe(["run": ["dropout": 0.1]]).isDisjoint(with: before))
  }

  @Test func combinationsCanBeLeftOut() throws {
    let plan = try plan(["except": [["clips": 2, "k": [1]], ["k": 0.5, "seed": 2]]])
    #expect(plan.runs.map(\.name).count == 4)
    #expect(!plan.runs.contains { $0.matches(["clips": ["2"], "k": ["1"]]) })
  }

  /// Two combinations with one recipe are one run.
  @Test func nothingIsPlannedTwice() throws {
    let plan = try plan([
      "axes": [["name": "a", "values": ["x": [:], "y": ["title": "another title"]]]]
    ])
    #expect(plan.runs.count == 2 && plan.duplicates.count == 2)
  }

  @Test func mistakesAreNamed() throws {
    let axis: [String: Any] = ["name": "clips", "path": "/batch/clips", "values": [2]]
    func axes(_ second: [String: Any]) -> [String: Any] { ["axes": [axis, second]] }
    #expect(
      refusal(axes(["name": "b", "values": ["x": ["batch": ["clips": 3]]]]))?
        .contains("\"clips\" and \"b\" clash: both set batch.clips") == true)
    #expect(
      refusal(axes(["name": "b", "values": ["x": ["batch": 1]]]))?.contains("clash") == true)
    #expect(refusal(axes(axis))?.contains("one name") == true)
    #expect(
      refusal(axes(["name": "b", "values": ["x": ["/layers/99/outputs": 3]]]))?
        .contains("/layers/99/outputs is no place") == true)
    #expect(
      refusal(["recipe": ["base": "gone.json"]])?.contains("gone.json") == true)
    #expect(refusal(["except": [["size": 3]]])?.contains("the axis \"size\"") == true)
    #expect(refusal(["except": [["k": 3]]])?.contains("\"0.5\", \"1\"") == true)
    #expect(refusal(["stepz": [[:]]])?.contains("stepz") == true)
    #expect(refusal(["steps": [["evaluate": ["dada": "x"]]]])?.contains("dada") == true)
    #expect(
      refusal(["steps": [["evaluate": ["data": "x", "of": "small"]]]])?
        .contains("of \"small\"") == true)
    #expect(refusal(["seeds": [1, 1]])?.contains("seeds") == true)
  }

  /// A recipe that is not valid is a problem of its runs; others go on.
  /// A file of a few kilobytes may ask for any number of runs, each of which holds its recipe.
  @Test func tooManyRunsAreRefused() throws {
    func axes(_ count: Int) -> [[String: Any]] {
      (0..<count).map { ["name": "a\($0)", "path": "/made\($0)", "values": Array(0..<100)] }
    }
    #expect(refusal(["axes": axes(3)])?.contains("more than 10000 combinations") == true)
    #expect(refusal(["axes": axes(12)])?.contains("more than 10000 combinations") == true)
    #expect(try study(["axes": axes(2), "seeds": [1]]).axes.count == 2)
  }

  @Test func aBadValueSparesOtherRuns() throws {
    let plan = try plan([
      "axes": [["name": "clips", "path": "/batch/clips", "values": [2, "many"]]]
    ])
    #expect(plan.runs.filter { $0.problem == nil }.count == 2)
    #expect(plan.runs.last?.problem?.contains("clips") == true)
  }

  @Test func dataThatChangedAreNamed() throws {
    try folder.write([1, 2, 3], to: "data/denoise/clean/train/a.wav")
    try folder.write([1, 2, 3], to: "data/denoise/noise/train/n.wav")
    try folder.write([1, 2, 3], to: "data/other/b.wav")
    let roots = [folder["data"]]
    let first = try plan(roots: roots)
    #expect(
      Set(first.data.files.keys) == ["denoise/clean/train/a.wav", "denoise/noise/train/n.wav"])
    #expect(try plan(roots: roots).data.changes(since: first.data.files).isEmpty)
    #expect(try plan(roots: roots).runs.map(\.id) == first.runs.map(\.id))

    try folder.write([1, 2, 4], to: "data/denoise/clean/train/a.wav")
    try folder.write([1], to: "data/denoise/noise/train/new.wav")
    try FileManager.default.removeItem(atPath: folder["data/denoise/noise/train/n.wav"])
    let second = try StudyPlan(try study(), roots: roots)
    #expect(
      second.data.changes(since: first.data.files) == [
        "denoise/clean/train/a.wav (other contents)", "denoise/noise/train/n.wav (gone)",
        "denoise/noise/train/new.wav (new)",
      ])
    #expect(second.runs.map(\.id) != first.runs.map(\.id))
  }

  @Test(arguments: [("denoiser-study", 14), ("keywords-study", 6)])
  func shippedStudies(_ name: String, _ count: Int) throws {
    let plan = try StudyPlan(
      StudyFile(contentsOf: "\(Self.recipes)/\(name).json"), roots: [])
    #expect(plan.runs.count == count && plan.runs.allSatisfy { $0.problem == nil })
  }

  /// The networks are as wide as k says, and all else is what the base recipe has.
  @Test func networksOfTheDenoiserStudy() throws {
    let plan = try StudyPlan(
      StudyFile(contentsOf: "\(Self.recipes)/denoiser-study.json"), roots: [])
    let base: DenoisingRecipe = try RecipeFile.read("\(Self.recipes)/denoiser-dense.json")
    for (run, json) in zip(plan.runs, plan.recipes) {
      let recipe = try JSONDecoder().decode(
        DenoisingRecipe.self, from: JSONEncoder().encode(json))
      let isSparse = run.value(of: "family") == "sparse"
      let k = try #require(run.value(of: "k").flatMap(Double.init))
      #expect(
        recipe.layers
          == [.normalization]
          + Layer.s5(
            width: Int(192 * k), states: Int(128 * k), blocks: 3, outputs: 257,
            relufied: isSparse))
      #expect(recipe.pruning?.sparsity == (isSparse ? 0.9 : nil))
      #expect(recipe.run.steps == 4000 && recipe.run.seed == run.seed)
      #expect(recipe.data == base.data && recipe.mixtures == base.mixtures)
      #expect(recipe.optimization == base.optimization)
      #expect(recipe.validation == base.validation)
    }
  }

  @Test func pointers() throws {
    func set(_ pointer: String, _ value: String, in text: String) throws -> (Int, String) {
      var json = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
      let new = try JSONDecoder().decode(JSONValue.self, from: Data(value.utf8))
      let count = try #require(JSONPointer(pointer)).set(new, in: &json)
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return (count, String(decoding: try encoder.encode(json), as: UTF8.self))
    }
    #expect(try set("/a/1", "9", in: #"{"a":[1,2]}"#) == (1, #"{"a":[1,9]}"#))
    #expect(try set("/a/2", "9", in: #"{"a":[1,2]}"#).0 == 0)
    #expect(try set("/b/c", "9", in: #"{"a":1}"#) == (1, #"{"a":1,"b":{"c":9}}"#))
    #expect(
      try set("/a/*/x", "9", in: #"{"a":[{"x":1},{"y":1}]}"#) == (1, #"{"a":[{"x":9},{"y":1}]}"#))
    #expect(try set("/a~1b", "null", in: #"{"a/b":1,"c":2}"#) == (1, #"{"c":2}"#))
    #expect(JSONPointer("a") == nil)
  }
}
