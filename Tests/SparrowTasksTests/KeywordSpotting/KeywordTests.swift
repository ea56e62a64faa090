import Foundation
import Sparrow
import SparrowTraining
import TestSupport
import Testing

@testable import SparrowSoundFiles
@testable import SparrowTasks

@Suite struct SpottingScoreTests {
  private func word(_ time: Double, _ word: String) -> SpottedWord {
    SpottedWord(time: time, word: word, confidence: 0.9)
  }

  @Test func countsWhatWasFoundAndWhatWasNot() {
    let labels = StreamLabels([
      .init(word: "yes", start: 1, end: 1.5), .init(word: "no", start: 3, end: 3.5),
      .init(word: "stop", start: 5, end: 5.5), .init(word: "up", start: 7, end: 7.5),
    ])
    let spotted = [
      word(0.5, "yes"), word(2.0, "yes"), word(3.6, "up"), word(6.1, "stop"), word(7.2, "up"),
      word(7.4, "up"),
    ]
    let score = SpottingScore(spotted, labels: labels, seconds: 360)
    #expect(score.words == 4)
    #expect(score.found == 2)  // yes at 2.0 (just in time) and up
    #expect(score.confused == 1)  // no, taken for up
    #expect(score.falseAlarms == 3)  // before yes, too late for stop, up twice
    #expect(score.falseAlarmsPerHour == 30)
  }
}

@Suite struct WordFolderTests {
  static func make() throws -> String {
    let folder = FileManager.default.temporaryDirectory.path + "/words-\(UUID().uuidString)"
    for (word, frequency) in [("low", 400.0), ("high", 3000.0), ("other", 1200.0)] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(word)", withIntermediateDirectories: true)
      for take in 0..<3 {
        let samples = (0..<16_000).map { i -> Float in
          guard (4000..<9000).contains(i) else { return 0 }
          return 0.3 * Float(sin(2 * .pi * (frequency + 20 * Double(take)) * Double(i) / 16_000))
        }
        var writer = try SoundWriter(
          path: "\(folder)/\(word)/\(take).wav", sampleRate: 16_000, channelCount: 1,
          sampleFormat: .pcm16)
        try writer.write([samples])
        try writer.finish()
      }
    }
    return folder
  }

  @Test func splitsNameFiles() throws {
    let folder = try Self.make()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(try WordFolder(folder).words == ["high", "low", "other"])
    #expect(try WordFolder(folder).files.count == 9)
    let split = folder + "/split.txt"
    try "low/1.wav\nhigh/2.wav\n".write(toFile: split, atomically: true, encoding: .utf8)
    #expect(try WordFolder(folder, split: split).files.map(\.path) == ["high/2.wav", "low/1.wav"])
    try "path\tspeaker\nlow/0.wav\tx\n".write(toFile: split, atomically: true, encoding: .utf8)
    #expect(try WordFolder(folder, split: split).files.map(\.path) == ["low/0.wav"])
    try "low/7.wav\n".write(toFile: split, atomically: true, encoding: .utf8)
    #expect(throws: (any Error).self) { try WordFolder(folder, split: split) }
    #expect(throws: (any Error).self) { try WordFolder(folder + "/low") }
  }

  @Test func evaluationTellsWordsApart() throws {
    let folder = try Self.make()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let frontEnd = KeywordFrontEnd(bands: 10, words: ["low", "high"])
    var weight = [Float](repeating: 0, count: 30)
    weight[10 + 1] = 1
    weight[20 + 7] = 1
    let network = try Network(
      inputWidth: 10, layers: [.dense(DenseLayer(outputs: 3))],
      parameters: [
        "layers.0.weight": Tensor(shape: [3, 10], values: weight),
        "layers.0.bias": Tensor(shape: [3], values: [8, 0, 0]),
      ], frontEnd: .keywords(frontEnd))
    let evaluation = KeywordEvaluation(Plan(network), frontEnd: frontEnd)
    let outcome = try evaluation.run(WordFolder(folder), workers: Workers(count: 2))
    #expect(outcome.scores.clips == 6 && outcome.scores.otherClips == 3)
    #expect(outcome.scores.accuracy == 1 && outcome.scores.found == 1)
    #expect(outcome.scores.falseAlarms == 0)
    #expect(outcome.scores.confusion == [[3, 0, 0], [0, 3, 0], [0, 0, 3]])
    #expect(outcome.count.steps == 9 * Int(16_000 * 1.7) / 256 / 9 * 9)

    // Three recordings of each word and of others in one stream, with gaps and without.
    for gap in [0.0, 0.3] {
      let stream = try evaluation.run(asStream: WordFolder(folder), gap: gap)
      #expect(stream.scores.clips == 6 && stream.scores.otherClips == 3)
      #expect(stream.scores.found == 1 && stream.scores.confused == 0)
      #expect(stream.scores.falseAlarms == 0)
      #expect(abs(stream.scores.seconds - (9 * (1 + gap) + SpottingScore.tolerance)) < 1e-9)
      #expect(stream.count.steps == Int(stream.scores.seconds * 16_000) / 256)
    }

    var noisy = KeywordEvaluation.Conditions()
    noisy.noise = (folder + "/other", 0)
    let other = try evaluation.run(
      WordFolder(folder), conditions: noisy, workers: Workers(count: 1))
    #expect(other.scores.clips == 6)

    let stranger = KeywordFrontEnd(bands: 10, words: ["x", "y"])
    #expect(throws: (any Error).self) {
      try KeywordEvaluation(Plan(network), frontEnd: stranger)
        .run(WordFolder(folder), workers: Workers(count: 1))
    }
  }
}

@Suite struct KeywordTaskTests {
  static let frontEnd = KeywordFrontEnd(bands: 10, words: ["low", "high"])

  static func data() -> KeywordData {
    func tone(_ frequency: Double, from: Int, to: Int, count: Int) -> [Float] {
      (0..<count).map { i in
        (from..<to).contains(i)
          ? 0.5 * Float(sin(2 * .pi * frequency * Double(i) / 16_000)) : 1e-4 * Float(i % 7)
      }
    }
    var random = RandomNumbers(seed: 3)
    let noise = Recording(
      name: "noise", samples: (0..<32_000).map { _ in Float(0.2 * random.normal()) })!
    let speech = Recording(
      name: "speech", samples: tone(1200, from: 0, to: 32_000, count: 32_000))!
    let words = [(0, 400.0), (1, 3000.0)].map {
      WordRecording(
        word: $0, samples: tone($1, from: 4000, to: 9000, count: 16_000), sampleRate: 16_000)
    }
    return KeywordData(
      words: words, validation: words,
      background: SpeechAndNoiseData(
        sampleRate: 16_000,
        voices: [.init(name: "v", recordings: [speech], weight: 1, isTrainedOn: true)],
        noises: [noise], heldOutNoises: [noise]))
  }

  @Test func wordsLastAsLongAsTheirSound() {
    #expect(Self.data().words.allSatisfy { $0.extent == 4000..<9120 || $0.extent == 4000..<8960 })
    #expect(WordRecording.extent(of: [0, 0, 0], sampleRate: 16_000) == 0..<3)
  }

  @Test func streamsSayWhatIsSaid() {
    var options = KeywordStreamOptions()
    options.noise = SignalVariation(
      equalization: 6, equalizationProbability: 0.6, speed: 0.15, speedProbability: 0.6)
    options.secondNoiseProbability = 0.3
    options.syntheticNoiseProbability = 0.4
    options.syntheticNoiseCount = 4
    let streams = KeywordStreams(
      Self.data(), frontEnd: Self.frontEnd, options: options, seed: 1, workers: Workers(count: 1))
    var targets: Set<Int> = []
    for stream in 0..<20 {
      var random = RandomNumbers(seed: 5, stream: UInt64(stream))
      var again = random
      let example = streams.example(frames: 187, &random)
      #expect(example.samples.count == 187 * 256 && example.targets.count == 187)
      #expect(example.samples.allSatisfy { $0.isFinite })
      let second = streams.example(frames: 187, &again)
      #expect(second.samples == example.samples && second.targets == example.targets)
      targets.formUnion(example.targets)
      // A word's frames follow one another: 0.3 s of them, unless the stream ends.
      var runs: [(Int, Int)] = []
      for target in example.targets {
        if runs.last?.0 == target { runs[runs.count - 1].1 += 1 } else { runs.append((target, 1)) }
      }
      for (index, run) in runs.enumerated()
      where run.0 > 0 && index > 0 && index + 1 < runs.count { #expect((5...19).contains(run.1)) }
    }
    #expect(targets == [-1, 0, 1, 2])
  }

  @Test func lossHasItsGradient() throws {
    let task = try KeywordTask(
      frontEnd: Self.frontEnd, data: Self.data(), streams: .init(), validation: .init(), clips: 2,
      seconds: 1.5, seed: 1, workers: Workers(count: 1))
    let batch = task.makeBatch(step: 0)
    let count = batch.steps * batch.clips * 3
    var random = RandomNumbers(seed: 9)
    var values = (0..<count).map { _ in Float(random.normal()) }
    func loss() -> (value: Double, gradient: [Float]) {
      // The gradient takes the logits' place.
      var logits = values
      return logits.withUnsafeMutableBufferPointer {
        let (loss, gradient) = task.loss(
          of: Activations(
            values: $0.baseAddress!, steps: batch.steps, clips: batch.clips, width: 3))
        return (
          loss.value, Array(UnsafeBufferPointer(start: gradient.values, count: count))
        )
      }
    }
    let gradient = loss().gradient
    for index in stride(from: 0, to: count, by: 7) {
      let kept = values[index]
      values[index] = kept + 0.05
      let above = loss().value
      values[index] = kept - 0.05
      let below = loss().value
      values[index] = kept
      #expect(abs((above - below) / 0.1 - Double(gradient[index])) < 1e-4)
    }
  }

  /// Who says what the only teacher says has nothing to learn; who says something else has, but in
  /// frames that are not judged.
  @Test func learnsFromATeacher() throws {
    let network = try Network(
      initializing: [.dense(DenseLayer(outputs: 3))], inputWidth: Self.frontEnd.bands,
      frontEnd: .keywords(Self.frontEnd), seed: 4)
    let workers = Workers(count: 1)
    let task = try KeywordTask(
      frontEnd: Self.frontEnd, data: Self.data(), streams: .init(), validation: .init(), clips: 2,
      seconds: 1.5, seed: 1, teacher: Teacher(network, weight: 1, workers: workers),
      workers: workers)
    func gradient(scale: Float) throws -> [Float] {
      let batch = task.makeBatch(step: 0)
      let learner = try TrainableNetwork<Float>(
        network, context: TrainingContext(workers: workers))
      let logits = learner.forward(batch, TrainingPass(isTraining: false))
      for i in 0..<logits.count { logits.values[i] *= scale }
      let gradient = task.loss(of: logits).gradient
      return Array(UnsafeBufferPointer(start: gradient.values, count: gradient.count))
    }
    #expect(try gradient(scale: 1).allSatisfy { abs($0) < 1e-7 })
    let other = try gradient(scale: 0.5)
    #expect(other.contains { abs($0) > 1e-5 })
    #expect(other.contains(0))
  }

  /// What its answers are made of once they are there is the teacher's affair.
  @Test func teachersTakeTheSameFrames() throws {
    let folder = try TemporaryFolder()
    let options = try JSONDecoder().decode(
      TeacherOptions.self, from: Data(#"{"model": "teacher.safetensors", "weight": 1}"#.utf8))
    func refusal(_ change: (inout KeywordFrontEnd) -> Void) throws -> String? {
      var frontEnd = Self.frontEnd
      change(&frontEnd)
      let network = try Network(
        initializing: [.dense(DenseLayer(outputs: 3))], inputWidth: frontEnd.bands,
        frontEnd: .keywords(frontEnd), seed: 4)
      try folder.write(network.modelFile(), to: "teacher.safetensors")
      do throws(TrainingError) {
        _ = try options.teacher(
          for: .keywords(Self.frontEnd), roots: [folder.path], products: nil,
          workers: Workers(count: 1), instructionSet: .best)
        return nil
      } catch {
        return error.description
      }
    }
    #expect(try refusal { $0.threshold += 0.1 } == nil)
    #expect(try refusal { $0.hop /= 2 }?.contains("other frames") == true)
    #expect(try refusal { $0.words.reverse() }?.contains("other words") == true)
  }

  @Test func recipesOfTheProjectAreValid() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Recipes").path
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasPrefix("keywords") && $0.hasSuffix(".json") && !$0.contains("study") }
    #expect(names.contains("keywords.json"))
    for name in names {
      let recipe = try RecipeFile.read("\(folder)/\(name)", as: AnyTrainingRecipe.self).recipe
      #expect(recipe is KeywordRecipe)
      try recipe.validate(recipe.networkFrontEnd(roots: []))
    }
  }
}
