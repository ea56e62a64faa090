import Foundation
import Sparrow
import SparrowFiles
import TestSupport
import Testing

/// `sparrow perplexity` and `sparrow complete`.
@Suite struct LanguageCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A model that is sure that the words come in a circle: a, b, c, end of the line.
  private func model() throws -> String {
    let words = ["a", "b", "c", "<eos>", "<unk>"]
    // A rectified unit a word, which the decoder reads for the word that follows. Words come in as
    // the decoder's rows.
    var decoder = [Float](repeating: 0, count: 25)
    for (word, next) in [(0, 1), (1, 2), (2, 3), (3, 0)] { decoder[next * 5 + word] = 12 }
    // Takes what stands for a word back to the word's own unit.
    var input = [Float](repeating: 0, count: 25)
    for (word, next) in [(0, 1), (1, 2), (2, 3), (3, 0)] { input[next * 5 + word] = 1 / 12 }
    let network = try Network(
      inputWidth: 5,
      layers: [.recurrent(RecurrentLayer(.rnn(.relu), units: 5)), .dense(DenseLayer(outputs: 5))],
      parameters: [
        "layers.0.inputWeight": Tensor(shape: [5, 5], values: input),
        "layers.0.recurrentWeight": Tensor(shape: [5, 5], repeating: 0),
        "layers.0.inputBias": Tensor(shape: [5], repeating: 0),
        "layers.0.recurrentBias": Tensor(shape: [5], repeating: 0),
        "layers.1.weight": Tensor(shape: [5, 5], values: decoder),
        "layers.1.bias": Tensor(shape: [5], repeating: 0),
      ], frontEnd: .language(LanguageFrontEnd(words: words)))
    return try folder.write(Data(network.modelFile()), to: "model.safetensors")
  }

  @Test func perplexity() throws {
    let text = try folder.write(Data("a b c\na b c\n".utf8), to: "text.txt")
    let result = try Command.run(["perplexity", try model(), text, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let json = try result.json()
    let perplexity = try #require(json["perplexity"] as? Double)
    #expect(perplexity > 1 && perplexity < 1.001)
    #expect(json["tokens"] as? Int == 8)
    #expect(json["unknown_words"] as? Int == 0)
    // A unit is active at a time; each has a weight, and so has the decoder for it.
    #expect(json["effective_macs_per_token"] as? Double == 2)
    #expect(json["effective_macs_per_token_without_decoder"] as? Double == 1)
    #expect((json["us_per_token"] as? Double).map { $0 > 0 } == true)
    let activity = try #require((json["activity"] as? [[String: Any]])?.first)
    #expect(activity["layer"] as? String == "layers.0")
  }

  @Test func roundedWeights() throws {
    let text = try folder.write(Data("a b c\na b c\n".utf8), to: "text.txt")
    let model = try model()
    for weights in ["bfloat16", "int8"] {
      let result = try Command.run(["perplexity", model, text, "--weights", weights, "--json"])
      #expect(result.status == 0, "\(result.errors)")
      #expect((try result.json()["perplexity"] as? Double).map { $0 < 1.01 } == true)
    }
    #expect(
      try Command.run(["perplexity", model, text, "--weights", "x"]).errors.contains("single"))
  }

  @Test func unknownWordsAreCounted() throws {
    let text = try folder.write(Data("a b d\n".utf8), to: "text.txt")
    let result = try Command.run(["perplexity", try model(), text])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.contains("1 unknown (25.0 %)"))
    #expect(result.errors.contains("25.0 % of the words are unknown"))
  }

  /// Pipes, and texts of Windows.
  @Test func sameTextInOtherForms() throws {
    let model = try model()
    let text = "a b c\na b c\n"
    let plain = try folder.write(Data(text.utf8), to: "text.txt")
    func perplexity(_ arguments: [String], input: Data = Data()) throws -> Double? {
      let result = try Command.run(["perplexity", model, "--json"] + arguments, input: input)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      return try result.json()["perplexity"] as? Double
    }
    let expected = try #require(try perplexity([plain]))
    #expect(try perplexity(["-"], input: Data(text.utf8)) == expected)
    for encoding in [String.Encoding.utf16LittleEndian, .utf16BigEndian] {
      let mark: [UInt8] = encoding == .utf16LittleEndian ? [0xFF, 0xFE] : [0xFE, 0xFF]
      let bytes = Data(mark) + (try #require(text.data(using: encoding)))
      #expect(try perplexity([folder.write(bytes, to: "wide.txt")]) == expected)
      let cut = try Command.run(["perplexity", model, "-"], input: bytes.dropLast())
      #expect(cut.status != 0 && cut.onlyErrorLine?.contains("UTF-16") == true)
    }
  }

  @Test func completing() throws {
    let path = try model()
    let result = try Command.run(
      ["complete", path, "a b", "--words", "6", "--temperature", "0"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text == "a b c\na b c\n")
    let fresh = try Command.run(["complete", path, "", "--words", "2", "--temperature", "0"])
    #expect(fresh.text == "a b\n")
    let embedded = try Command.run(["complete", "to be or not to", "--words", "5"])
    #expect(embedded.status == 0, "\(embedded.errors)")
    #expect(embedded.text.hasPrefix("to be or not to"))
    #expect(embedded.text.split(whereSeparator: \.isWhitespace).count <= 10)
    let seeded = ["complete", path, "", "--words", "30", "--temperature", "40", "--seed", "3"]
    #expect(try Command.run(seeded).output == Command.run(seeded).output)
    // A text that ends with its line goes on with the next one.
    #expect(try Command.run(["complete", path, "a b\n", "--words", "0"]).text == "a b\n")
    let nextLine = try Command.run(["complete", path, "a b\n", "--words", "1"]).text.dropFirst(4)
    #expect(nextLine.first?.isWhitespace == false || nextLine == "\n")
    let unknown = try Command.run(["complete", path, "a zebra", "--words", "0"])
    #expect(unknown.text == "a zebra\n")
    #expect(unknown.errors.contains("1 word is not known"))
  }

  /// What cannot be written is an error, and no trap.
  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "a full device is needed"),
    arguments: ["complete a", "inspect", "chips"])
  func lostOutputIsAnError(_ arguments: String) throws {
    let result = try ChildProcess.output(
      of: "/bin/sh", ["-c", "'\(Command.path)' \(arguments) > /dev/full"],
      environment: Command.environment)
    #expect(result.end == .exited(1))
    #expect(result.errorText.contains("standard output"))
  }

  @Test func refusals() throws {
    let path = try model()
    func refusal(_ arguments: [String]) throws -> String {
      let result = try Command.run(arguments)
      #expect(result.status != 0 && result.status < 128)
      return result.errors
    }
    let empty = try folder.write(Data("\n\n".utf8), to: "empty.txt")
    #expect(try refusal(["perplexity", path, empty]).contains("there are no words"))
    #expect(try refusal(["perplexity", path, folder["none.txt"]]).contains("none.txt"))
    let cut = try folder.write(Data([0x1f, 0x8b, 8, 0, 0]), to: "cut.gz")
    #expect(try refusal(["perplexity", path, cut]).contains("truncated"))
    #expect(try refusal(["perplexity", empty, empty]).contains("not a valid model file"))
    #expect(try refusal(["complete"]).contains("Usage") == true)
    #expect(try refusal(["complete", path, "a", "b"]).contains("quote"))
    #expect(try refusal(["complete", path, "a", "--words", "-1"]).contains("--words"))
    #expect(try refusal(["complete", path, "a", "--temperature", "-1"]).contains("--temperature"))
    let denoiser = try folder.write(Data(), to: "x")
    #expect(try Command.run(["convert", "-o", denoiser]).status == 0)
    #expect(try refusal(["perplexity", denoiser, empty]).contains("cannot read texts"))
    #expect(try refusal(["denoise", "-m", path, "-", "-"]).isEmpty == false)
  }
}
