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
    func stream(samples: Int, random: inout RandomNumbers) -> MixtureStream {
      let pitch = random.uniform(in: 0.02...0.2)
      let clean = (0..<samples).map { i in
        let phase = Double(i) * pitch
        return Float(0.2 * sin(phase) + 0.1 * sin(2.7 * phase) * sin(0.01 * Double(i)))
      }
      return MixtureStream(
        noisy: clean.map { $0 + Float(0.1 * random.normal()) }, clean: clean,
        scenes: [0..<samples])
    }
  }

  /// A scene of tones, noise alone, and silence, in turn.
  private struct Scenes: MixtureSource {
    func stream(samples: Int, random: inout RandomNumbers) -> MixtureStream {
      var stream = Tones().stream(samples: samples, random: &random)
      stream.scenes = []
      for (index, start) in stride(from: 0, to: samples, by: 500).enumerated() {
        let range = start..<min(start + 500, samples)
        if index % 3 > 0 { for i in range { stream.clean[i] = 0 } }
        if index % 3 == 2 { for i in range { stream.noisy[i] = 0 } }
        if index % 3 < 2 { stream.scenes.append(range) }
      }
      return stream
    }
  }

  private static let clips = 2

  private func task(
    gain: Float, loss: DenoisingLossOptions = .init(), batchesOfStream: Int = 1,
    mixtures: any MixtureSource = Tones(), bandEdges: [Int]? = nil
  ) -> DenoisingTask {
    let frontEnd = SpectralFrontEnd(
      sampleRate: 16_000, window: bandEdges == nil ? 256 : 192, hop: 64, exponent: 0.5, floor: 1e-8,
      features: [.magnitude], maskGain: gain, transformLength: 256, bandEdges: bandEdges)
    return DenoisingTask(
      frontEnd: frontEnd, mixtures: mixtures, validation: nil, loss: loss, clips: Self.clips,
      seconds: 0.052, batchesOfStream: batchesOfStream, unitsPerEpoch: 1, seed: 6,
      workers: Workers(count: 2))
  }

  private func loss(_ task: DenoisingTask, _ logits: [Float]) -> (value: Double, gradient: [Float])
  {
    var logits = logits
    let bands = task.frontEnd.bands
    return logits.withUnsafeMutableBufferPointer {
      let (loss, gradient) = task.loss(
        of: Activations(
          values: $0.baseAddress!, steps: $0.count / bands / Self.clips, clips: Self.clips,
          width: bands))
      return (
        loss.value,
        Array(UnsafeBufferPointer(start: gradient.values, count: gradient.count))
      )
    }
  }

  private static var spectral: DenoisingLossOptions {
    var loss = DenoisingLossOptions()
    loss.ceiling = 12
    loss.spectrum = 30
    loss.removal = 0.7
    return loss
  }

  @Test(arguments: [1, 2] as [Float], [DenoisingLossOptions(), spectral])
  func gradientIsThatOfTheLoss(_ gain: Float, _ loss: DenoisingLossOptions) throws {
    try checkGradient(task(gain: gain, loss: loss), step: 0)
  }

  /// In the last batch of a stream whose scenes are tones, noise, and silence that is not judged.
  @Test func gradientWithinAStream() throws {
    let task = task(gain: 1, loss: Self.spectral, batchesOfStream: 3, mixtures: Scenes())
    try checkGradient(task, step: 2)
  }

  /// By bands, of a transform longer than the window.
  @Test func gradientOfBands() throws {
    let edges = Array(0..<40) + [44, 50, 59, 70, 90, 129]
    try checkGradient(task(gain: 1, loss: Self.spectral, bandEdges: edges), step: 0)
  }

  private func checkGradient(_ task: DenoisingTask, step: Int) throws {
    let batch = task.makeBatch(step: step)
    var numbers = TestNumbers(seed: 8)
    let bands = task.frontEnd.bands
    let logits = numbers.floats(batch.steps * batch.clips * bands, in: -2...2)
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

  /// Batches of a stream that is resumed in its middle are those of one that was not interrupted,
  /// and the first batch of the next stream is another.
  @Test func resumedStreamsAreTheSame() throws {
    func batches(from first: Int) -> [[Float]] {
      let resumed = task(gain: 1, batchesOfStream: 3, mixtures: Scenes())
      return (first..<6).map { step in
        let batch = resumed.makeBatch(step: step)
        return Array(UnsafeBufferPointer(start: batch.values, count: batch.count))
      }
    }
    let whole = batches(from: 0)
    for first in 1..<5 { #expect(batches(from: first) == Array(whole[first...])) }
    #expect(whole[0] != whole[3] && whole[0] != whole[1])
    let tones = task(gain: 1, batchesOfStream: 3)
    #expect((0..<6).map(tones.continues) == [false, true, true, false, true, true])
  }

  /// Batches of a stream are its pieces: as the frames of the whole.
  @Test func batchesGoOnWithTheFrontEnd() throws {
    let pieces = task(gain: 1, batchesOfStream: 4, mixtures: Scenes())
    let joined = (0..<4).flatMap { step in
      let batch = pieces.makeBatch(step: step)
      return Array(UnsafeBufferPointer(start: batch.values, count: batch.count))
    }
    var random = RandomNumbers(seed: 6, stream: 1)
    let stream = Scenes().stream(samples: joined.count / (2 * 129) * 64 - 192, random: &random)
    let transform = ShortTimeTransform(pieces.frontEnd)
    var analysis = ShortTimeAnalysis(transform)
    var features = SpectralFeatures(transform)
    var (re, im) = ([Float](repeating: 0, count: 144), [Float](repeating: 0, count: 144))
    var row = [Float](repeating: 0, count: 129)
    var work = [Float](repeating: .nan, count: transform.workCount)
    let noisy = stream.noisy + [Float](repeating: 0, count: 192)
    for step in 0..<noisy.count / 64 {
      analysis.push(Array(noisy[step * 64..<(step + 1) * 64]), re: &re, im: &im, work: &work)
      features.push(re: re, im: im, &row, work: &work)
      // The second of two clips.
      #expect(Array(joined[(2 * step + 1) * 129..<(2 * step + 2) * 129]) == row)
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
      let stream = Tones().stream(samples: 832, random: &random)
      mean += scaleInvariantSNR(stream.noisy, reference: stream.clean) / Double(Self.clips)
    }
    #expect(abs(value + mean) < 1e-3)
  }
}
