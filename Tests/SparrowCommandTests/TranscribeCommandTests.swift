import Foundation
import Sparrow
import SparrowSoundFiles
import TestSupport
import Testing

/// `sparrow transcribe`, and `sparrow evaluate`, `quantize` and `inspect` of a speech recogniser.
@Suite struct TranscribeCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Reads "L" where the lowest bands are loud, "H" where the highest are, and a space where those
  /// in the middle are.
  private func model() throws -> String {
    let frontEnd = SpeechFrontEnd(bands: 10, stacking: 2, alphabet: " LH", flush: 0.1)
    var weight = [Float](repeating: 0, count: 4 * 20)
    for (output, band) in [(1, 4), (2, 1), (3, 8)] {
      for frame in 0..<2 { weight[output * 20 + frame * 10 + band] = 1 }
    }
    let network = try Network(
      inputWidth: 20, layers: [.dense(DenseLayer(outputs: 4))],
      parameters: [
        "layers.0.weight": Tensor(shape: [4, 20], values: weight),
        "layers.0.bias": Tensor(shape: [4], values: [12, 0, 0, 0]),
      ], frontEnd: .speech(frontEnd))
    return try folder.write(Data(network.modelFile()), to: "speech.safetensors")
  }

  /// A tone of 0.15 s per character with 0.15 s of silence after it.
  private static func tones(_ text: String, sampleRate: Double) -> [Float] {
    let frequencies: [Character: Double] = ["L": 400, "H": 5500, " ": 1700]
    var samples: [Float] = []
    for character in text {
      let frequency = frequencies[character]!
      for i in 0..<Int(0.3 * sampleRate) {
        let time = Double(i) / sampleRate
        let value: Double = time < 0.15 ? 0.3 * sin(2 * Double.pi * frequency * time) : 0
        samples.append(Float(value))
      }
    }
    return samples
  }

  private func write(
    _ text: String, sampleRate: Int = 16_000, channels: Int = 1
  ) throws -> String {
    let path = folder["\(text.replacing(" ", with: "_"))-\(sampleRate).wav"]
    let samples = Self.tones(text, sampleRate: Double(sampleRate))
    try Sound(sampleRate: sampleRate, channels: Array(repeating: samples, count: channels))
      .write(to: path)
    return path
  }

  @Test(arguments: [16_000, 44_100]) func wordsAreWrittenDown(sampleRate: Int) throws {
    let sound = try write("LHL HH", sampleRate: sampleRate, channels: 2)
    let result = try Command.run(["transcribe", try model(), sound])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text == "LHL HH\n")
    let json = try Command.run(["transcribe", try model(), sound, "--json"])
    var lines: [[String: Any]] = []
    for line in json.text.split(separator: "\n") {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      lines.append(try #require(object as? [String: Any]))
    }
    #expect(lines.map { $0["word"] as? String } == ["LHL", "HH", nil])
    let starts: [Double] = [0, 1.2]
    let ends: [Double] = [0.62, 1.52]
    for index in 0..<2 {
      let start = try #require(lines[index]["start_s"] as? Double)
      let end = try #require(lines[index]["end_s"] as? Double)
      #expect(abs(start - starts[index]) < 0.05)
      #expect(abs(end - ends[index]) < 0.08)
    }
    let seconds = try #require(lines[2]["seconds"] as? Double)
    #expect(abs(seconds - 1.8) < 1e-3)
    #expect(lines[2]["frames"] as? Int == 95)
  }

  /// Raw samples, and an inverted channel.
  @Test func standardInputIsTranscribed() throws {
    let samples = Self.tones("HL", sampleRate: 16_000)
    var raw: [UInt8] = []
    for sample in samples {
      let value = Int16(sample * 32_767)
      raw.append(UInt8(truncatingIfNeeded: value))
      raw.append(UInt8(truncatingIfNeeded: value >> 8))
    }
    let result = try Command.run(["transcribe", try model(), "-"], input: Data(raw))
    #expect(result.text == "HL\n" && result.status == 0)
    let path = folder["inverted.wav"]
    try Sound(sampleRate: 16_000, channels: [samples, samples.map { -$0 }]).write(to: path)
    let inverted = try Command.run(["transcribe", try model(), path])
    #expect(inverted.text == "\n" && inverted.errors.contains("cancel each other"))
    let first = try Command.run(["transcribe", try model(), path, "--channel", "1"])
    #expect(first.text == "HL\n")
  }

  @Test func wordsAndSentencesLimitTexts() throws {
    let sound = try write("LHL HH")
    let words = try folder.write(Data("HH\nLLL LH\n".utf8), to: "words.txt")
    let listed = try Command.run(["transcribe", try model(), sound, "--words", words])
    #expect(listed.status == 0, "\(listed.errors)")
    #expect(["LH HH\n", "LLL HH\n"].contains(listed.text))
    let sentences = try folder.write(Data("LHL HH\nHH LHL\n".utf8), to: "sentences.txt")
    let counted = try Command.run([
      "transcribe", try model(), sound, "--sentences", sentences, "--beam", "4",
    ])
    #expect(counted.text == "LHL HH\n")
    let strange = try folder.write(Data("HH\nLöL\n".utf8), to: "strange.txt")
    let refused = try Command.run(["transcribe", try model(), sound, "--words", strange])
    #expect(refused.status != 0)
    #expect(
      try #require(refused.onlyErrorLine).contains(
        "strange.txt: line 2 has the word \"LöL\", whose character \"ö\""))
    let empty = try folder.write(Data("\n".utf8), to: "empty.txt")
    #expect(
      try Command.run(["transcribe", try model(), sound, "--words", empty]).onlyErrorLine?
        .contains("it has no words") == true)
  }

  @Test func badInputIsRefused() throws {
    let sound = try write("LH")
    let other = try folder.write(Data("text".utf8), to: "no.wav")
    let model = try model()
    let cases: [(arguments: [String], reason: String)] = [
      ([model, folder["missing.wav"]], "missing.wav"), ([model, other], "no.wav"),
      ([model, sound, "--beam", "0"], "--beam takes"),
      ([model, sound, "--channel", "3"], "no channel 3"),
    ]
    for (arguments, reason) in cases {
      let result = try Command.run(["transcribe"] + arguments)
      #expect(result.status != 0 && result.errors.contains(reason), "\(result.errors)")
    }
    let spotter = try Command.run(["spot", sound, "--model", model])
    #expect(spotter.onlyErrorLine?.contains("is a speech recogniser; it cannot spot words") == true)
    let nothing = folder["nothing.wav"]
    try Sound(sampleRate: 16_000, channels: [[]]).write(to: nothing)
    #expect(try Command.run(["transcribe", model, nothing]).text == "\n")
  }

  private func manifest() throws -> String {
    // The second is said to be another word, the third is of another split.
    var table = "path\tsplit\tlabel\n"
    let rows: [(said: String, split: String, label: String)] = [
      ("LHL HH", "test", "LHL HH"), ("HL", "test", "HLL"), ("H L", "train", "H L"),
      ("H L", "test", ""),
    ]
    for row in rows {
      let name = URL(fileURLWithPath: try write(row.said)).lastPathComponent
      table += "\(name)\t\(row.split)\t\(row.label)\n"
    }
    return try folder.write(Data(table.utf8), to: "manifest.tsv")
  }

  @Test func errorRatesAreCounted() throws {
    let arguments = ["evaluate", try model(), "--data", try manifest(), "--split", "test"]
    let result = try Command.run(arguments + ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    let scores = try result.json()
    #expect(scores["recordings"] as? Int == 2)
    let rate = try #require(scores["word_error_rate"] as? Double)
    #expect(abs(rate - 1.0 / 3) < 1e-9)
    let characters = try #require(scores["characters"] as? [String: Any])
    #expect(characters["deletions"] as? Int == 1 && characters["reference"] as? Int == 9)
    let text = try Command.run(arguments).text
    #expect(
      text.contains("word error rate 33.3 %: 1 of 3 (1 substitutions, 0 deletions, 0 insertions)"))
    let words = try folder.write(Data("LHL\nHH\nHLL\n".utf8), to: "words.txt")
    let limited = try Command.run(arguments + ["--words", words, "--json"]).json()
    #expect(limited["recordings"] as? Int == 2)
    let other = try Command.run(["evaluate", "--data", folder.path, "--words", words])
    #expect(other.errors.contains("--words is for speech recognisers"))
  }

  @Test func fixedPointTranscribes() throws {
    let output = folder["fixed.safetensors"]
    let sound = try write("LHL HH")
    let result = try Command.run([
      "quantize", try model(), "--data", folder.path, "-o", output,
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Command.run(["transcribe", output, sound]).text == "LHL HH\n")
    let inspected = try Command.run(["inspect", output]).text
    #expect(inspected.contains("16000 Hz, 50.0 frames per second"))
    #expect(inspected.contains("characters: space, L, H"))
  }
}

/// `sparrow spot --words`.
extension TranscribeCommandTests {
  @Test func typedWordsAreSpotted() throws {
    let sound = try write("LHL HH LHL")
    let arguments = ["spot", sound, "--model", try model(), "--words", "hh, lhl hh,llll"]
    let result = try Command.run(arguments)
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.text.split(separator: "\n")
    #expect(lines.count == 1 && lines[0].contains(" s  LHL HH  "))
    let json = try Command.run(arguments + ["--json", "--threshold", "0.6"])
    #expect(json.text.split(separator: "\n").count == 2)
    let cases: [(words: String, reason: String)] = [
      ("é", "not in the alphabet"), (" ,", "--words has no words"),
    ]
    for (words, reason) in cases {
      let refused = try Command.run(["spot", sound, "--model", try model(), "--words", words])
      #expect(refused.status != 0 && refused.errors.contains(reason), "\(refused.errors)")
    }
    let spotter = try Command.run(["spot", sound, "--words", "one"])
    #expect(spotter.errors.contains("is a keyword spotter; it cannot spot words that are typed"))
  }
}
