import Foundation
public import Sparrow
import SparrowAudio
public import SparrowTraining

/// Training a spotter: streams of words, other speech and noise, and the cross-entropy of what is said in
/// each frame.
public final class KeywordTask: TrainingTask {
  private let frontEnd: KeywordFrontEnd
  private let streams: KeywordStreams
  private let validation: KeywordValidation
  private let clips: Int
  private let frames: Int
  private let seed: UInt64
  private let workers: Workers
  public let unitsPerEpoch: Double
  private let features: BatchMemory
  private let gradient: BatchMemory
  private var targets: [[Int]] = []

  /// - Parameters:
  ///   - clips: streams in a batch. seconds: length of each.
  public init(
    frontEnd: KeywordFrontEnd, data: KeywordData, streams: KeywordStreamOptions,
    validation: KeywordValidation.Options, clips: Int, seconds: Double, seed: UInt64,
    workers: Workers
  ) throws(TrainingError) {
    try streams.validate()
    self.frontEnd = frontEnd
    self.streams = KeywordStreams(
      data, frontEnd: frontEnd, options: streams, seed: seed, workers: workers)
    self.validation = try KeywordValidation(data, frontEnd: frontEnd, options: validation)
    self.clips = clips
    self.seed = seed
    self.workers = workers
    frames = max(1, Int(seconds * Double(frontEnd.sampleRate)) / frontEnd.hop)
    unitsPerEpoch =
      Double(data.words.reduce(0) { $0 + $1.samples.count }) / Double(frontEnd.sampleRate)
    features = BatchMemory(frames * clips * frontEnd.bands)
    gradient = BatchMemory(frames * clips * (frontEnd.words.count + 1))
  }

  public var unit: String { "audio-seconds" }
  public var unitsPerBatch: Double {
    Double(clips * frames * frontEnd.hop) / Double(frontEnd.sampleRate)
  }

  public func makeBatch(step: Int) -> Activations<Float> {
    let row = clips * frontEnd.bands
    targets = workers.map(clips) { clip in
      var random = RandomNumbers(seed: seed, stream: UInt64(step * clips + clip))
      let example = streams.example(frames: frames, &random)
      let start = features.values + clip * frontEnd.bands
      KeywordFrames.write(
        example.samples, frontEnd: frontEnd, to: start, stride: row)
      streams.vary(start, frames: frames, stride: row, &random)
      return example.targets
    }
    return Activations(
      values: features.values, steps: frames, clips: clips, width: frontEnd.bands)
  }

  /// The mean cross-entropy of the frames that are judged, in nats.
  public func loss(
    of output: Activations<Float>
  ) -> (loss: Loss, gradient: Activations<Float>) {
    let classes = frontEnd.words.count + 1
    let judged = targets.reduce(0) { $0 + $1.count { $0 != KeywordStreams.ignored } }
    let scale = 1 / Float(max(judged, 1))
    let sums = workers.map(clips) { clip -> (loss: Double, words: Int, right: Int) in
      var sum = (loss: 0.0, words: 0, right: 0)
      for frame in 0..<frames {
        let row = (frame * clips + clip) * classes
        let logits = UnsafeBufferPointer(start: output.values + row, count: classes)
        let slopes = gradient.values + row
        let target = targets[clip][frame]
        guard target != KeywordStreams.ignored else {
          slopes.update(repeating: 0, count: classes)
          continue
        }
        let largest = logits.max()!
        var total: Float = 0
        for i in 0..<classes {
          slopes[i] = exp(logits[i] - largest)
          total += slopes[i]
        }
        sum.loss += Double(log(total) + largest - logits[target])
        if target > 0 {
          sum.words += 1
          if logits[target] == largest { sum.right += 1 }
        }
        for i in 0..<classes {
          slopes[i] = scale * (slopes[i] / total - (i == target ? 1 : 0))
        }
      }
      return sum
    }
    let words = sums.reduce(0) { $0 + $1.words }
    let right = sums.reduce(0) { $0 + $1.right }
    return (
      Loss(
        value: sums.reduce(0) { $0 + $1.loss } * Double(scale),
        measure: 100 * Double(right) / Double(max(words, 1)), measureUnit: "% of words' frames"),
      Activations(values: gradient.values, steps: frames, clips: clips, width: classes)
    )
  }

  public func validate(_ network: Network) -> [String: Double] {
    validation.scores(of: network, workers: workers)
  }
}
