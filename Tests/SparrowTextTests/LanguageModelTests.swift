import Foundation
import Sparrow
import SparrowCore
import SparrowText
import TestSupport
import Testing

struct LanguageModelTests {
  static let words = ["<eos>", "the", "cat", "saw", "<unk>"]
  static let width = 6

  static func network() throws -> Network {
    let layers: [Layer] = [
      .recurrent(RecurrentLayer(.gru(), units: width)), .dense(DenseLayer(outputs: words.count)),
    ]
    var numbers = TestNumbers(seed: 5)
    var parameters: [String: Tensor] = [:]
    for place in layers.placed(inputWidth: width, path: "") {
      for parameter in place.layer.parameters(inputWidth: place.width, path: place.path) {
        parameters[parameter.name] = Tensor(
          shape: parameter.shape, values: numbers.floats(parameter.count))
      }
    }
    return try Network(
      inputWidth: width, layers: layers, parameters: parameters,
      frontEnd: .language(LanguageFrontEnd(words: words)))
  }

  private func plan(_ set: InstructionSet = .best) throws -> LanguagePlan {
    let network = try Self.network()
    return try LanguagePlan(network, plan: Plan(network, instructionSet: set))
  }

  /// Logits by a stream that is fed rows of the decoder by hand.
  private func logits(after words: [Int32]) throws -> [Double] {
    let network = try Self.network()
    let rows = network["layers.1.weight"].values
    var stream = NetworkStream(Plan(network))
    var result = [Float](repeating: 0, count: Self.words.count)
    for word in [0] + words {
      let frame = Array(rows[Int(word) * Self.width..<(Int(word) + 1) * Self.width])
      var span = result.mutableSpan
      stream.step(frame.span, into: &span)
    }
    return result.map(Double.init)
  }

  @Test(arguments: InstructionSet.supported)
  func probabilitiesAreTheSoftmaxOfLogits(_ set: InstructionSet) throws {
    var model = LanguageModel(try plan(set))
    let text: [Int32] = [1, 2, 3, 1, 4, 0, 2]
    for count in 0...text.count {
      let logits = try logits(after: Array(text[..<count]))
      let total = logits.reduce(0) { $0 + exp($1) }
      for word in Self.words.indices {
        let expected = logits[word] - log(total)
        #expect(abs(model.logProbability(of: Int32(word)) - expected) < 2e-5)
      }
      if count < text.count { model.read(text[count]) }
    }
  }

  @Test func perplexityIsThatOfEveryWord() throws {
    // Longer than what is read at once.
    let text = Array(repeatElement([1, 2, 3, 1, 2, 0, 1, 4, 0] as [Int32], count: 4).joined())
    let perplexity = Perplexity(of: text, by: try plan())
    var (loss, known, knownLoss) = (0.0, 0, 0.0)
    for (place, word) in text.enumerated() {
      let logits = try logits(after: Array(text[..<place]))
      let surprise = log(logits.reduce(0) { $0 + exp($1) }) - logits[Int(word)]
      loss += surprise
      guard Self.words[Int(word)] != "<unk>" else { continue }
      known += 1
      knownLoss += surprise
    }
    #expect(perplexity.tokens == text.count)
    #expect(perplexity.count.steps == text.count)
    #expect(abs(perplexity.value - exp(loss / Double(text.count))) < 1e-4)
    #expect(perplexity.knownTokens == known)
    #expect(abs(perplexity.knownValue - exp(knownLoss / Double(known))) < 1e-4)
    #expect(Perplexity(of: [], by: try plan()).value == 1)
  }

  @Test func stateIsAValue() throws {
    var one = LanguageModel(try plan())
    for word in [1, 2, 3] as [Int32] { one.read(word) }
    let state = one.state
    var other = one.copy()
    one.read(4)
    #expect(other.state == state)
    other.read(4)
    #expect(other.state == one.state)
    for word in Self.words.indices {
      #expect(one.logProbability(of: Int32(word)) == other.logProbability(of: Int32(word)))
    }
    one.state = state
    #expect(one.state == state)
    one.reset()
    #expect(one.state == LanguageModel(try plan()).state)
  }

  @Test func drawing() throws {
    let model = LanguageModel(try plan())
    let probabilities = Self.words.indices.map { exp(model.logProbability(of: Int32($0))) }
    let likeliest = Int32(probabilities.firstIndex(of: probabilities.max()!)!)
    #expect(model.draw(temperature: 0, random: 0.99) == likeliest)
    #expect(model.draw(temperature: 0, excluding: likeliest, random: 0.5) != likeliest)
    // Evenly spaced numbers draw every word as often as it is likely.
    let count = 10_000
    var drawn = [Int](repeating: 0, count: Self.words.count)
    for i in 0..<count {
      drawn[Int(model.draw(temperature: 1, random: (Double(i) + 0.5) / Double(count)))] += 1
    }
    for (times, probability) in zip(drawn, probabilities) {
      #expect(abs(Double(times) - probability * Double(count)) < 3)
    }
    for i in 0..<100 {
      #expect(model.draw(temperature: 3, excluding: 2, random: Double(i) / 100) != 2)
    }
  }

  @Test func frontEndsThatMakeNoSense() throws {
    func refusal(_ words: [String], _ layers: [Layer], width: Int = 6) -> String? {
      do throws(NetworkError) {
        try Network.validate(
          inputWidth: width, layers: layers, frontEnd: .language(LanguageFrontEnd(words: words)))
        return nil
      } catch {
        return error.description
      }
    }
    let decoder = Layer.dense(DenseLayer(outputs: 5))
    let cell = Layer.recurrent(RecurrentLayer(.lstm, units: 6))
    #expect(refusal(Self.words, [cell, decoder]) == nil)
    #expect(refusal(Self.words, [cell])?.contains("ends with a dense layer") == true)
    #expect(refusal(Self.words, [])?.contains("ends with a dense layer") == true)
    #expect(refusal(Self.words, [cell, decoder], width: 7)?.contains("7, not 6") == true)
    #expect(refusal(["<eos>"], [decoder])?.contains("1 words need as many outputs") == true)
    #expect(refusal(["a", "b", "c", "d", "e"], [decoder])?.contains("<eos> is missing") == true)
    #expect(refusal(["<eos>", "b", "b", "d", "e"], [decoder])?.contains("differ") == true)
  }

  @Test func modelFilesKeepTheWords() throws {
    let network = try Self.network()
    #expect(try Network(modelFile: network.modelFile()) == network)
  }
}
