import Foundation
import Sparrow
import SparrowAudio
import SparrowFiles
import SparrowSoundFiles
import SparrowTraining
import TestSupport
import Testing

@testable import SparrowTasks

@Suite struct SpeechTaskTests {
  private static func task(
    _ training: [SpeechRecording], validation: [SpeechRecording] = [],
    augmentation: SpeechAugmentation = SpeechAugmentation(), batch: Int = 8
  ) throws -> SpeechTask {
    try SpeechTask(
      frontEnd: ToneSpeech.frontEnd, training: training, validation: validation, noises: [],
      batch: SpeechBatch(recordings: batch, maximumSeconds: 4), augmentation: augmentation,
      seed: 1, workers: Workers(count: 1))
  }

  /// A small network begins to spell tones, in seconds.
  @Test func learnsTones() throws {
    let folder = try TemporaryFolder()
    let network = try Network(
      initializing: [
        .convolution(ConvolutionLayer(outputs: 24, kernel: 3)), .activation(.relu), .normalization,
        .dense(DenseLayer(outputs: 5)),
      ], inputWidth: ToneSpeech.frontEnd.inputWidth, frontEnd: .speech(ToneSpeech.frontEnd), seed: 1
    )
    var optimization = OptimizationOptions()
    optimization.learningRate = 0.02
    optimization.emaDecay = 0.9
    let task = try Self.task(
      ToneSpeech.recordings(48, seed: 1), validation: ToneSpeech.recordings(12, seed: 2), batch: 8)
    let trainer = try Trainer(
      network, task: task,
      run: RunOptions(steps: 80, logEvery: 80, validateEvery: 80, checkpointEvery: 80),
      optimization: optimization, workers: Workers(count: 1), folder: folder["run"],
      resume: false, progress: { _ in })
    let trained = try trainer.train()
    let frontEnd = ToneSpeech.frontEnd
    let test = SpeechEvaluation(try ToneSpeech.recordings(30, seed: 3), frontEnd: frontEnd)
    let plan = Plan(trained)
    let outcome = test.run(plan, decoder: GreedyDecoder(frontEnd), workers: Workers(count: 1))
    #expect(outcome.scores.recordings == 30 && outcome.scores.words.reference == 60)
    let beam = test.run(plan, decoder: BeamDecoder(frontEnd), workers: Workers(count: 2))
    let random = test.run(
      Plan(network), decoder: GreedyDecoder(frontEnd), workers: Workers(count: 1))
    let least = min(outcome.scores.characterErrorRate, beam.scores.characterErrorRate)
    #expect(least < 0.6 && least < 0.7 * random.scores.characterErrorRate, "\(outcome.scores)")
  }

  @Test func batchesFollowSeedAndStep() throws {
    let recordings = try ToneSpeech.recordings(20, seed: 1)
    var augmentation = SpeechAugmentation()
    augmentation.variation = SignalVariation(
      equalization: 6, equalizationProbability: 0.5, speed: 0.2, speedProbability: 0.8)
    augmentation.roomProbability = 0.5
    augmentation.tilt = 1
    augmentation.frequencyMasks = 1
    augmentation.timeMasksPerSecond = 1
    let (one, other) = (
      try Self.task(recordings, augmentation: augmentation),
      try Self.task(recordings, augmentation: augmentation)
    )
    func values(_ task: SpeechTask, _ step: Int) -> [Float] {
      let batch = task.makeBatch(step: step)
      #expect(batch.clips == 8 && batch.width == 16)
      return Array(UnsafeBufferPointer(start: batch.values, count: batch.count))
    }
    // In any order, as after a resumption.
    let fifth = values(one, 5)
    _ = values(other, 2)
    #expect(values(other, 5) == fifth)
    #expect(values(other, 6) != fifth)
    #expect(fifth.allSatisfy { $0.isFinite })
  }

  /// An epoch has every recording once, and those of a batch have similar lengths.
  @Test func batchesHaveSimilarLengths() throws {
    let recordings = try (1...24).map {
      try ToneSpeech.recording(String(repeating: "AB ", count: $0), seed: UInt64($0))
    }
    let task = try SpeechTask(
      frontEnd: ToneSpeech.frontEnd, training: recordings, validation: [], noises: [],
      batch: SpeechBatch(recordings: 4, maximumSeconds: 60), augmentation: SpeechAugmentation(),
      seed: 1, workers: Workers(count: 1))
    let steps = (0..<6).map { task.makeBatch(step: $0).steps }
    let longest = recordings.map(\.count).sorted().enumerated().filter { $0.offset % 4 == 3 }
      .map { SpeechFrames.count(samples: $0.element, frontEnd: ToneSpeech.frontEnd) }
    #expect(steps.sorted() == longest)
  }

  /// A sound is followed by silence in training as in use.
  @Test func framesEqualThoseOfAStream() throws {
    var random = RandomNumbers(seed: 3)
    let samples = ToneSpeech.samples("AB C", &random)
    let frontEnd = ToneSpeech.frontEnd
    let features = SpeechFrames.features(samples, frontEnd: frontEnd)
    #expect(
      features.count
        == SpeechFrames.count(samples: samples.count, frontEnd: frontEnd) * frontEnd.inputWidth)
    #expect(frontEnd.flushSteps == 5 && frontEnd.stepSamples == 128)
    // A network that gives its first inputs back.
    let network = try Network(
      inputWidth: 16, layers: [.dense(DenseLayer(outputs: 5))],
      parameters: [
        "layers.0.weight": Tensor(
          shape: [5, 16], values: (0..<80).map { $0 / 16 == $0 % 16 ? 1 : 0 }),
        "layers.0.bias": Tensor(shape: [5], values: [Float](repeating: 0, count: 5)),
      ], frontEnd: .speech(frontEnd))
    var stream = SpeechStream(Plan(network), frontEnd: frontEnd)
    var step = 0
    for start in stride(from: 0, to: samples.count - 63, by: 64)
    where stream.push(samples.span.extracting(start..<start + 64)) {
      #expect(stream.logits == Array(features[step * 16..<step * 16 + 5]))
      step += 1
    }
    #expect(step > 10)
  }

  // MARK: Manifests

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func manifest(_ rows: String) throws -> SpeechManifest {
    var random = RandomNumbers(seed: 3)
    for name in ["a", "b", "c"] {
      let samples = ToneSpeech.samples("AB", &random)
      try FileManager.default.createDirectory(
        atPath: folder["\(name == "c" ? "more" : "speech")"], withIntermediateDirectories: true)
      try Sound(sampleRate: 4000, channels: [samples]).write(
        to: folder["\(name == "c" ? "more" : "speech")/\(name).wav"])
    }
    try folder.write(
      Data("path\tlabel\tspeaker\tsplit\n\(rows)".utf8), to: "manifest.tsv")
    return try SpeechManifest(contentsOf: folder["manifest.tsv"])
  }

  private static let rows =
    "speech/a.wav\tA B\tone\ttrain\nspeech/b.wav\t\tone\ttrain\nmore/c.wav\tBA\ttwo\ttest\n"

  @Test func rowsAreChosen() throws {
    let manifest = try manifest(Self.rows)
    #expect(try manifest.rows() == [0, 2])
    #expect(try manifest.rows(in: ["speech", "more", "speech"]) == [0, 2, 0])
    #expect(try manifest.rows(where: ["split": ["test"]]) == [2])
    #expect(manifest.transcripts([2]) == ["BA"])
    #expect(throws: FileError.self) { try manifest.rows(in: ["spee"]) }
    #expect(throws: FileError.self) { try manifest.rows(where: ["colour": ["red"]]) }
    let recordings = try manifest.recordings(
      [0, 2], frontEnd: ToneSpeech.frontEnd, workers: Workers(count: 1))
    #expect(recordings.map(\.text) == [[2, 1, 3], [3, 2]])
    let file = try Sound(contentsOf: folder["more/c.wav"]).channels[0]
    for (one, other) in zip(recordings[1].samples, file) { #expect(abs(one - other) < 2e-5) }
  }

  @Test func strangeCharactersAreRefusedWithTheirLine() throws {
    let manifest = try manifest(Self.rows + "more/c.wav\tA é\ttwo\ttest\n")
    let error = #expect(throws: FileError.self) {
      try manifest.recordings(
        manifest.rows(), frontEnd: ToneSpeech.frontEnd, workers: Workers(count: 1))
    }
    #expect(
      try #require(error).description.hasSuffix(
        "line 5 has the transcript \"A é\", whose character \"é\" is not in the alphabet \" ABC\""))
  }

  @Test func longTranscriptsAndMissingFilesAreRefused() throws {
    let manifest = try manifest(
      Self.rows + "more/c.wav\t\(String(repeating: "A", count: 60))\ttwo\ttest\n"
        + "more/d.wav\tA\ttwo\ttest\n")
    func problems(_ rows: [Int]) throws -> [String] {
      var problems: [String] = []
      let recordings = try manifest.recordings(
        rows, frontEnd: ToneSpeech.frontEnd, workers: Workers(count: 1),
        unreadable: { problems.append($0) })
      #expect(recordings.count == 1)
      return problems
    }
    let told = try problems([0, 3, 4])
    #expect(told.count == 2)
    #expect(told[0].contains("line 5") && told[0].contains("expected at least 119"))
    #expect(told[1].contains("line 6") && told[1].contains("more/d.wav"))
    #expect(throws: FileError.self) {
      try manifest.recordings([3], frontEnd: ToneSpeech.frontEnd, workers: Workers(count: 1))
    }
  }

  @Test func recipesHoldSpeakersOut() throws {
    let manifest = try manifest(Self.rows)
    func data(_ json: String) throws -> SpeechDataDescription {
      try JSONDecoder().decode(SpeechDataDescription.self, from: Data(json.utf8))
    }
    let rows = try data(
      #"{"manifest": "m", "folders": ["speech", "more", "more"], "heldOutSpeakers": ["one"]}"#
    ).rows(of: manifest)
    #expect(rows.training == [2, 2] && rows.validation == [0])
    #expect(throws: FileError.self) {
      try data(#"{"manifest": "m", "heldOutSpeakers": ["nobody"]}"#).rows(of: manifest)
    }
    #expect(throws: DecodingError.self) { try data(#"{"manifest": "m", "speakers": []}"#) }
  }

  @Test func recipesOfTheProjectAreValid() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Recipes/an4").path
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(names.count >= 6)
    for name in names {
      let recipe = try #require(
        RecipeFile.read("\(folder)/\(name)", as: AnyTrainingRecipe.self).recipe as? SpeechRecipe)
      try recipe.validate(recipe.networkFrontEnd(roots: []))
      // The test folder is never trained on.
      #expect(
        recipe.data.folders.allSatisfy { $0 != "asr/an4/test" } && !recipe.data.folders.isEmpty)
      #expect(recipe.data.training == ["split": ["train"]])
    }
  }
}
