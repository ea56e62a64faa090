import Sparrow
import SparrowAudio
import SparrowAudioCore
import SparrowText

/// Images with a front end: what is accepted becomes a denoiser, a spotter or a language model,
/// which runs some hops or words on every instruction set.
enum RunnerTarget {
  static func run(_ bytes: [UInt8]) throws {
    // Filters between sample rates take longer to design than all the rest, and depend on little.
    let resamples = bytes.reduce(0, &+) % 8 == 0
    try PlanTarget.plans(bytes) { plan in
      guard plan.streamByteCount < 64 << 20 else { return }
      try denoise(plan, resamples: resamples)
      try spot(plan, resamples: resamples)
      try read(plan)
    }
  }

  private static let loud: [Float] = [
    0, 0.5, -0.5, 1, -1, 16, -1e30, .leastNonzeroMagnitude, .infinity, .nan,
  ]

  private static func denoise(_ plan: Plan, resamples: Bool) throws {
    guard plan.frontEndKind == .spectral else { return }
    var denoiser = try Denoiser(plan, options: DenoisingOptions(attenuationLimit: 12, mix: 0.9))
    denoiser.measuresVoiceActivity = true
    var clean = [Float](repeating: 0, count: denoiser.hop)
    for hop in 0..<3 {
      let samples = (0..<denoiser.hop).map { loud[($0 + hop) % loud.count] }
      var span = clean.mutableSpan
      denoiser.process(samples.span, into: &span)
    }
    denoiser.state = try SignalState(decoding: denoiser.state.encode(), for: denoiser)
    guard resamples, plan.hop! < 2048 else { return }
    var stream = try StreamingDenoiser(plan, sampleRate: 8000, blockSize: 3)
    var block = (0..<300).map { loud[$0 % loud.count] }
    block.withUnsafeMutableBufferPointer {
      stream.process(UnsafePointer($0.baseAddress!), count: $0.count, into: $0.baseAddress!)
    }
    stream.reset()
  }

  private static func spot(_ plan: Plan, resamples: Bool) throws {
    guard plan.frontEndKind == .keywords else { return }
    var spotter = try Spotter(plan)
    for hop in 0..<3 {
      let samples = (0..<spotter.hop).map { loud[($0 + hop) % loud.count] }
      let found = spotter.process(samples.span)
      precondition(found?.word ?? 0 < max(1, spotter.wordCount), "a word of the network")
      let integers = (0..<spotter.hop).map { Int16(truncatingIfNeeded: $0 * 7919) }
      _ = spotter.process(integers.span)
    }
    precondition(spotter.probabilities.count == spotter.wordCount + 1)
    spotter.state = try SignalState(decoding: spotter.state.encode(), for: spotter)
    guard resamples, plan.hop! < 2048 else { return }
    var stream = try StreamingSpotter(plan, sampleRate: 44_100)
    let block = (0..<300).map { loud[$0 % loud.count] }
    block.withUnsafeBufferPointer { samples in
      stream.process(samples.baseAddress!, count: samples.count) { _ in }
    }
  }

  private static let languageNetwork = try? SmallNetworks.language()

  private static func read(_ plan: Plan) throws {
    guard plan.frontEndKind == .language else { return }
    let count = plan.wordCount
    for word in [0, count / 2, count - 1] {
      precondition(plan.name(ofWord: word).allSatisfy { $0 != 0 })
    }
    var stream = LanguageStream(plan, unfolding: 3)
    let words = (0..<7).map { Int32($0 * 5 % count) }
    _ = stream.read(words.span)
    guard let network = languageNetwork, count == network.languageFrontEnd?.words.count else {
      return
    }
    var model = try LanguageModel(LanguagePlan(network, plan: plan), unfolding: 2)
    var operations = OperationCount(plan)
    _ = model.read(words.span, counting: &operations)
    precondition((0..<count).contains(Int(model.draw(temperature: 1, random: 0.7))))
    model.state = try LanguageModelState(decoding: model.state.encode(), for: model)
  }

  static func seeds() throws -> [[UInt8]] {
    try SmallNetworks.runners().map { network in Plan(network).withImage { Array($0) } }
  }
}
