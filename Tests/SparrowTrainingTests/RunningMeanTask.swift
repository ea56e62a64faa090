import Sparrow
import SparrowFiles
import Testing

@testable import SparrowTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A tiny task: noise comes in, and its running mean is to go out.
class RunningMeanTask: TrainingTask {
  static let width = 3
  private let steps = 12
  private let clips = 4
  private let seed: UInt64
  private var target: [Float] = []
  private var input: Batch<Float>?
  private var gradient: Batch<Float>?
  /// Steps that batches were asked for.
  private(set) var made: [Int] = []

  init(seed: UInt64 = 1) { self.seed = seed }

  var unitsPerBatch: Double { 48 }
  var unit: String { "frames" }
  var unitsPerEpoch: Double { 480 }

  func makeBatch(step: Int) -> Activations<Float> {
    made.append(step)
    var numbers = RandomNumbers(seed: seed, stream: UInt64(step))
    let row = clips * Self.width
    let values = (0..<steps * row).map { _ in Float(numbers.normal()) }
    target = [Float](repeating: 0, count: values.count)
    for i in values.indices {
      target[i] = (i < row ? 0 : 0.8 * target[i - row]) + 0.2 * values[i]
    }
    let batch = Batch<Float>(values, steps: steps, clips: clips)
    input = batch
    return batch.activations
  }

  func loss(of output: Activations<Float>) -> (loss: Loss, gradient: Activations<Float>) {
    var sum = 0.0
    var slope = [Float](repeating: 0, count: output.count)
    for i in 0..<output.count {
      let distance = output.values[i] - target[i]
      sum += Double(distance * distance)
      slope[i] = 2 * distance / Float(output.count)
    }
    let gradient = Batch<Float>(slope, steps: steps, clips: clips)
    self.gradient = gradient
    let value = sum / Double(output.count)
    return (Loss(value: value, measure: value.squareRoot(), measureUnit: ""), gradient.activations)
  }

  func validate(_ network: Network) -> [String: Double] {
    // The first parameter stands for the network: enough to tell one from another.
    let score = network.parameterDescriptions.reduce(0.0) {
      $0 + Double(network[$1.name].values[0])
    }
    return ["score": score]
  }

  static func network() throws -> Network {
    try Network(
      initializing: Layer.s5(width: 8, states: 4, blocks: 1, outputs: width), inputWidth: width,
      seed: 4)
  }
}

/// Something goes wrong at a step.
final class InterruptedTask: RunningMeanTask {
  private let step: Int

  init(at step: Int) {
    self.step = step
    super.init()
  }

  override func loss(of output: Activations<Float>) -> (loss: Loss, gradient: Activations<Float>) {
    var (loss, gradient) = super.loss(of: output)
    if made.last == step { loss.value = .nan }
    return (loss, gradient)
  }
}
