public import Sparrow
import SparrowAudio
public import SparrowTraining

/// The size of a batch of recordings of speech.
public struct SpeechBatch: Sendable, Codable, Equatable {
  /// The number of recordings: the batch size.
  public var recordings: Int
  /// The maximum duration of a recording, in seconds; longer ones are left out of training.
  public var maximumSeconds: Double

  /// A size.
  public init(recordings: Int, maximumSeconds: Double) {
    self.recordings = recordings
    self.maximumSeconds = maximumSeconds
  }

  /// Reads an object; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    recordings = try values.decode(Int.self, forKey: .recordings)
    maximumSeconds = try values.decode(Double.self, forKey: .maximumSeconds)
  }

  func validate() throws(TrainingError) {
    guard (1...1024).contains(recordings), maximumSeconds > 0, maximumSeconds <= 600 else {
      throw .recipe(
        "batch: \(recordings) recordings of at most \(maximumSeconds) s; expected 1 to 1024, of "
          + "up to 600 s")
    }
  }
}

/// The training task of speech recognition: recordings of similar lengths in a batch, varied anew
/// in every epoch, and the loss of connectionist temporal classification over characters.
public final class SpeechTask: TrainingTask {
  private let frontEnd: SpeechFrontEnd
  private let training: [SpeechRecording]
  private let validation: SpeechEvaluation?
  private let batch: SpeechBatch
  private let variation: SpeechVariation
  private let loss: CTCLoss
  private let seed: UInt64
  private let workers: Workers
  private let instructionSet: InstructionSet
  private var memory: BatchMemory
  private var capacity = 0
  private var targets: [CTCLoss.Target] = []
  private var epoch: (index: Int, batches: [[Int]]) = (-1, [])
  public let dataFingerprint: UInt64

  /// A task.
  ///
  /// - Parameters:
  ///   - frontEnd: The front end of the network.
  ///   - training: The recordings to train on.
  ///   - validation: The recordings to validate with, or none.
  ///   - noises: Recordings of noise, as the augmentation needs them.
  ///   - batch: The size of a batch.
  ///   - augmentation: Data augmentation.
  ///   - seed: The seed of batches.
  ///   - workers: The threads.
  ///   - instructionSet: An instruction set of this processor.
  /// - Throws: `TrainingError` if there are no recordings or an option is out of its range.
  init(
    frontEnd: SpeechFrontEnd, training: [SpeechRecording], validation: [SpeechRecording],
    noises: [Recording], batch: SpeechBatch, augmentation: SpeechAugmentation, seed: UInt64,
    workers: Workers, instructionSet: InstructionSet = .best
  ) throws(TrainingError) {
    try batch.validate()
    try augmentation.validate()
    let maximum = Int(batch.maximumSeconds * Double(frontEnd.sampleRate))
    let short = training.filter { $0.count <= maximum }
    guard !short.isEmpty else {
      throw .data("there are no recordings of at most \(batch.maximumSeconds) s to train on")
    }
    self.frontEnd = frontEnd
    self.training = short
    self.validation =
      validation.isEmpty ? nil : SpeechEvaluation(validation, frontEnd: frontEnd)
    self.batch = batch
    variation = SpeechVariation(augmentation, frontEnd: frontEnd, noises: noises)
    loss = CTCLoss(workers: workers)
    self.seed = seed
    self.workers = workers
    self.instructionSet = instructionSet
    memory = BatchMemory(1)
    var hash = FNV1a()
    for recording in training + validation { recording.add(to: &hash) }
    for noise in noises { noise.add(to: &hash) }
    dataFingerprint = hash.value
  }

  public var unit: String { "audio-seconds" }
  public var unitsPerBatch: Double {
    unitsPerEpoch / Double(training.count) * Double(batch.recordings)
  }
  public var unitsPerEpoch: Double {
    Double(training.reduce(0) { $0 + $1.count }) / Double(frontEnd.sampleRate)
  }

  public func makeBatch(step: Int) -> Activations<Float> {
    let chosen = recordings(of: step).map { training[$0] }
    let count = chosen.count
    let features = workers.map(count) { clip in
      var random = RandomNumbers(seed: seed, stream: UInt64(step * count + clip))
      return variation.features(of: chosen[clip], &random)
    }
    let width = frontEnd.inputWidth
    targets = zip(chosen, features).map { recording, features in
      CTCLoss.Target(text: recording.text, frames: features.count / width)
    }
    let steps = targets.reduce(1) { max($0, $1.frames) }
    if steps * count * width > capacity {
      capacity = steps * count * width
      memory = BatchMemory(capacity)
    }
    for (clip, features) in features.enumerated() {
      for step in 0..<steps {
        // The last frame stays, for the moments of a normalisation.
        let from = min(step, targets[clip].frames - 1) * width
        let to = memory.values + (step * count + clip) * width
        for i in 0..<width { to[i] = features[from + i] }
      }
    }
    return Activations(values: memory.values, steps: steps, clips: count, width: width)
  }

  /// The recordings of a step. Every epoch has an order of its own, in which recordings of a batch
  /// have similar lengths.
  private func recordings(of step: Int) -> [Int] {
    let count = batch.recordings
    let perEpoch = max(1, training.count / count)
    let number = step / perEpoch
    if epoch.index != number {
      var random = RandomNumbers(seed: seed ^ 0x5bee_c4, stream: UInt64(number))
      var order = training.indices.shuffled(using: &random)
      while order.count < count { order += training.indices.shuffled(using: &random) }
      let group = count * 12
      var batches: [[Int]] = []
      for start in stride(from: 0, to: perEpoch * count, by: group) {
        let part = order[start..<min(start + group, perEpoch * count)]
          .sorted { (training[$0].count, $0) < (training[$1].count, $1) }
        for first in stride(from: 0, to: part.count, by: count) {
          batches.append(Array(part[first..<first + count]))
        }
      }
      epoch = (number, batches.shuffled(using: &random))
    }
    return epoch.batches[step % perEpoch]
  }

  /// The loss in nats per character, which is also the measure, in bits.
  public func loss(
    of output: Activations<Float>
  ) -> (loss: Loss, gradient: Activations<Float>) {
    let result = loss.replaceByGradient(output, targets: targets)
    return (
      Loss(
        value: result.loss, measure: result.loss * 1.442_695_040_888_963_4,
        measureUnit: "bits a character"),
      output
    )
  }

  public func validate(_ network: Network) -> [String: Double] {
    guard let validation else { return [:] }
    let plan = Plan(network, instructionSet: instructionSet)
    let scores = validation.run(plan, decoder: GreedyDecoder(frontEnd), workers: workers).scores
    return [
      "word error rate": 100 * scores.wordErrorRate,
      "character error rate": 100 * scores.characterErrorRate,
      "score": 100 - 100 * scores.wordErrorRate,
    ]
  }
}
