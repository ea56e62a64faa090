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
      with: Data(contentsOf: URL(fileURLWithPath: "\(recipes)/denoiser-dense.json")))
    return try #require(json as? [String: Any])
  }

  private func decode(_ json: [String: Any]) throws -> DenoisingRecipe {
    try JSONDecoder().decode(
      DenoisingRecipe.self, from: JSONSerialization.data(withJSONObject: json))
  }

  /// The shipped denoiser is tuned for fixed point from a sparse one, which has the dense one's
  /// data.
  @Test func shippedRecipesBuildOnEachOther() throws {
    let dense: DenoisingRecipe = try RecipeFile.read("\(recipes)/denoiser-dense.json")
    let sparse: DenoisingRecipe = try RecipeFile.read("\(recipes)/denoiser-sparse.json")
    let shipped: DenoisingRecipe = try RecipeFile.read("\(recipes)/denoiser.json")
    #expect(dense.pruning == nil && dense.quantization == nil)
    #expect(sparse.pruning?.sparsity == 0.9 && sparse.quantization == nil)
    #expect(shipped.quantization == QuantizationAwareOptions())
    #expect(shipped.layers == sparse.layers)
    #expect(shipped.data == dense.data)
    let clips: DenoisingRecipe = try RecipeFile.read("\(recipes)/denoiser-full-band-sparse.json")
    let streams: DenoisingRecipe = try RecipeFile.read("\(recipes)/denoiser-full-band.json")
    #expect(clips.streams == nil && streams.streams?.batches == 3)
    #expect(streams.layers == clips.layers && streams.frontEnd == clips.frontEnd)
  }

  @Test(arguments: [
    ("denoiser-dense", 257), ("denoiser-sparse", 257), ("denoiser", 257),
    ("denoiser-full-band-sparse", 189), ("denoiser-full-band", 189),
  ])
  func recipesStayTheSameInJSON(_ name: String, inputWidth: Int) throws {
    let recipe: DenoisingRecipe = try RecipeFile.read("\(recipes)/\(name).json")
    #expect(recipe.frontEnd.inputWidth == inputWidth)
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
      throws: TrainingError.recipe("the initial network has other layers than the recipe")
    ) {
      _ = try recipe.trainer(
        from: .network(other), roots: [], output: "/nowhere", resume: false,
        workers: Workers(count: 1),
        loading: { _, _ in }, progress: { _ in })
    }
  }

  private func refusal(_ recipe: DenoisingRecipe, from initial: Network?) -> TrainingError? {
    do throws(TrainingError) {
      _ = try recipe.trainer(
        from: initial.map { .network($0) } ?? .random, roots: [], output: "/nowhere", resume: false,
        workers: Workers(count: 1),
        loading: { _, _ in }, progress: { _ in })
      return nil
    } catch {
      return error
    }
  }

  /// Data may take minutes to load: what can be told without them is told before.
  @Test func valuesOutOfRangeAreToldBeforeDataAreLoaded() throws {
    var json = try dense()
    var optimization = try #require(json["optimization"] as? [String: Any])
    optimization["learningRate"] = -1
    json["optimization"] = optimization
    let refusal = refusal(try decode(json), from: nil)
    guard case .recipe = refusal else {
      Issue.record("\(String(describing: refusal))")
      return
    }
  }

  /// Without data a run cannot begin; what is wrong with the network is told before that.
  @Test func quantisationBeginsWithATrainedNetwork() throws {
    var json = try dense()
    json["quantization"] = ["weightBits": 8, "activationBits": 16]
    let recipe = try decode(json)
    #expect(recipe.quantization == QuantizationAwareOptions())
    #expect(try decode(try dense()).quantization == nil)
    let encoded = try JSONEncoder().encode(recipe)
    #expect(try JSONDecoder().decode(DenoisingRecipe.self, from: encoded) == recipe)

    #expect(refusal(recipe, from: nil)?.description.contains("trained network") == true)
    let trained = try Network(
      initializing: recipe.layers, inputWidth: 257, frontEnd: recipe.networkFrontEnd(roots: []),
      seed: 1)
    let folded = try trained.folded()
    let other = TrainingError.recipe(
      "the initial network has other layers than the recipe")
    #expect(refusal(recipe, from: trained) != other)
    #expect(refusal(recipe, from: folded) == other)
    var calibration = try Calibration(trained)
    calibration.add([Float](repeating: 0.1, count: 257))
    let integers = try calibration.quantized(.w8a16)
    #expect(refusal(recipe, from: integers)?.description.contains("convert --trainable") == true)
    var ofFolded = recipe
    ofFolded.layers = folded.layers
    #expect(refusal(ofFolded, from: folded) != other)
    #expect(refusal(ofFolded, from: trained) != other)

    let unfoldable = try Network(
      initializing: [.dense(DenseLayer(outputs: 257)), .normalization], inputWidth: 257, seed: 1)
    #expect(refusal(recipe, from: unfoldable)?.description.contains("layers.1") == true)
  }

  @Test func unknownKeysOfSectionsAreRefused() throws {
    var json = try dense()
    json["quantization"] = ["weightbits": 8]
    #expect(throws: DecodingError.self) { try decode(json) }
  }
}
