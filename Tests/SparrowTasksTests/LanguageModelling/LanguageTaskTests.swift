import Foundation
import Sparrow
import SparrowFiles
import SparrowTraining
import Testing

@testable import SparrowTasks

/// How texts become batches, and that a small model learns one.
struct LanguageTaskTests {
  private func task(
    count: Int = 1000, sequences: Int = 4, steps: Int = 20, varies: Bool = true, seed: UInt64 = 3
  ) throws -> LanguageTask {
    // The word after n is n + 1.
    try LanguageTask(
      training: (0..<Int32(count)).map { $0 }, validation: [1, 2, 3], words: count,
      batch: LanguageBatch(sequences: sequences, steps: steps, variesSteps: varies), seed: seed,
      workers: Workers(count: 1))
  }

  private func words(_ task: LanguageTask, _ step: Int) -> [[Int]] {
    let batch = task.makeBatch(step: step)
    return (0..<batch.clips).map { clip in
      (0..<batch.steps).map { Int(batch.values[$0 * batch.clips + clip]) }
    }
  }

  @Test(arguments: [true, false]) func aPassageReadsTheWholeText(_ varies: Bool) throws {
    let task = try task(varies: varies)
    var read = [[Int]](repeating: [], count: 4)
    var step = 0
    var factors = 0.0
    repeat {
      for (clip, words) in words(task, step).enumerated() { read[clip] += words }
      factors += task.rateFactor(step: step)
      step += 1
    } while task.continues(step: step)
    #expect(Set(read.joined()) == Set(0..<1000))
    #expect(read.allSatisfy { $0.count == 250 })
    for sequence in read {
      #expect(zip(sequence, sequence.dropFirst()).allSatisfy { ($0 + 1) % 1000 == $1 })
    }
    #expect(abs(factors - 250.0 / 20) < 1e-9)
    // The next passage begins elsewhere.
    #expect(words(task, step)[0][0] != read[0][0])
  }

  @Test func batchesFollowFromTheStepAlone() throws {
    let forward = try task()
    let sequence = (0..<40).map { words(forward, $0) }
    let backward = try task()
    #expect((0..<40).reversed().map { words(backward, $0) } == sequence.reversed())
    #expect((0..<40).map { words(try! task(seed: 4), $0) } != sequence)
  }

  @Test func whatIsTooShortIsRefused() {
    #expect(throws: TrainingError.self) { try task(count: 19) }
    #expect(throws: TrainingError.self) {
      try LanguageTask(
        training: [0, 1, 2, 3, 4, 5], validation: [1], words: 6,
        batch: LanguageBatch(sequences: 1, steps: 2), seed: 1, workers: Workers(count: 1))
    }
  }

  /// A text in which the next word follows from the last two, read by a recipe from a folder; a run that is
  /// interrupted ends as it would have.
  @Test func learnsAndGoesOn() throws {
    let folder = "/tmp/sparrow-language-\(UInt64.random(in: 0 ... .max))"
    try Files.makeFolder(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let line = "one two three one three two one two three one three two two two\n"
    let text = String(repeating: line, count: 80)
    try Files.write(Array(text.utf8), to: "\(folder)/text.txt")
    let recipe = """
      {"title": "numbers", "frontEnd": {"kind": "language"}, "embedding": 12,
       "layers": [{"kind": "gru", "units": 12}, {"kind": "dense", "outputs": 4}],
       "batch": {"sequences": 8, "steps": 16},
       "run": {"steps": 120, "seed": 1, "dropout": 0, "logEvery": 10, "validateEvery": 60,
               "checkpointEvery": 30, "recurrentDropout": {"input": 0.1}},
       "optimization": {"learningRate": 0.02, "stateSpaceLearningRate": 0.02, "weightDecay": 0,
         "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "warmUp": 0.05, "clipping": 2,
         "averaging": 0},
       "data": {"training": "text.txt", "validation": "text.txt"}}
      """
    try Files.write(Array(recipe.utf8), to: "\(folder)/recipe.json")
    func train(
      _ output: String, _ look: @escaping (TrainingProgress) -> Void = { _ in }
    ) throws -> Network {
      let recipe = try RecipeFile.read("\(folder)/recipe.json", as: AnyTrainingRecipe.self).recipe
      return try recipe.trainer(
        roots: [folder], output: "\(folder)/\(output)", resume: true, workers: Workers(count: 1),
        loading: { _, _ in }, progress: look
      ).train()
    }
    try Files.makeFolder("\(folder)/part")
    var perplexities: [Double] = []
    let network = try train("whole") { look in
      if let score = look.validation?["perplexity"] { perplexities.append(score) }
      guard look.step == 100, look.validation == nil else { return }
      // Of step 90, in the middle of a passage.
      try? FileManager.default.copyItem(
        atPath: "\(folder)/whole/checkpoint.safetensors",
        toPath: "\(folder)/part/checkpoint.safetensors")
    }
    #expect(perplexities.count == 2)
    #expect(perplexities[1] < 1.3)
    #expect(network.languageFrontEnd?.words.count == 4)

    var resumedAt: [Int] = []
    #expect(try train("part") { resumedAt.append($0.step) } == network)
    #expect(resumedAt.first == 100)
    #expect(
      try Files.read("\(folder)/part/checkpoint.safetensors")
        == Files.read("\(folder)/whole/checkpoint.safetensors"))
  }

  @Test func recipesOfTheProjectAreValid() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Recipes/ptb").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".json") }
    #expect(!names.isEmpty)
    for name in names {
      let recipe = try #require(
        RecipeFile.read("\(folder)/\(name)", as: AnyTrainingRecipe.self).recipe as? LanguageRecipe)
      let words = (0..<9999).map { "w\($0)" } + ["<eos>"]
      try recipe.validate(.language(LanguageFrontEnd(words: words)))
    }
  }
}
