import Foundation
import Sparrow
import SparrowFiles
import SparrowTraining
import TestSupport
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

  /// A text in which the next word follows from the last two.
  private static let text = String(
    repeating: "one two three one three two one two three one three two two two\n", count: 80)
  private static let recipe = """
    {"title": "numbers", "frontEnd": {"kind": "language"}, "embeddingWidth": 12,
     "layers": [{"kind": "gru", "units": 12}, {"kind": "dense", "outputs": 4}],
     "batch": {"sequences": 8, "steps": 16},
     "run": {"steps": 120, "seed": 1, "dropout": 0, "logEvery": 10, "validateEvery": 60,
             "checkpointEvery": 30, "recurrentDropout": {"input": 0.1}},
     "optimization": {"learningRate": 0.02, "stateSpaceLearningRate": 0.02, "weightDecay": 0,
       "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "warmupFraction": 0.05, "clippingFactor": 2,
       "emaDecay": 0},
     "data": {"training": "text.txt", "validation": "text.txt"}}
    """

  /// Read by a recipe from a folder; a run that is interrupted ends as it would have, with a
  /// teacher too, who has read as far as the learner.
  @Test(arguments: [false, true]) func learnsAndGoesOn(_ isTaught: Bool) throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    try Files.write(Array(Self.text.utf8), to: "\(folder)/text.txt")
    let teacher = #""teacher": {"model": "teacher.safetensors", "weight": 0.2},"#
    let recipe = isTaught ? "{" + teacher + Self.recipe.dropFirst() : Self.recipe
    try Files.write(Array(recipe.utf8), to: "\(folder)/recipe.json")
    let words = ["two", "one", "three", "<eos>"]
    try Files.write(
      Self.teacher(words).modelFile(), to: "\(folder)/teacher.safetensors")
    func train(
      _ output: String, _ look: @escaping (TrainingProgress) -> Void = { _ in }
    ) throws -> Network {
      let recipe = try RecipeFile.read("\(folder)/recipe.json", as: AnyTrainingRecipe.self).recipe
      return try recipe.trainer(
        roots: [folder], output: "\(folder)/\(output)", resume: true, workers: Workers(count: 1),
        loading: { _, _ in }, progress: look
      ).train()
    }
    for copy in ["part", "cut"] { try Files.makeFolder("\(folder)/\(copy)") }
    var perplexities: [Double] = []
    let network = try train("whole") { look in
      if let score = look.validation?["perplexity"] { perplexities.append(score) }
      guard look.step == 100, look.validation == nil else { return }
      // Of step 90, in the middle of a passage.
      for copy in ["part", "cut"] {
        try? FileManager.default.copyItem(
          atPath: "\(folder)/whole/checkpoint.safetensors",
          toPath: "\(folder)/\(copy)/checkpoint.safetensors")
      }
    }
    #expect(perplexities.count == 2)
    // A teacher who knows nothing holds the learner back.
    #expect(perplexities[1] < (isTaught ? 1.6 : 1.3))
    #expect(isTaught == (perplexities[1] > 1.15))
    #expect(network.languageFrontEnd?.words.count == 4)

    var resumedAt: [Int] = []
    #expect(try train("part") { resumedAt.append($0.step) } == network)
    #expect(resumedAt.first == 100)
    #expect(
      try Files.read("\(folder)/part/checkpoint.safetensors")
        == Files.read("\(folder)/whole/checkpoint.safetensors"))

    // Without what the cells remembered, it would end differently.
    var file = try SafeTensors(bytes: Files.read("\(folder)/cut/checkpoint.safetensors"))
    #expect(file.tensors.removeValue(forKey: "state/0/sent") != nil)
    try Files.write(file.sealed().encode(), to: "\(folder)/cut/checkpoint.safetensors")
    let error = #expect(throws: TrainingError.self) { try train("cut") }
    #expect(error?.description.contains("state/0 is missing") == true)
  }

  private static func teacher(_ words: [String]) throws -> Network {
    let layers = try JSONDecoder().decode(
      [Layer].self,
      from: Data(#"[{"kind": "lstm", "units": 7}, {"kind": "dense", "outputs": 4}]"#.utf8))
    return try Network(
      initializing: layers, inputWidth: 7, frontEnd: .language(LanguageFrontEnd(words: words)),
      seed: 9)
  }

  /// The gradient is that of a mixture of two cross-entropies, and the teacher remembers what it
  /// has read.
  @Test func teachesItsShare() throws {
    let network = try Self.teacher(["two", "one", "three", "<eos>"])
    let workers = Workers(count: 2)
    let teacher = try Teacher(
      network, weight: 0.3, products: .float32, workers: workers, instructionSet: .best)
    var words: [Float] = [1, 0, 3, 2, 0, 0, 1, 1]
    let targets: [Int32] = [3, 2, 0, 0, 1, 1, 2, 0]
    let embedding = network["layers.1.weight"].values
    var even = NetworkStream(Plan(network))
    var odd = NetworkStream(Plan(network))
    for pass in 0..<2 {
      words.withUnsafeMutableBufferPointer {
        teacher.take(
          Activations(values: $0.baseAddress!, steps: 4, clips: 2, width: 1), step: pass,
          continues: pass > 0)
      }
      var gradient = [Float](repeating: 0.5, count: 8 * 4)
      gradient.withUnsafeMutableBufferPointer {
        teacher.teach(
          Activations(values: $0.baseAddress!, steps: 4, clips: 2, width: 4), targets: targets)
      }
      for row in 0..<8 {
        let first = 7 * Int(words[row])
        var output = [Float](repeating: 0, count: 4)
        var span = output.mutableSpan
        if row % 2 == 0 {
          even.step(embedding.span.extracting(first..<first + 7), into: &span)
        } else {
          odd.step(embedding.span.extracting(first..<first + 7), into: &span)
        }
        let logits = output.map(Double.init)
        let total = logits.reduce(0) { $0 + exp($1) }
        for i in 0..<4 {
          let own = (exp(logits[i]) / total - (i == Int(targets[row]) ? 1 : 0)) / 8
          #expect(abs(Double(gradient[4 * row + i]) - (0.5 - 0.3 * own)) < 1e-5)
        }
      }
    }
  }

  /// What a word's index means to a network, it has to mean to the recipe.
  @Test func beginsWithTheSameWordsOnly() throws {
    let recipe = try JSONDecoder().decode(LanguageRecipe.self, from: Data(Self.recipe.utf8))
    func network(
      _ words: [String], _ layers: [Layer]? = nil, width: Int = 12, seed: UInt64 = 5
    ) throws -> Network {
      try Network(
        initializing: layers ?? recipe.layers, inputWidth: width,
        frontEnd: .language(LanguageFrontEnd(words: words)), seed: seed)
    }
    func start(_ beginning: InitialParameters, _ words: [String]) throws -> Network {
      try recipe.initialNetwork(beginning, .language(LanguageFrontEnd(words: words)))
    }
    let words = ["two", "one", "three", "<eos>"]
    let moved = ["one", "two", "three", "<eos>"]
    let same = try network(words)
    #expect(try start(.network(same), words).parameters == same.parameters)
    #expect(throws: TrainingError.self) { try start(.network(same), moved) }
    #expect(throws: TrainingError.self) { try start(.embedding(of: same), moved) }

    // Other cells lend their words; everything else is as without them.
    let decoder = Layer.dense(DenseLayer(outputs: 4))
    let cell = try JSONDecoder().decode(
      [Layer].self, from: Data(#"[{"kind": "lstm", "units": 12}]"#.utf8))
    let other = try network(words, cell + cell + [decoder])
    let random = try start(.random, words)
    let lent = try start(.embedding(of: other), words)
    for (name, tensor) in lent.parameters {
      let isWord = name.hasPrefix("layers.1.")
      let source = isWord ? other.parameters["layers.2." + name.dropFirst("layers.1.".count)] : nil
      #expect(tensor == source ?? random.parameters[name])
      #expect(isWord == (source != nil))
    }
    let wide = try network(words, [.dense(DenseLayer(outputs: 4))], width: 13)
    #expect(throws: TrainingError.self) { try start(.embedding(of: wide), words) }
  }

  @Test func recipesOfTheProjectAreValid() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Recipes/ptb").path
    let names =
      try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".json") } + ["../shakespeare.json"]
    #expect(names.count > 20)
    for name in names {
      let recipe = try #require(
        RecipeFile.read("\(folder)/\(name)", as: AnyTrainingRecipe.self).recipe as? LanguageRecipe)
      guard case .dense(let decoder) = recipe.layers.last else {
        Issue.record("\(name)")
        continue
      }
      let words = (1..<decoder.outputs).map { "w\($0)" } + ["<eos>"]
      try recipe.validate(.language(LanguageFrontEnd(words: words)))
    }
  }
}
