import Foundation
import Sparrow
import SparrowTasks
import SparrowTraining
import Testing

struct DenoisingRecipeTests {
  private let recipes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../Recipes").path

  private func dense() throws -> [String: Any] {
    let json = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: "\(recipes)/denoiser.json")))
    return try #require(json as? [String: Any])
  }

  private func decode(_ json: [String: Any]) throws -> DenoisingRecipe {
    try JSONDecoder().decode(
      DenoisingRecipe.self, from: JSONSerialization.data(withJSONObject: json))
  }

  @Test func theShippedRecipeIsOne() throws {
    let recipe: DenoisingRecipe = try RecipeFile.read("\(recipes)/denoiser.json")
    #expect(recipe.pruning == nil)
    #expect(recipe.frontEnd.inputWidth == 257)
    // What is encoded is the same recipe.
    let encoded = try JSONEncoder().encode(recipe)
    #expect(try JSONDecoder().decode(DenoisingRecipe.self, from: encoded) == recipe)
  }

  /// A misspelt section would otherwise be left out without a word: here, the zeros.
  @Test func unknownSectionsAreRefused() throws {
    var json = try dense()
    json["prunning"] = ["sparsity": 0.9]
    #expect(throws: DecodingError.self) { try decode(json) }
  }

  @Test func anotherNetworkToBeginWithIsRefused() throws {
    let recipe = try decode(try dense())
    let other = try Network(
      initializing: [.dense(DenseLayer(outputs: 257))], inputWidth: 257, seed: 1)
    #expect(
      throws: TrainingError.recipe("the network to begin with has other layers than the recipe")
    ) {
      _ = try recipe.trainer(
        from: other, roots: [], output: "/nowhere", resume: false, workers: Workers(count: 1),
        loading: { _, _ in }, progress: { _ in })
    }
  }
}
