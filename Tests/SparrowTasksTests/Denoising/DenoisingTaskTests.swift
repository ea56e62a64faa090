import Foundation
import Sparrow
import SparrowAudio
import SparrowTraining
import TestSupport
import Testing

@testable import SparrowTasks

/// The loss of a mask and the gradient that was derived by hand, against differences of the loss.
struct DenoisingTaskTests {
  /// Two tones that swell, with noise around them.
  private struct Tones: MixtureSource {
    func mixture(
      samples: Int, random: inout RandomNumbers
    ) -> (noisy: [Float], clean: [Float]) {
      let pitch = random.uniform(in: 0.02...0.2)
      let clean = (0..<samples).map { i in
        let phase = Double(i) * pitch
        return Float(0.2 * sin(phase) + 0.1 * sin(2.7 * phase) * sin(0.01 * Double(i)))
      }
      return (clean.map { $0 + Float(0.1 * random.normal()) }, clean)
    }
  }

  private static let clips = 2

  private func task(gain: Float) -> DenoisingTask {
    let frontEnd = SpectralFrontEnd(
      sampleRate: 16_000, window: 256, hop: 64, exponent: 0.5, floor: 1e-8,
      features: [.magnitude], maskGain: gain)
    return DenoisingTask(
      frontEnd: frontEnd, mixtures: Tones(), validation: nil, clips: Self.clips, seconds: 0.052,
      unitsPerEpoch: 1, seed: 6, workers: Workers(count: 2))
  }

  private func loss(_ task: DenoisingTask, _ logits: [Float]) -> (value: Double, gradient: [Float])
  {
    var logits = logits
    let bins = 129
    return logits.withUnsafeMutableBufferPointer {
      let (loss, gradient) = task.loss(
        of: Activations(
          values: $0.baseAddress!, steps: $0.count / bins / Self.clips, clips: Self.clips,
          width: bins))
      return (
        loss.value,
        Array(UnsafeBufferPointer(start: gradient.values, count: gradient.count))
      )
    }
  }

  @Test(arguments: [1, 2] as [Float]) func gradientIsThatOfTheLoss(_ gain: Float) throws {
    let task = task(gain: gain)
    let batch = task.makeBatch(step: 0)
    var numbers = TestNumbers(seed: 8)
    let logits = numbers.floats(batch.steps * batch.clips * 129, in: -2...2)
    let (_, gradient) = loss(task, logits)
    // Steps of 0.004 in a direction: the difference's own error is below a thousandth of the slope.
    for trial in 0..<6 {
      let direction = trial == 0 ? gradient : numbers.sparseFloats(logits.count, density: 0.3)
      let length = direction.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      let size = 0.004 * Double(logits.count).squareRoot() / length
      func moved(_ sign: Double) -> Double {
        loss(task, zip(logits, direction).map { $0 + Float(sign * size) * $1 }).value
      }
      let slope = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let steepness = gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() * length
      let difference = (moved(1) - moved(-1)) / (2 * size)
      #expect(abs(difference - slope) < 2e-3 * steepness)
      if trial == 0 { #expect(abs(difference / slope - 1) < 1e-3) }
    }
  }

  /// What lets everything pass leaves the mixture, and its ratio.
  @Test func anOpenMaskGivesTheMixture() throws {
    let task = task(gain: 1)
    let batch = task.makeBatch(step: 3)
    let value = loss(task, Array(repeating: 40, count: batch.steps * batch.clips * 129)).value
    var mean = 0.0
    for clip in 0..<Self.clips {
      var random = RandomNumbers(seed: 6, stream: UInt64(3 * Self.clips + clip))
      let (noisy, clean) = Tones().mixture(samples: 832, random: &random)
      mean += scaleInvariantSNR(noisy, reference: clean) / Double(Self.clips)
    }
    #expect(abs(value + mean) < 1e-3)
  }
}
