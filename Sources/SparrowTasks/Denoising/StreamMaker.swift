import Foundation
public import SparrowTraining

/// Makes streams to train on: scenes one after the other, with what happens to a microphone that is
/// left on. Voices, rooms, noises and levels change; it is muted; its level is turned; it clicks.
public struct StreamMaker: MixtureSource {
  private let mixtures: MixtureMaker
  private let options: StreamOptions
  private let sampleRate: Int

  /// - Throws: `TrainingError.recipe` if an option is out of its range.
  public init(
    _ mixtures: MixtureMaker, options: StreamOptions, sampleRate: Int
  ) throws(TrainingError) {
    try options.validate()
    self.mixtures = mixtures
    self.options = options
    self.sampleRate = sampleRate
  }

  public func stream(samples: Int, random: inout RandomNumbers) -> MixtureStream {
    var stream = MixtureStream(noisy: [], clean: [], scenes: [])
    stream.noisy.reserveCapacity(samples)
    stream.clean.reserveCapacity(samples)
    while stream.noisy.count < samples {
      if random.uniform() < options.gapProbability {
        let gap = min(draw(options.gap, &random), samples - stream.noisy.count)
        stream.noisy += [Float](repeating: 0, count: gap)
        stream.clean += [Float](repeating: 0, count: gap)
      }
      let left = samples - stream.noisy.count
      guard left > 0 else { break }
      append(to: &stream, atMost: left, &random)
    }
    return stream
  }

  /// A number of samples, from a range of seconds.
  private func draw(_ seconds: ClosedRange<Double>, _ random: inout RandomNumbers) -> Int {
    let logarithms = log(seconds.lowerBound)...log(seconds.upperBound)
    return max(1, Int(exp(random.uniform(in: logarithms)) * Double(sampleRate)))
  }

  private func append(
    to stream: inout MixtureStream, atMost most: Int, _ random: inout RandomNumbers
  ) {
    let count = draw(options.scene, &random)
    // Half of the scenes begin in the middle of what is said.
    let entered = random.uniform() < 0.5 ? Int(random.uniform() * Double(sampleRate)) : 0
    var (noisy, clean) = drawMixture(samples: count + entered, &random)
    if random.uniform() < options.bandLimitProbability {
      let highest = min(7_000, 0.45 * Double(sampleRate))
      let filter = LowPass(
        frequency: exp(random.uniform(in: log(3_000)...log(highest))) / Double(sampleRate))
      filter.apply(to: &noisy)
      filter.apply(to: &clean)
    }
    if random.uniform() < options.clickProbability {
      for _ in 0..<(1 + random.index(below: 3)) {
        let place = random.index(below: noisy.count)
        noisy[place] = Float(random.uniform(in: -1...1))
      }
    }
    var boundary = noisy.count
    if random.uniform() < options.stepProbability {
      boundary = entered + random.index(below: count)
      turnLevel(from: boundary, &noisy, &clean, &random)
    }
    let start = stream.noisy.count
    let end = min(noisy.count, entered + most)
    stream.noisy += noisy[entered..<end]
    stream.clean += clean[entered..<end]
    let middle = min(boundary, end)
    for range in [entered..<middle, middle..<end] where !range.isEmpty {
      stream.scenes.append(
        start + range.lowerBound - entered..<start + range.upperBound - entered)
    }
  }

  private func drawMixture(
    samples: Int, _ random: inout RandomNumbers
  ) -> (noisy: [Float], clean: [Float]) {
    let kind = random.uniform()
    if kind < options.noiseProbability {
      let noise = mixtures.noise(samples: samples, random: &random)
      return (noise, [Float](repeating: 0, count: samples))
    }
    let isClean = kind < options.noiseProbability + options.cleanProbability
    return mixtures.mixture(
      samples: samples, snr: isClean ? options.cleanSNR : nil, random: &random)
  }

  /// Multiplies what is from `start` on; within ± ``MixtureMaker/highestPeak``.
  private func turnLevel(
    from start: Int, _ noisy: inout [Float], _ clean: inout [Float],
    _ random: inout RandomNumbers
  ) {
    let decibels = random.uniform(in: options.step) * (random.uniform() < 0.5 ? -1 : 1)
    let peak = noisy[start...].reduce(Float(1e-9)) { max($0, abs($1)) }
    let gain = min(
      Float(Levels.amplitude(decibels: decibels)), Float(MixtureMaker.highestPeak) / peak)
    for i in start..<noisy.count {
      noisy[i] *= gain
      clean[i] *= gain
    }
  }
}
