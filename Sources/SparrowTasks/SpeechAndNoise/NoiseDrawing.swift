import SparrowTraining

/// Draws noise from recordings and from a pool of synthetic noises.
struct NoiseDrawing: Sendable {
  private let recordings: [Recording]
  private let choice: WeightedChoice
  private let synthetic: [Recording]
  private let syntheticProbability: Double

  /// - Parameters:
  ///   - recordings: at least one. They are drawn in proportion to the root of their seconds, as if
  ///     none had more than 20.
  ///   - synthetic: may be empty.
  init(
    _ recordings: [Recording], synthetic: [Recording], syntheticProbability: Double, sampleRate: Int
  ) {
    self.recordings = recordings
    self.synthetic = synthetic
    self.syntheticProbability = synthetic.isEmpty ? 0 : syntheticProbability
    choice = WeightedChoice(
      weights: recordings.map { min(Double($0.count) / Double(sampleRate), 20).squareRoot() })
  }

  /// A part of a drawn noise; short ones are repeated.
  func draw(samples count: Int, _ random: inout RandomNumbers) -> [Float] {
    let isSynthetic = syntheticProbability > 0 && random.uniform() < syntheticProbability
    let recording =
      isSynthetic
      ? synthetic[random.index(below: synthetic.count)] : recordings[choice.draw(&random)]
    return Self.part(of: recording, samples: count, &random)
  }

  static func part(
    of recording: Recording, samples count: Int, _ random: inout RandomNumbers
  ) -> [Float] {
    let places = recording.count < count ? recording.count : recording.count - count + 1
    return recording.cycle(from: random.index(below: places), count: count)
  }
}
