import Foundation
import Sparrow
import SparrowAudio
import SparrowModels
import TestSupport
import Testing

@Suite struct SpotterTests {
  static let frontEnd = KeywordFrontEnd(
    window: 256, hop: 128, bands: 10, words: ["low", "high"], smoothing: 0.04, threshold: 0.6,
    refractoryTime: 0.08)

  /// Says "low" where the lowest band is loud, and "high" where the highest is.
  static func network() throws -> Network {
    var weight = [Float](repeating: 0, count: 30)
    weight[10 + 1] = 1
    weight[20 + 8] = 1
    return try Network(
      inputWidth: 10, layers: [.dense(DenseLayer(outputs: 3))],
      parameters: [
        "layers.0.weight": Tensor(shape: [3, 10], values: weight),
        "layers.0.bias": Tensor(shape: [3], values: [6, 0, 0]),
      ], frontEnd: .keywords(frontEnd))
  }

  private static func tone(_ frequency: Double, _ count: Int) -> [Float] {
    (0..<count).map { 0.3 * Float(sin(2 * .pi * frequency * Double($0) / 16_000)) }
  }

  private static func detections(
    _ spotter: inout Spotter, _ signal: [Float]
  ) -> [Spotter.Detection] {
    var result: [Spotter.Detection] = []
    for start in stride(from: 0, to: signal.count - 127, by: 128) {
      if let detection = spotter.process(signal.span.extracting(start..<start + 128)) {
        result.append(detection)
      }
    }
    return result
  }

  private static func detections(_ signal: [Float], _ set: InstructionSet) throws
    -> [Spotter.Detection]
  {
    var spotter = try Spotter(Plan(network(), instructionSet: set))
    return detections(&spotter, signal)
  }

  private static let silence = [Float](repeating: 0, count: 8000)

  /// After half a second of digital silence it does not matter how long it is.
  @Test func forgetsBySilence() throws {
    let plan = Plan(EmbeddedModel.keywords.network)
    func probabilities(after silence: Int) throws -> [Float] {
      var spotter = try Spotter(plan)
      let sweep = (0..<32_000).map { 0.2 * Float(sin(1e-5 * Double($0) * Double($0))) }
      let signal = sweep + [Float](repeating: 0, count: silence) + sweep
      for start in stride(from: 0, to: signal.count - 255, by: 256) {
        _ = spotter.process(signal.span.extracting(start..<start + 256))
      }
      return spotter.probabilities
    }
    // The decision's averages have forgotten the first sweep. They are sums in the order of a ring
    // of 22 frames.
    let short = try probabilities(after: 32 * 256)
    #expect(try probabilities(after: (32 + 22) * 256) == short)
    #expect(try probabilities(after: (32 + 22 * 180) * 256) == short)
    #expect(try probabilities(after: (32 - 22) * 256) != short)
  }

  @Test(arguments: InstructionSet.supported)
  func hearsWhatIsThere(set: InstructionSet) throws {
    let signal = Self.silence + Self.tone(400, 1280) + Self.silence + Self.tone(5500, 1280)
    let heard = try Self.detections(signal + Self.silence, set)
    #expect(heard.map(\.word) == [0, 1])
    #expect((8000...8000 + 2560).contains(heard[0].time))
    #expect((17280...17280 + 2560).contains(heard[1].time))
    #expect(heard.allSatisfy { $0.confidence >= 0.6 && $0.confidence <= 1 })
    #expect(try Self.detections(Self.silence, set).isEmpty)
  }

  private static func goesOn() throws -> Bool {
    let signal = silence + tone(400, 2560) + tone(5500, 5120)
    let plan = Plan(try network())
    var whole = try Spotter(plan)
    var result = true
    let first = detections(&whole, Array(signal[..<8960]))
    var other = whole.copy()
    let rest = detections(&whole, Array(signal[8960...]))
    result = result && detections(&other, Array(signal[8960...])) == rest && !rest.isEmpty
    result = result && whole.probabilities == other.probabilities && whole.state == other.state
    whole.reset()
    return result && detections(&whole, signal) == first + rest
  }

  @Test func stateIsAValue() throws { #expect(try Self.goesOn()) }

  @Test func thresholdsAreNotPartOfTheSignal() throws {
    let plan = Plan(try Self.network())
    var spotter = try Spotter(plan)
    let state = spotter.state
    spotter.threshold = 0.9
    let isSame = spotter.state == state
    #expect(isSame)
    spotter.state = state
    let (own, copied) = (spotter.threshold, spotter.copy().threshold)
    #expect(own == 0.9 && copied == 0.9)
  }

  @Test(arguments: InstructionSet.supported, [Float.nan, .infinity, -.infinity])
  func brokenSamplesPass(_ set: InstructionSet, _ value: Float) throws {
    var signal = Self.silence + Self.tone(400, 2560) + Self.silence
    let heard = try Self.detections(signal, set)
    signal[1000] = value
    #expect(try Self.detections(signal, set) == heard)
  }

  /// Averages over 5 frames, a threshold of 0.6, 6 frames to settle and 10 to wait.
  @Test func decisionsAverageSettleAndWait() {
    var decision = KeywordDecision(Self.frontEnd)
    #expect(Self.frontEnd.smoothingFrames == 5 && Self.frontEnd.refractoryFrames == 10)
    #expect(Self.frontEnd.settlingFrames == 6)
    func push(_ word: Int, times: Int) -> [(frame: Int, word: Int, confidence: Float)] {
      (0..<times).compactMap { frame in
        let values: [Float] = (0..<3).map { $0 == word + 1 ? 1 : 0 }
        return decision.push(values.span).map { (frame, $0.word, $0.confidence) }
      }
    }
    // Two frames of the first word, four of the second: only the second reaches the threshold,
    // grows for four frames, and is heard six frames later.
    #expect(push(0, times: 2).isEmpty)
    #expect(push(1, times: 4).isEmpty)
    let heard = push(-1, times: 6)
    #expect(heard.count == 1)
    #expect(heard.first?.frame == 5 && heard.first?.word == 1)
    #expect(abs((heard.first?.confidence ?? 0) - 0.8) < 1e-6)
    // Ten frames of rest, then it may be heard again: five to the highest average and six to
    // settle.
    #expect(push(0, times: 10).isEmpty)
    #expect(push(0, times: 7).map(\.frame) == [6])
    decision.reset()
    #expect(push(0, times: 10).isEmpty)
    #expect(push(0, times: 1).count == 1)
  }

  @Test func frontEndsThatMakeNoSenseAreRefused() throws {
    func refused(_ change: (inout KeywordFrontEnd) -> Void) -> Bool {
      var frontEnd = Self.frontEnd
      change(&frontEnd)
      do throws(NetworkError) {
        try Network.validate(
          inputWidth: 10, layers: [.dense(DenseLayer(outputs: 3))], frontEnd: .keywords(frontEnd))
        return false
      } catch { return "\(error)".hasPrefix("front end: ") }
    }
    #expect(!refused { _ in })
    #expect(refused { $0.window = 300 })
    #expect(refused { $0.hop = 512 })
    #expect(refused { $0.bands = 11 })
    #expect(refused { $0.words = ["a"] })
    #expect(refused { $0.words = ["a", "a"] })
    #expect(refused { $0.words = ["a", "none"] })
    #expect(refused { $0.highestFrequency = 9000 })
    #expect(refused { $0.threshold = 1 })
    #expect(refused { $0.smoothing = .nan })
    #expect(refused { $0.refractoryTime = -1 })
  }

  @Test func modelFilesKeepTheWords() throws {
    let network = try Self.network()
    #expect(try Network(modelFile: network.modelFile()) == network)
  }
}
