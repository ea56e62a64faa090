import Foundation
public import Sparrow
import SparrowAudio
public import SparrowTraining

/// The training task of a keyword spotter: streams of words, other speech and noise, and the
/// cross-entropy of each frame's class.
public final class KeywordTask: TrainingTask {
  private let frontEnd: KeywordFrontEnd
  private let streams: KeywordStreams
  private let validation: KeywordValidation
  private let clips: Int
  private let frames: Int
  private let seed: UInt64
  private let workers: Workers
  public let unitsPerEpoch: Double
  public internal(set) var dataFingerprint: UInt64 = 0
  private let features: BatchMemory
  private let loss: CrossEntropy
  private let teacher: Teacher?
  /// The target class of each row of the batch.
  private var targets: [Int32] = []

  /// A task.
  ///
  /// - Parameters:
  ///   - frontEnd: The front end of the network.
  ///   - data: The recordings.
  ///   - streams: Data augmentation of training streams.
  ///   - validation: The validation conditions.
  ///   - clips: Streams in a batch.
  ///   - seconds: The duration of a stream.
  ///   - seed: The seed of batches.
  ///   - teacher: The teacher of knowledge distillation; nil for none.
  ///   - workers: The threads.
  ///   - instructionSet: An instruction set of this processor.
  /// - Throws: `TrainingError` if an option is out of its range.
  public init(
    frontEnd: KeywordFrontEnd, data: KeywordData, streams: KeywordStreamOptions,
    validation: KeywordValidation.Options, clips: Int, seconds: Double, seed: UInt64,
    teacher: Teacher? = nil, workers: Workers, instructionSet: InstructionSet = .best
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
    loss = CrossEntropy(workers: workers, instructionSet: instructionSet)
    self.teacher = teacher
  }

  public var unit: String { "audio-seconds" }
  public var unitsPerBatch: Double {
    Double(clips * frames * frontEnd.hop) / Double(frontEnd.sampleRate)
  }

  public func makeBatch(step: Int) -> Activations<Float> {
    let row = clips * frontEnd.bands
    let classes = workers.map(clips) { clip in
      var random = RandomNumbers(seed: seed, stream: UInt64(step * clips + clip))
      let example = streams.example(frames: frames, &random)
      let start = features.values + clip * frontEnd.bands
      KeywordFrames.write(
        example.samples, frontEnd: frontEnd, to: start, stride: row)
      streams.vary(start, frames: frames, stride: row, &random)
      return example.targets
    }
    targets = (0..<frames).flatMap { frame in classes.map { Int32($0[frame]) } }
    let batch = Activations(
      values: features.values, steps: frames, clips: clips, width: frontEnd.bands)
    teacher?.take(batch, step: step)
    return batch
  }

  /// The mean cross-entropy of the frames that count, in nats. The measure is the accuracy in
  /// frames of words.
  public func loss(
    of output: Activations<Float>
  ) -> (loss: Loss, gradient: Activations<Float>) {
    let (words, right) = recognised(in: output)
    let value = loss.replaceByGradient(output, targets: targets)
    teacher?.teach(output, targets: targets)
    return (
      Loss(
        value: value, measure: 100 * Double(right) / Double(max(words, 1)),
        measureUnit: "% of words' frames"),
      output
    )
  }

  private func recognised(in output: Activations<Float>) -> (words: Int, right: Int) {
    var count = (words: 0, right: 0)
    for (row, target) in targets.enumerated() where target > 0 {
      let logits = UnsafeBufferPointer(
        start: output.values + row * output.width, count: output.width)
      count.words += 1
      if logits[Int(target)] == logits.max() { count.right += 1 }
    }
    return count
  }

  public func validate(_ network: Network) -> [String: Double] {
    validation.scores(of: network, workers: workers)
  }
}
