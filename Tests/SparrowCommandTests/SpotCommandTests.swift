import Foundation
import Sparrow
import SparrowSoundFiles
import TestSupport
import Testing

@Suite struct SpotCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Says "low" where the lowest bands are loud, and "high" where the highest are.
  private func model() throws -> String {
    let frontEnd = KeywordFrontEnd(
      bands: 10, words: ["low", "high"], smoothing: 0.1, threshold: 0.6, refractoryTime: 0.2)
    var weight = [Float](repeating: 0, count: 30)
    weight[10 + 1] = 1
    weight[20 + 8] = 1
    let network = try Network(
      inputWidth: 10, layers: [.dense(DenseLayer(outputs: 3))],
      parameters: [
        "layers.0.weight": Tensor(shape: [3, 10], values: weight),
        "layers.0.bias": Tensor(shape: [3], values: [6, 0, 0]),
      ], frontEnd: .keywords(frontEnd))
    return try folder.write(Data(network.modelFile()), to: "words.safetensors")
  }

  /// A low tone from 1 s on and a high one from 2 s on, 0.3 s each.
  private static func tones(sampleRate: Double) -> [Float] {
    (0..<Int(3 * sampleRate)).map { i in
      let time = Double(i) / sampleRate
      let frequency = (1..<1.3).contains(time) ? 400.0 : (2..<2.3).contains(time) ? 5500 : 0
      return 0.3 * Float(sin(2 * .pi * frequency * time))
    }
  }

  private func write(sampleRate: Int, channels: Int = 1) throws -> String {
    let path = folder["tones-\(sampleRate)-\(channels).wav"]
    let samples = Self.tones(sampleRate: Double(sampleRate))
    var writer = try SoundWriter(
      path: path, sampleRate: sampleRate, channelCount: channels, sampleFormat: .pcm16)
    try writer.write(Array(repeating: samples, count: channels))
    try writer.finish()
    return path
  }

  private func lines(_ result: Command.Result) throws -> [[String: Any]] {
    try result.text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test(arguments: [16_000, 44_100]) func wordsComeWithTheirTimes(sampleRate: Int) throws {
    let sound = try write(sampleRate: sampleRate, channels: 2)
    let result = try Command.run(["spot", sound, "--model", try model(), "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let lines = try lines(result)
    #expect(lines.count == 3)
    #expect(lines.dropLast().map { $0["word"] as? String } == ["low", "high"])
    #expect(lines.allSatisfy { $0["input"] as? String == sound })
    for (line, start) in zip(lines, [1.0, 2.0]) {
      let time = try #require(line["time_s"] as? Double)
      #expect(time > start && time < start + 0.6)
      #expect((line["confidence"] as? Double ?? 0) >= 0.6)
    }
    #expect(lines[2]["frames"] as? Int ?? 0 >= 187)
    #expect(lines[2]["effective_macs_per_frame"] as? Double ?? 0 > 0)
  }

  @Test func standardInputIsHeardAsAFileIs() throws {
    let model = try model()
    let file = try Command.run(["spot", write(sampleRate: 16_000), "--model", model])
    let pcm = Self.tones(sampleRate: 16_000).flatMap { sample -> [UInt8] in
      let value = UInt16(bitPattern: Int16((sample * 32768).rounded(.toNearestOrEven)))
      return [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
    }
    let stream = try Command.run(["spot", "-", "--model", model], input: Data(pcm))
    #expect(stream.status == 0 && stream.text == file.text && !stream.text.isEmpty)
    #expect(!file.errors.contains("\\n") && file.errors.split(separator: "\n").count > 1)
    let odd = try Command.run(["spot", "-", "--model", model], input: Data(pcm + [1]))
    #expect(odd.text == file.text && odd.errors.contains("within a sample"))
    #expect(try Command.run(["spot", "-", "--model", model]).text.isEmpty)
  }

  @Test func aWAVOnStandardInputIsNoNoise() throws {
    let model = try model()
    let sound = try write(sampleRate: 44_100, channels: 2)
    let file = try Command.run(["spot", sound, "--model", model])
    let input = try Data(contentsOf: URL(fileURLWithPath: sound))
    let stream = try Command.run(["spot", "-", "--model", model], input: input)
    #expect(stream.status == 0 && stream.text == file.text && !stream.text.isEmpty)
  }

  @Test func channelsThatCancelAreNoticed() throws {
    let samples = Self.tones(sampleRate: 16_000)
    let path = folder["inverted.wav"]
    try Sound(sampleRate: 16_000, channels: [samples, samples.map { -$0 }]).write(to: path)
    let mixed = try Command.run(["spot", path, "--model", model(), "--json"])
    #expect(mixed.status == 0 && mixed.errors.contains("cancel each other"), "\(mixed.errors)")
    #expect(try lines(mixed).last?["channels_cancel"] as? Bool == true)
    let one = try Command.run(["spot", path, "--model", model(), "--json", "--channel", "2"])
    #expect(try lines(one).count == 3 && one.errors.isEmpty)
    let none = try Command.run(["spot", path, "--model", model(), "--channel", "3"])
    #expect(none.status != 0 && none.errors.contains("no channel 3"))
  }

  @Test func labelsSayHowMuchWasFound() throws {
    let labels = try folder.write(
      Data("word\tstart_s\tend_s\nlow\t1\t1.3\nlow\t2\t2.3\n".utf8), to: "labels.tsv")
    let result = try Command.run([
      "spot", write(sampleRate: 16_000), "--model", model(), "--labels", labels, "--json",
    ])
    let summary = try #require(try lines(result).last)
    #expect(summary["words"] as? Int == 2)
    #expect(summary["found"] as? Int == 1)
    #expect(summary["confused"] as? Int == 1)
    #expect(summary["false_alarms"] as? Int == 0)
  }

  @Test func theEmbeddedNetworksComposeOnAnySound() throws {
    let result = try Command.run(["spot", write(sampleRate: 16_000), "--denoise", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try lines(result).last?["frames"] as? Int ?? 0 >= 187)
  }

  @Test func badInputsAreRefused() throws {
    let sound = try write(sampleRate: 16_000)
    let model = try model()
    func refusal(_ arguments: [String]) throws -> String {
      let result = try Command.run(["spot"] + arguments)
      #expect(result.status != 0 && result.output.isEmpty)
      return result.errors
    }
    #expect(try refusal([folder["none.wav"], "--model", model]).contains("none.wav"))
    #expect(try refusal([sound, "--threshold", "1.5"]).contains("between 0 and 1"))
    #expect(try refusal(["-", sound]).contains("alone"))
    #expect(try refusal([sound, "--denoiser", model]).contains("--denoise"))
    #expect(try refusal([sound, "--denoise", "--denoiser", model]).contains("cannot denoise"))
    let strange = try folder.write(
      Data("word\tstart_s\tend_s\nlow\t1\t1.3\nbogus\t2\t2.3\n".utf8), to: "strange.tsv")
    let warned = try Command.run(["spot", sound, "--model", model, "--labels", strange])
    #expect(warned.errors.contains("strange.tsv has words that are never spotted: bogus"))
    let labels = try folder.write(Data("word\tstart_s\nlow\t1\n".utf8), to: "bad.tsv")
    #expect(try refusal([sound, "--model", model, "--labels", labels]).contains("end_s"))
    let denoise = try Command.run(["denoise", sound, folder["o.wav"], "--model", model])
    #expect(denoise.status != 0 && denoise.errors.contains("is a keyword spotter"))
  }

  @Test func evaluationWantsWordFolders() throws {
    let model = try model()
    let empty = try Command.run(["evaluate", model, "--data", folder.path])
    #expect(empty.status != 0 && empty.errors.contains("folders of words"))
    let half = try Command.run(["evaluate", model, "--data", folder.path, "--snr", "5"])
    #expect(half.status != 0 && half.errors.contains("go together"))
  }
}
