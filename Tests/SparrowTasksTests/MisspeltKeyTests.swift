import Foundation
import Testing

@testable import SparrowTasks

/// A key that nobody reads is refused, wherever in a recipe it is.
struct MisspeltKeyTests {
  static let recipe = """
    {"title": "a", "frontEnd": {"kind": "language"}, "embeddingWidth": 8,
     "layers": [
       {"kind": "lstm", "units": 8}, {"kind": "gru", "units": 8}, {"kind": "rnn", "units": 8},
       {"kind": "eventGRU", "units": 8}, {"kind": "residual", "layers": []},
       {"kind": "linearRecurrence", "states": 4}, {"kind": "gate"}, {"kind": "normalization"},
       {"kind": "activation", "function": "relu"}, {"kind": "dense", "outputs": 5}],
     "batch": {"sequences": 2, "steps": 5},
     "run": {"steps": 1, "seed": 1, "dropout": 0, "logEvery": 1, "validateEvery": 1,
       "checkpointEvery": 1, "recurrentDropout": {}},
     "optimization": {"learningRate": 1, "stateSpaceLearningRate": 1, "weightDecay": 0, "beta1": 0,
       "beta2": 0, "epsilon": 1, "warmupFraction": 0, "clippingFactor": 2, "emaDecay": 0},
     "pruning": {"sparsity": 0.5, "distribution": "uniform", "pattern": "unstructured",
       "prunesComplexJointly": false, "begin": 0, "end": 0, "excluded": []},
     "teacher": {"model": "a", "weight": 0.5},
     "data": {"training": "a", "validation": "b"}}
    """

  private func refusal(_ json: String) throws -> String? {
    do {
      _ = try JSONDecoder().decode(AnyTrainingRecipe.self, from: Data(json.utf8))
      return nil
    } catch let error as DecodingError {
      return "\(error)"
    }
  }

  @Test func everyObjectIsLookedAt() throws {
    #expect(try refusal(Self.recipe) == nil)
    let objects = Self.recipe.indices.filter { Self.recipe[$0] == "{" }
    #expect(objects.count == 19)
    for place in objects {
      var json = Self.recipe
      let next = json.index(after: place)
      json.insert(contentsOf: json[next] == "}" ? "\"typo\": 1" : "\"typo\": 1, ", at: next)
      #expect(try refusal(json)?.contains("`typo`") == true, "\(json)")
    }
  }

  @Test(arguments: [
    ("clipping", "clippingFactor"), ("averaging", "emaDecay"), ("share", "weight"),
    ("warmUp", "warmupFraction"), ("embedding", "embeddingWidth"),
  ])
  func anOldKeyIsRefusedByNamingTheNewOne(_ old: String, _ new: String) throws {
    let json = Self.recipe.replacing("\"\(new)\":", with: "\"\(old)\":")
    #expect(json != Self.recipe)
    #expect(try refusal(json)?.contains("`\(old)` is now `\(new)`") == true)
  }

  /// A key that an object never had stays an unknown one there, though another object's was
  /// renamed.
  @Test func aKeyRenamedElsewhereIsUnknown() throws {
    let json = Self.recipe.replacing("\"model\":", with: "\"warmUp\": 1, \"model\":")
    #expect(try refusal(json)?.contains("unknown key `warmUp`") == true)
  }
}
