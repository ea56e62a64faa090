import Foundation
import SparrowTraining
import Testing

@testable import SparrowTasks

@Suite struct SpeechAndNoiseDataTests {
  /// Three voices and two noises.
  private func folder() throws -> SoundFolder {
    let folder = try SoundFolder()
    try folder.add("speech/anna_1.wav", Signals.tone(300, seconds: 1))
    try folder.add("speech/anna_2.wav", Signals.tone(310, seconds: 2))
    try folder.add("speech/more/bert_1.wav", Signals.tone(400, seconds: 4))
    try folder.add("speech/carl_1.wav", Signals.tone(500, seconds: 1))
    try folder.add("speech/notes.txt", bytes: Data("not a sound".utf8))
    try folder.add("noise/rain.wav", Signals.noise(seconds: 1, seed: 1))
    try folder.add("noise/wind.wav", Signals.noise(seconds: 4, seed: 2))
    return folder
  }

  private func load(
    _ folder: SoundFolder, _ description: SpeechAndNoiseDescription, sampleRate: Int = 16_000
  ) throws(TrainingError) -> SpeechAndNoiseData {
    try SpeechAndNoiseData(description, roots: [folder.path], sampleRate: sampleRate)
  }

  private let everything = SpeechAndNoiseDescription(
    speech: [SoundSource(folder: "speech")], noise: [SoundSource(folder: "noise")])

  @Test func filesAreGroupedByTheirNamesUpToTheLastUnderscore() throws {
    let data = try load(folder(), everything)
    #expect(data.voices.map(\.name) == ["anna", "carl", "bert"])
    #expect(data.voices.map(\.recordings.count) == [2, 1, 1])
    #expect(data.noises.map(\.name) == ["rain.wav", "wind.wav"])
    #expect(data.heldOutVoices.isEmpty && data.heldOutNoises.isEmpty)
    #expect(data.speechSeconds == 8)
    #expect(data.noiseSeconds == 5)
  }

  @Test func soundsAreResampledAndPeakNormalised() throws {
    let folder = try folder()
    try folder.add(
      "speech/dora_1.wav", Signals.tone(440, seconds: 2, sampleRate: 8000), sampleRate: 8000)
    let data = try load(folder, everything)
    let recording = try #require(data.voices.first { $0.name == "dora" }?.recordings[0])
    #expect(recording.count == 32_000)
    let samples = recording.cycle(from: 0, count: recording.count)
    #expect(abs(samples.map { abs($0) }.max()! - Recording.peak) < 1e-4)
    let expected = Signals.magnitude(samples, at: 440) / Double(samples.count)
    #expect(abs(expected - 0.45) < 0.01)
  }

  @Test func voicesWeighTheRootOfTheirMinutesAndUnnamedSpeakersCount() throws {
    var description = everything
    description.speech = [
      SoundSource(folder: "speech", files: ["bert_"], group: .all, speakers: 4),
      SoundSource(folder: "speech", weight: 3),
    ]
    let data = try load(folder(), description)
    let weights = Dictionary(uniqueKeysWithValues: data.voices.map { ($0.name, $0.weight) })
    #expect(abs(weights["bert_"]! - (4 * 4.0 / 60).squareRoot()) < 1e-9)
    #expect(abs(weights["anna"]! - 3 * (3.0 / 60).squareRoot()) < 1e-9)
    #expect(weights["bert"] == nil, "a file belongs to the first source that takes it")
  }

  @Test func heldOutFilesAreApart() throws {
    var description = everything
    description.heldOut = ["anna_2", "carl_", "rain"]
    let data = try load(folder(), description)
    #expect(data.voices.map(\.name) == ["anna", "bert"])
    #expect(data.voices[0].recordings.map(\.name) == ["anna_1.wav"])
    #expect(data.heldOutVoices.map(\.name) == ["anna", "carl"])
    #expect(data.heldOutVoices.map(\.isTrainedOn) == [true, false])
    #expect(data.noises.map(\.name) == ["wind.wav"])
    #expect(data.heldOutNoises.map(\.name) == ["rain.wav"])
  }

  @Test func foldersCanBeForValidationAlone() throws {
    let folder = try folder()
    try folder.add("later/dora_1.wav", Signals.tone(200, seconds: 1))
    var description = everything
    description.validation = [SoundSource(folder: "later", group: .all)]
    let data = try load(folder, description)
    #expect(data.heldOutVoices.map(\.name) == ["later"])
    #expect(!data.voices.contains { $0.name == "later" })
  }

  @Test func manifestGivesSplitSpeakerAndLicence() throws {
    let folder = try folder()
    try folder.addManifest([
      ("speech/anna_1.wav", "train", "A", "CC0"),
      ("speech/anna_2.wav", "test", "A", "CC0"),
      ("speech/carl_1.wav", "train", "C", "GPL-2+"),
      ("speech/more/bert_1.wav", "train", "B", "CC-BY-4.0"),
      ("noise/rain.wav", "train", "", "CC-BY-SA-3.0"),
    ])
    var description = everything
    description.speech[0].split = "train"
    description.speech[0].group = .speaker
    description.excludedLicences = ["GPL", "BY-SA"]
    var data = try load(folder, description)
    #expect(data.voices.map(\.name) == ["A", "B"])
    #expect(data.voices[0].recordings.map(\.name) == ["anna_1.wav"])
    #expect(data.noises.map(\.name) == ["wind.wav"], "a file without a licence is kept")

    // What is only judged by may have any licence.
    description.heldOut = ["carl_", "rain"]
    data = try load(folder, description)
    #expect(data.heldOutVoices.map(\.name) == ["C"])
    #expect(data.heldOutNoises.map(\.name) == ["rain.wav"])
  }

  @Test func speechWithNoiseBehindItCanBeLeftOut() throws {
    let folder = try folder()
    var speech = Signals.tone(300, seconds: 2)
    for i in 0..<16_000 { speech[i] *= 0.001 }
    try folder.add("speech/dora_1.wav", speech)
    var description = everything
    description.speech[0].minimumRange = 45
    let data = try load(folder, description)
    #expect(data.voices.map(\.name) == ["dora"])
  }

  @Test func severalRootsAreOneCollection() throws {
    let first = try folder()
    let second = try SoundFolder()
    try second.add("speech/emil_1.wav", Signals.tone(200, seconds: 1))
    let data = try SpeechAndNoiseData(
      everything, roots: [first.path, second.path], sampleRate: 16_000)
    #expect(data.voices.map(\.name) == ["anna", "carl", "bert", "emil"])
  }

  @Test func loadingDoesNotDependOnTheNumberOfThreads() throws {
    let folder = try folder()
    let names = try [1, 2, 5].map { count in
      try SpeechAndNoiseData(
        everything, roots: [folder.path], sampleRate: 16_000, workers: Workers(count: count)
      ).voices.map { $0.recordings.map(\.name) }
    }
    #expect(names[0] == names[1] && names[1] == names[2])
  }

  // MARK: what is refused

  private func error(
    _ change: (inout SpeechAndNoiseDescription) -> Void,
    files: (SoundFolder) throws -> Void = { _ in }
  ) throws -> String {
    let folder = try folder()
    try files(folder)
    var description = everything
    change(&description)
    do throws(TrainingError) {
      _ = try load(folder, description)
      return ""
    } catch {
      return error.description
    }
  }

  @Test func missingAndEmptyFoldersAreRefused() throws {
    #expect(
      try error { $0.speech.append(SoundSource(folder: "absent")) }
        .contains("there is no folder absent"))
    #expect(try error { $0.speech.append(SoundSource(folder: "absent", isOptional: true)) } == "")
    #expect(try error { $0.noise[0].files = ["storm"] }.contains("noise: no sound file"))
    #expect(try error { $0.noise = [] }.contains("no noise to train on"))
    #expect(try error { $0.speech = [] }.contains("no speech to train on"))
    #expect(
      throws: TrainingError.data("/no/such/root: there is no such folder"),
      performing: {
        try SpeechAndNoiseData(everything, roots: ["/no/such/root"], sampleRate: 16_000)
      })
  }

  @Test func silenceCountsAsNothing() throws {
    let message = try error {
      $0.noise = [SoundSource(folder: "silence")]
    } files: {
      try $0.add("silence/a.wav", [Float](repeating: 0, count: 1000))
    }
    #expect(message.contains("no noise to train on"))
  }

  @Test func mistakesInRecipesAreRefused() throws {
    #expect(try error { $0.heldOut = ["anan_"] }.contains("`anan_` is to be held out"))
    #expect(try error { $0.speech[0].weight = 0 }.contains("weight and speakers are positive"))
    #expect(try error { $0.speech[0].group = .speaker }.contains("names no speaker"))
    let misspelt = Data(#"{"speech": [{"folder": "a", "wieght": 2}], "noise": []}"#.utf8)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(SpeechAndNoiseDescription.self, from: misspelt)
    }
  }

  @Test func damagedFilesAndManifestsAreRefused() throws {
    #expect(
      try error(
        { _ in }, files: { try $0.add("speech/x_1.wav", bytes: Data("RIFF nonsense".utf8)) }
      ).contains("x_1.wav"))
    #expect(
      try error(
        { _ in }, files: { try $0.add("manifest.tsv", bytes: Data("path\tsplit\na\n".utf8)) }
      ).contains("row 2 has 1 columns; expected 2"))
    #expect(
      try error(
        { _ in }, files: { try $0.add("manifest.tsv", bytes: Data("name\na\n".utf8)) }
      ).contains("has no column `path`"))
  }

  @Test func descriptionsSurviveCoding() throws {
    let text = """
      {
        "speech": [
          {"folder": "a", "split": "train", "minimumRange": 45, "weight": 2, "group": "speaker"},
          {"folder": "b", "optional": true, "files": ["x_"], "group": "all", "speakers": 50}
        ],
        "noise": [{"folder": "c"}],
        "heldOut": ["lj_"]
      }
      """
    let description = try JSONDecoder().decode(
      SpeechAndNoiseDescription.self, from: Data(text.utf8))
    let expected = SpeechAndNoiseDescription(
      speech: [
        SoundSource(folder: "a", split: "train", group: .speaker, weight: 2, minimumRange: 45),
        SoundSource(folder: "b", files: ["x_"], isOptional: true, group: .all, speakers: 50),
      ],
      noise: [SoundSource(folder: "c")], heldOut: ["lj_"])
    #expect(description == expected)
    let coded = try JSONEncoder().encode(description)
    #expect(
      try JSONDecoder().decode(SpeechAndNoiseDescription.self, from: coded) == description)
  }
}
