import SparrowTraining

/// Makes noise: a drawn one that is varied, sometimes with a second one.
struct NoiseMaker: Sendable {
  private let noise: NoiseDrawing
  private let drawing: VariedDrawing
  private let variation: SignalVariation
  private let secondProbability: Double

  /// - Parameter secondProbability: of a second noise being added, 0 to 10 dB below the first.
  init(
    _ noise: NoiseDrawing, drawing: VariedDrawing, variation: SignalVariation,
    secondProbability: Double
  ) {
    self.noise = noise
    self.drawing = drawing
    self.variation = variation
    self.secondProbability = secondProbability
  }

  /// nil if what was drawn was silent.
  func draw(samples: Int, _ random: inout RandomNumbers) -> [Float]? {
    guard let first = drawOne(samples: samples, &random) else { return nil }
    guard random.uniform() < secondProbability else { return first.signal }
    guard let second = drawOne(samples: samples, &random) else { return nil }
    let below = Levels.amplitude(decibels: -random.uniform(in: 0...10))
    let gain = Float(below * first.amplitude / second.amplitude)
    var signal = first.signal
    for i in 0..<samples { signal[i] += gain * second.signal[i] }
    return signal
  }

  private func drawOne(
    samples: Int, _ random: inout RandomNumbers
  ) -> (signal: [Float], amplitude: Double)? {
    let varied = drawing.draw(variation, samples: samples, &random, by: noise.draw)
    let signal = drawing.filtered(varied)[0]
    let power = Levels.meanSquare(signal)
    return power > Mixing.silence ? (signal, power.squareRoot()) : nil
  }
}
