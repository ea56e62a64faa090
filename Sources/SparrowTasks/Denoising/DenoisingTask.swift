public import Sparrow
import SparrowAudio
public import SparrowTraining

/// Training a mask for the short-time spectrum: streams of mixtures as features, batch by batch,
/// and the loss of the signal that the mask gives, with its gradient carried back through the
/// inverse transform.
///
/// A batch has a lane a clip, each a piece of a stream. The next batch goes on where it ends, until
/// the streams have had all their batches; then new ones begin.
public final class DenoisingTask: TrainingTask {
  private let mixtures: any MixtureSource
  private let validation: ValidationSet?
  private let transform: ShortTimeTransform
  private let loss: DenoisingLossOptions
  private let clips: Int
  private let steps: Int
  private let batchesOfStream: Int
  private let seed: UInt64
  private let workers: Workers
  public let unitsPerEpoch: Double
  public internal(set) var dataFingerprint: UInt64 = 0

  private let features: BatchMemory
  private let gradient: BatchMemory
  private let lanes: [DenoisingLane]
  /// The step whose batch the lanes hold.
  private var step: Int?

  /// - Parameters:
  ///   - frontEnd: the network's.
  ///   - mixtures: what it is trained on.
  ///   - validation: what it is scored on; nil for no scores.
  ///   - loss: terms and their weights.
  ///   - clips: mixtures in a batch.
  ///   - seconds: length of each.
  ///   - batchesOfStream: after which streams begin anew.
  ///   - unitsPerEpoch: seconds of speech there are.
  ///   - seed: of the mixtures that are drawn.
  ///   - workers: threads that mix, transform and compute losses.
  ///   - instructionSet: of the transform's kernels.
  public init(
    frontEnd: SpectralFrontEnd, mixtures: any MixtureSource, validation: ValidationSet?,
    loss: DenoisingLossOptions = .init(), clips: Int, seconds: Double, batchesOfStream: Int = 1,
    unitsPerEpoch: Double, seed: UInt64, workers: Workers, instructionSet: InstructionSet = .best
  ) {
    self.mixtures = mixtures
    self.validation = validation
    self.loss = loss
    self.clips = clips
    self.batchesOfStream = batchesOfStream
    self.seed = seed
    self.workers = workers
    self.unitsPerEpoch = unitsPerEpoch
    let transform = ShortTimeTransform(frontEnd, instructionSet: instructionSet)
    self.transform = transform
    self.frontEnd = frontEnd
    let hop = frontEnd.hop
    // The last samples of a batch are complete only after frames of the next one, and are not
    // judged.
    let lagHops = transform.lag / hop
    let hops = Int((seconds * Double(frontEnd.sampleRate) / Double(hop)).rounded())
    let steps = max(1, hops) + (batchesOfStream == 1 ? lagHops : 0)
    self.steps = steps
    features = BatchMemory(steps * clips * frontEnd.inputWidth)
    gradient = BatchMemory(steps * clips * frontEnd.bands)
    lanes = (0..<clips).map { _ in DenoisingLane(transform, steps: steps, loss: loss) }
  }

  let frontEnd: SpectralFrontEnd

  public var unit: String { "audio-seconds" }
  public var unitsPerBatch: Double {
    let samples = steps * transform.hop - (batchesOfStream == 1 ? transform.lag : 0)
    return Double(clips * samples) / Double(transform.sampleRate)
  }

  public func continues(step: Int) -> Bool { step % batchesOfStream != 0 }

  public func makeBatch(step: Int) -> Activations<Float> {
    let place = step % batchesOfStream
    let width = transform.inputWidth
    // Where a run is resumed within streams, what came before is gone through again.
    let isNext = place > 0 && self.step == step - 1
    let samples = batchesOfStream * steps * transform.hop - transform.lag
    workers.forEach(clips) { index, _ in
      let lane = lanes[index]
      if !isNext {
        var random = RandomNumbers(
          seed: seed, stream: UInt64(step / batchesOfStream * clips + index))
        lane.begin(mixtures.stream(samples: samples, random: &random))
      }
      for _ in isNext ? place..<place + 1 : 0..<place + 1 {
        lane.advance(features: features.values + index * width, stride: clips * width)
      }
    }
    self.step = step
    return Activations(values: features.values, steps: steps, clips: clips, width: width)
  }

  public func loss(
    of output: Activations<Float>
  ) -> (loss: Loss, gradient: Activations<Float>) {
    let bands = transform.bands
    // Every judged sample of the batch counts the same, but for noise alone.
    let weight = lanes.reduce(0) { $0 + $1.weight }
    let scale = weight > 0 ? 1 / weight : 0
    let results = workers.map(clips) { index in
      lanes[index].differentiate(
        logits: output.values + index * bands, gradient: gradient.values + index * bands,
        stride: clips * bands, scale: scale)
    }
    var sum = DenoisingLane.Result()
    for result in results { sum += result }
    return (
      Loss(
        value: sum.loss * scale, measure: sum.speech > 0 ? sum.ratio / sum.speech : 0,
        measureUnit: "dB SI-SNR"),
      Activations(values: gradient.values, steps: steps, clips: clips, width: bands)
    )
  }

  public func validate(_ network: Network) -> [String: Double] {
    validation?.scores(of: network, workers: workers) ?? [:]
  }
}
