public import Sparrow
public import SparrowTraining

/// The size of a batch of recordings.
public struct SeriesBatch: Sendable, Codable, Equatable {
  /// The number of recordings: the batch size.
  public var recordings: Int
  /// The maximum number of frames of a recording; what follows is cut off.
  public var maximumFrames: Int

  /// A size.
  public init(recordings: Int, maximumFrames: Int) {
    self.recordings = recordings
    self.maximumFrames = maximumFrames
  }

  /// Reads an object; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    recordings = try values.decode(Int.self, forKey: .recordings)
    maximumFrames = try values.decode(Int.self, forKey: .maximumFrames)
  }

  func validate() throws(TrainingError) {
    guard (1...1024).contains(recordings), (2...100_000).contains(maximumFrames) else {
      throw .recipe(
        "batch: \(recordings) recordings of at most \(maximumFrames) frames; expected 1 to 1024, "
          + "of 2 to 100000")
    }
  }
}

/// The training task of a classifier of series: recordings, varied anew in every epoch, and the
/// cross-entropy of every frame's class.
public final class SeriesTask: TrainingTask {
  private let width: Int
  private let training: [SeriesRecording]
  private let validation: SeriesValidation?
  private let batch: SeriesBatch
  private let augmentation: SeriesAugmentation
  private let loss: SeriesLoss
  private let seed: UInt64
  private let workers: Workers
  private let memory: BatchMemory
  private var targets: [(label: Int, frames: Int)] = []
  private var epoch: (index: Int, order: [Int]) = (-1, [])
  public internal(set) var dataFingerprint: UInt64 = 0

  /// A task.
  ///
  /// - Parameters:
  ///   - width: The values of a frame.
  ///   - training: The recordings to train on.
  ///   - validation: The recordings to validate with, or none.
  ///   - frontEnd: The front end of the network.
  ///   - batch: The size of a batch.
  ///   - augmentation: Data augmentation.
  ///   - loss: The loss.
  ///   - seed: The seed of batches.
  ///   - workers: The threads.
  ///   - instructionSet: An instruction set of this processor.
  /// - Throws: `TrainingError` if there are no recordings or an option is out of its range.
  public init(
    width: Int, training: [SeriesRecording], validation: [SeriesRecording],
    frontEnd: SeriesFrontEnd, batch: SeriesBatch, augmentation: SeriesAugmentation,
    loss: SeriesLoss, seed: UInt64, workers: Workers, instructionSet: InstructionSet = .best
  ) throws(TrainingError) {
    try batch.validate()
    try augmentation.validate(width: width)
    try loss.validate()
    guard !training.isEmpty else { throw .data("there are no recordings to train on") }
    self.width = width
    self.training = training
    self.validation =
      validation.isEmpty
      ? nil : SeriesValidation(validation, frontEnd: frontEnd, instructionSet: instructionSet)
    self.batch = batch
    self.augmentation = augmentation
    self.loss = loss
    self.seed = seed
    self.workers = workers
    memory = BatchMemory(batch.recordings * batch.maximumFrames * width)
    dataFingerprint = Self.fingerprint(training + validation)
  }

  private static func fingerprint(_ recordings: [SeriesRecording]) -> UInt64 {
    var hash = FNV1a()
    for recording in recordings {
      hash.add(UInt64(recording.label))
      hash.add(UInt64(recording.frames.count))
      for value in recording.frames { hash.add(UInt64(value.bitPattern)) }
    }
    return hash.value
  }

  public var unit: String { "recordings" }
  public var unitsPerBatch: Double { Double(batch.recordings) }
  public var unitsPerEpoch: Double { Double(training.count) }

  public func makeBatch(step: Int) -> Activations<Float> {
    let count = batch.recordings
    let chosen = (0..<count).map { recording(at: step * count + $0) }
    let varied = workers.map(count) { clip in
      var random = RandomNumbers(seed: seed, stream: UInt64(step * count + clip))
      return augmentation.vary(
        chosen[clip].frames, width: width, maximumFrames: batch.maximumFrames, &random)
    }
    targets = zip(chosen, varied).map { ($0.label, $1.count / width) }
    let steps = targets.reduce(1) { max($0, $1.frames) }
    for (clip, frames) in varied.enumerated() {
      for step in 0..<steps {
        // The last frame stays, for the moments of a normalisation.
        let from = min(step, targets[clip].frames - 1) * width
        let to = memory.values + (step * count + clip) * width
        for i in 0..<width { to[i] = frames[from + i] }
      }
    }
    return Activations(values: memory.values, steps: steps, clips: count, width: width)
  }

  /// The recording at an index of all epochs, one after the other; each has an order of its own.
  private func recording(at index: Int) -> SeriesRecording {
    let number = index / training.count
    if epoch.index != number {
      var random = RandomNumbers(seed: seed ^ 0x5e71_e5, stream: UInt64(number))
      epoch = (number, training.indices.shuffled(using: &random))
    }
    return training[epoch.order[index % training.count]]
  }

  /// The weighted mean cross-entropy of the frames, in nats. The measure is the accuracy in
  /// recordings.
  public func loss(
    of output: Activations<Float>
  ) -> (loss: Loss, gradient: Activations<Float>) {
    let (value, right) = loss.replaceByGradient(output, recordings: targets)
    return (
      Loss(
        value: value, measure: 100 * Double(right) / Double(targets.count),
        measureUnit: "% of recordings"),
      output
    )
  }

  public func validate(_ network: Network) -> [String: Double] {
    guard let validation else { return [:] }
    let scores = validation.run(network, workers: workers).scores
    return ["accuracy": 100 * scores.accuracy, "score": 100 * scores.accuracy]
  }
}
