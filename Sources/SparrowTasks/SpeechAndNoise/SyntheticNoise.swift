import Foundation
import SparrowAudio
import SparrowTraining

/// Makes noises that collections of recordings have too few of.
struct SyntheticNoise: Sendable {
  private let sampleRate: Int
  private let count: Int
  private let speech: SpeechDrawing
  private let transform: FourierTransform

  /// - Parameters:
  ///   - seconds: of each noise.
  ///   - speech: what babble is made of.
  init(seconds: Double, speech: SpeechDrawing, sampleRate: Int) {
    self.sampleRate = sampleRate
    self.speech = speech
    count = Int(seconds * Double(sampleRate))
    var length = 128
    while length < count { length *= 2 }
    transform = FourierTransform(length: length)
  }

  /// `count` noises; each follows from the seed and its place alone.
  func pool(count: Int, seed: UInt64, workers: Workers) -> [Recording] {
    workers.map(count) { index in
      var random = RandomNumbers(seed: seed, stream: UInt64(index))
      while true {
        if let noise = Recording(name: "synthetic", samples: draw(&random)) { return noise }
      }
    }
  }

  /// Coloured noise (30 %), a hum (20 %), babble (30 %) or clicks (20 %); of each, about a third
  /// swells and fades or is switched on and off.
  private func draw(_ random: inout RandomNumbers) -> [Float] {
    let kind = random.uniform()
    var noise =
      if kind < 0.3 {
        coloured(&random)
      } else if kind < 0.5 {
        hum(&random)
      } else if kind < 0.8 {
        babble(&random)
      } else {
        clicks(&random)
      }
    if random.uniform() < 0.35 { modulate(&noise, &random) }
    return noise
  }

  /// Gaussian noise with an amplitude that falls as a power of the frequency, 0 (white) to -1.2
  /// (steeper than the -1 of brown noise).
  private func coloured(_ random: inout RandomNumbers) -> [Float] {
    let slope = random.uniform(in: 0...1.2)
    let spacing = Double(sampleRate) / Double(transform.length)
    var re: [Float] = []
    var im: [Float] = []
    for bin in 0..<transform.bins {
      // From a few hertz down it is flat, or the slope would leave nothing else.
      let amplitude = exp(-slope * log(Double(bin) * spacing + 3))
      re.append(Float(amplitude * random.normal()))
      im.append(Float(amplitude * random.normal()))
    }
    var noise = [Float](repeating: 0, count: transform.length)
    let ones = [Float](repeating: 1, count: transform.length)
    var work = [Float](repeating: 0, count: transform.workCount)
    transform.inverse(re: &re, im: &im, window: ones, &noise, work: &work)
    return Array(noise[..<count])
  }

  /// The mains or a motor: a tone of 50, 60, 100, 120 or 80 to 400 Hz, up to 23 sines in all that
  /// grow weaker, and a little white noise.
  private func hum(_ random: inout RandomNumbers) -> [Float] {
    let frequencies = [50, 60, 100, 120, random.uniform(in: 80...400)]
    let frequency = frequencies[random.index(below: frequencies.count)]
    var tones = [Double](repeating: 0, count: count)
    for harmonic in 1..<(4 + random.index(below: 21)) {
      let place = Double(harmonic)
      let amplitude = random.uniform() / pow(place, random.uniform(in: 0.2...1.2))
      let angle = 2 * .pi * frequency * place / Double(sampleRate)
      var sine = Oscillator(angle: angle, phase: 2 * .pi * random.uniform())
      guard angle < 0.97 * .pi else { break }
      for i in 0..<count { tones[i] += amplitude * sine.next() }
    }
    let white = random.uniform(in: 0.02...0.5)
    return tones.map { Float($0 + white * random.normal()) }
  }

  /// Three to eight voices at once.
  private func babble(_ random: inout RandomNumbers) -> [Float] {
    var sum = [Float](repeating: 0, count: count)
    for _ in 0..<(3 + random.index(below: 6)) {
      let gain = Float(random.uniform(in: 0.4...1))
      let voice = speech.draw(samples: count, &random)
      for i in 0..<count { sum[i] += gain * voice[i] }
    }
    return sum
  }

  /// One short burst of decaying noise, 3 to 39 times at any moments and levels.
  private func clicks(_ random: inout RandomNumbers) -> [Float] {
    let decay = exp(-1 / (random.uniform(in: 0.0005...0.0075) * Double(sampleRate)))
    var envelope = 1.0
    let burst = (0..<sampleRate / 40).map { _ in
      defer { envelope *= decay }
      return Float(envelope * random.normal())
    }
    var noise = [Float](repeating: 0, count: count)
    for _ in 0..<(3 + random.index(below: 37)) {
      let start = random.index(below: count)
      let level = Float(random.normal())
      for (i, value) in burst.prefix(count - start).enumerated() {
        noise[start + i] += level * value
      }
    }
    return noise
  }

  /// Lets the noise swell and fade, or switches it on and off, 0.3 to 12 times a second.
  private func modulate(_ noise: inout [Float], _ random: inout RandomNumbers) {
    let angle = 2 * .pi * random.uniform(in: 0.3...12) / Double(sampleRate)
    var sine = Oscillator(angle: angle, phase: 2 * .pi * random.uniform())
    let isSwitched = random.uniform() < 0.5
    for i in noise.indices {
      let value = sine.next()
      noise[i] *= isSwitched ? (value > 0 ? 1 : 0) : Float(0.5 + 0.5 * value)
    }
  }
}

/// Samples of a sine, each from the one before by a rotation, which costs less than the function.
private struct Oscillator {
  private let stepRe: Double
  private let stepIm: Double
  private var re: Double
  private var im: Double

  /// - Parameters:
  ///   - angle: radians from sample to sample.
  init(angle: Double, phase: Double) {
    stepRe = cos(angle)
    stepIm = sin(angle)
    re = cos(phase)
    im = sin(phase)
  }

  mutating func next() -> Double {
    let value = im
    (re, im) = (re * stepRe - im * stepIm, re * stepIm + im * stepRe)
    return value
  }
}
