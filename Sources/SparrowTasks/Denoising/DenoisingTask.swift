public import Sparrow
import SparrowAudio
public import SparrowTraining

/// Where training's mixtures come from.
public protocol MixtureSource: Sendable {
  /// `samples` samples of noisy speech and of what it should become; decided by `random` alone.
  func mixture(
    samples: Int, random: inout RandomNumbers
  ) -> (noisy: [Float], clean: [Float])
}

/// Training a mask for the short-time spectrum: batches of mixtures as features, and the loss of the
/// signal that the mask gives, with its gradient carried back through the inverse transform.
public final class DenoisingTask: TrainingTask {
  private let mixtures: any MixtureSource
  private let validation: ValidationSet?
  private let transform: ShortTimeTransform
  private let clips: Int
  private let samples: Int
  private let steps: Int
  private let seed: UInt64
  private let workers: Workers
  public let unitsPerEpoch: Double
  public internal(set) var dataFingerprint: UInt64 = 0

  private let features: BatchMemory
  private let gradient: BatchMemory
  private var batch: [Clip]

  /// One clip of the batch, from mixture to spectra.
  private struct Clip {
    var clean: [Float]
    /// Spectra of the noisy signal: [steps][real parts, imaginary parts], each of the transform's
    /// stride.
    let spectra: BatchMemory
    /// The signal that the mask gives, and then the loss's gradient by it: [steps × hop].
    let signal: BatchMemory
  }

  /// - Parameters:
  ///   - clips: mixtures in a batch. seconds: length of each.
  ///   - unitsPerEpoch: seconds of speech there are.
  public init(
    frontEnd: SpectralFrontEnd, mixtures: any MixtureSource, validation: ValidationSet?,
    clips: Int, seconds: Double, unitsPerEpoch: Double, seed: UInt64, workers: Workers,
    instructionSet: InstructionSet = .best
  ) {
    self.mixtures = mixtures
    self.validation = validation
    self.clips = clips
    self.seed = seed
    self.workers = workers
    self.unitsPerEpoch = unitsPerEpoch
    transform = ShortTimeTransform(frontEnd, instructionSet: instructionSet)
    let hop = frontEnd.hop
    let hops = max(1, Int((seconds * Double(frontEnd.sampleRate) / Double(hop)).rounded()))
    samples = hops * hop
    // The last samples are complete only after the frames that overlap them.
    steps = hops + transform.lag / hop
    features = BatchMemory(steps * clips * frontEnd.inputWidth)
    gradient = BatchMemory(steps * clips * frontEnd.bins)
    batch = []
    for _ in 0..<clips {
      batch.append(
        Clip(
          clean: [], spectra: BatchMemory(steps * 2 * transform.stride),
          signal: BatchMemory(steps * hop)))
    }
  }

  public var unit: String { "audio-seconds" }
  public var unitsPerBatch: Double {
    Double(clips * samples) / Double(transform.frontEnd.sampleRate)
  }

  public func makeBatch(step: Int) -> Activations<Float> {
    let width = transform.frontEnd.inputWidth
    let cleans = workers.map(clips) { index in
      var random = RandomNumbers(seed: seed, stream: UInt64(step * clips + index))
      let mixture = mixtures.mixture(samples: samples, random: &random)
      analyze(mixture.noisy, into: batch[index], row: features.values + index * width)
      return mixture.clean
    }
    for index in 0..<clips { batch[index].clean = cleans[index] }
    return Activations(values: features.values, steps: steps, clips: clips, width: width)
  }

  /// - Parameter row: the clip's features of the first step.
  private func analyze(_ noisy: [Float], into clip: Clip, row: UnsafeMutablePointer<Float>) {
    let hop = transform.hop
    var analysis = ShortTimeAnalysis(transform)
    var extraction = SpectralFeatures(transform)
    let padded = noisy + [Float](repeating: 0, count: transform.lag)
    padded.withUnsafeBufferPointer { padded in
      for step in 0..<steps {
        let re = clip.spectra.values + step * 2 * transform.stride
        let im = re + transform.stride
        analysis.push(padded.baseAddress! + step * hop, re: re, im: im)
        extraction.push(
          re: re, im: im, row + step * clips * transform.frontEnd.inputWidth)
      }
    }
  }

  /// The negative mean SI-SNR of the masked signals, in dB.
  public func loss(
    of output: Activations<Float>
  ) -> (loss: Loss, gradient: Activations<Float>) {
    let bins = transform.bins
    let ratios = workers.map(clips) { index in
      let clip = batch[index]
      let logits = output.values + index * bins
      synthesize(clip, logits: logits)
      let ratio = SignalLoss.negativeSISNR(
        clip.signal.values + transform.lag, clip.clean, scale: 1 / Double(clips))
      // What comes before the lag is not part of the signal.
      clip.signal.values.update(repeating: 0, count: transform.lag)
      differentiate(clip, logits: logits, gradient: gradient.values + index * bins)
      return ratio
    }
    let mean = ratios.reduce(0, +) / Double(clips)
    return (
      Loss(value: -mean, measure: mean, measureUnit: "dB SI-SNR"),
      Activations(values: gradient.values, steps: steps, clips: clips, width: bins)
    )
  }

  /// Masks the clip's spectra and adds up the signal.
  private func synthesize(_ clip: Clip, logits: UnsafePointer<Float>) {
    let stride = transform.stride
    let bins = transform.bins
    var synthesis = ShortTimeSynthesis(transform)
    let work = BatchMemory(3 * stride)
    let (re, im, mask) = (work.values, work.values + stride, work.values + 2 * stride)
    for step in 0..<steps {
      let spectrum = clip.spectra.values + step * 2 * stride
      re.update(from: spectrum, count: 2 * stride)
      mask.update(from: logits + step * clips * bins, count: bins)
      transform.mask(mask)
      transform.kernels.spectrumMask(bins, mask: mask, re: re, im: im)
      synthesis.push(re: re, im: im, clip.signal.values + step * transform.hop)
    }
  }

  /// From the gradient by the signal to that by the network's output. A frame is w ⊙ Σ_k c_k/2 Re(m_k X_k
  /// e^{iθkn}), c being 1 for the first and last bin and 2 for the others, so with G the transform of
  /// w ⊙ gradient, the gradient by the mask m_k is c_k/2 Re(X_k G_k*).
  private func differentiate(
    _ clip: Clip, logits: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    let stride = transform.stride
    let bins = transform.bins
    let window = transform.window
    let hop = transform.hop
    let count = steps * hop
    let work = BatchMemory(3 * stride + window + transform.fourier.workCount)
    let (re, im, mask) = (work.values, work.values + stride, work.values + 2 * stride)
    let frame = work.values + 3 * stride
    let gain = transform.frontEnd.maskGain
    for step in 0..<steps {
      let start = step * hop
      let length = min(window, count - start)
      frame.update(from: clip.signal.values + start, count: length)
      (frame + length).update(repeating: 0, count: window - length)
      transform.fourier.forward(
        frame, window: transform.synthesisWindow, re: re, im: im, work: frame + window)
      let row = step * clips * bins
      mask.update(from: logits + row, count: bins)
      transform.mask(mask)
      let x = clip.spectra.values + step * 2 * stride
      for k in 0..<bins {
        let weight: Float = k == 0 || k == bins - 1 ? 0.5 : 1
        let byMask = weight * (x[k] * re[k] + x[stride + k] * im[k])
        gradient[row + k] = byMask * mask[k] * (1 - mask[k] / gain)
      }
    }
  }

  public func validate(_ network: Network) -> [String: Double] {
    validation?.scores(of: network, workers: workers) ?? [:]
  }
}
