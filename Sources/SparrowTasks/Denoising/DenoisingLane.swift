import SparrowAudio

/// One stream on its way through training, piece by piece: features of its noisy signal, and the
/// loss of what masks make of it.
final class DenoisingLane: @unchecked Sendable {
  private let transform: ShortTimeTransform
  private let steps: Int
  private let loss: DenoisingLossOptions
  private let spectrumLoss: SpectrumLoss
  private var stream = MixtureStream(noisy: [], clean: [], scenes: [])
  /// Samples that have been taken.
  private var position = 0
  private var analysis: ShortTimeAnalysis
  private var cleanAnalysis: ShortTimeAnalysis
  private var extraction: SpectralFeatures
  /// Spectra of the noisy signal, and of the clean one: [steps][real parts, imaginary parts], each
  /// of the transform's stride.
  private let spectra: BatchMemory
  private let targets: BatchMemory
  /// The signal that the masks give, and then the loss's gradient by it: [steps × hop].
  private let signal: BatchMemory
  private let hops: BatchMemory
  private let work: BatchMemory
  /// The judged part of the piece.
  private var pieces: [Piece] = []

  /// A part of a scene in the current piece.
  private struct Piece {
    /// In `signal`.
    var samples: Range<Int>
    /// In the stream.
    var source: Range<Int>
    var hasSpeech: Bool
    var weight: Double
  }

  /// Sums over what is judged.
  struct Result {
    /// Weighted by seconds, and by what silence counts.
    var loss = 0.0
    /// SI-SNR in dB times seconds of speech, and those seconds.
    var ratio = 0.0
    var speech = 0.0

    static func += (sum: inout Result, other: Result) {
      sum.loss += other.loss
      sum.ratio += other.ratio
      sum.speech += other.speech
    }
  }

  init(_ transform: ShortTimeTransform, steps: Int, loss: DenoisingLossOptions) {
    self.transform = transform
    self.steps = steps
    self.loss = loss
    spectrumLoss = SpectrumLoss(transform, options: loss)
    analysis = ShortTimeAnalysis(transform)
    cleanAnalysis = ShortTimeAnalysis(transform)
    extraction = SpectralFeatures(transform)
    spectra = BatchMemory(steps * 2 * transform.stride)
    targets = BatchMemory(steps * 2 * transform.stride)
    signal = BatchMemory(steps * transform.hop)
    hops = BatchMemory(2 * transform.hop)
    work = BatchMemory(
      4 * transform.stride + transform.fourier.length + transform.workCount)
  }

  func begin(_ stream: MixtureStream) {
    self.stream = stream
    position = 0
    analysis.reset()
    cleanAnalysis.reset()
    extraction.reset()
  }

  /// Takes the next piece of the stream.
  ///
  /// - Parameters:
  ///   - features: of the first step. stride: from step to step.
  func advance(features: UnsafeMutablePointer<Float>, stride: Int) {
    let hop = transform.hop
    for step in 0..<steps {
      let start = position + step * hop
      for i in 0..<hop {
        let isInside = start + i < stream.noisy.count
        hops.values[i] = isInside ? stream.noisy[start + i] : 0
        hops.values[hop + i] = isInside ? stream.clean[start + i] : 0
      }
      let re = spectra.values + step * 2 * transform.stride
      analysis.push(hops.values, re: re, im: re + transform.stride, work: work.values)
      extraction.push(
        re: re, im: re + transform.stride, features + step * stride, work: work.values)
      if loss.spectrum > 0 {
        let target = targets.values + step * 2 * transform.stride
        cleanAnalysis.push(
          hops.values + hop, re: target, im: target + transform.stride, work: work.values)
      }
    }
    findPieces()
    position += steps * hop
  }

  /// Of everything that is judged in the piece.
  var weight: Double { pieces.reduce(0) { $0 + $1.weight } }

  /// Output sample `lag + i` of a piece is sample `position + i` of the stream; those before are
  /// completed by frames of the last piece, and are not judged.
  private func findPieces() {
    let lag = transform.lag
    let judged = position..<min(position + steps * transform.hop - lag, stream.noisy.count)
    let shortest = transform.window
    pieces = stream.scenes.compactMap { scene in
      let source = scene.clamped(to: judged)
      guard source.count >= min(shortest, scene.count), source.count > 0 else { return nil }
      let (noisy, clean) = energies(source)
      guard noisy > 1e-9 else { return nil }
      let hasSpeech = clean > 1e-4 * noisy
      let seconds = Double(source.count) / Double(transform.sampleRate)
      let start = lag + source.lowerBound - position
      return Piece(
        samples: start..<start + source.count, source: source, hasSpeech: hasSpeech,
        weight: hasSpeech ? seconds : seconds * loss.silence)
    }
  }

  private func energies(_ range: Range<Int>) -> (noisy: Double, clean: Double) {
    stream.noisy.withUnsafeBufferPointer { noisy in
      stream.clean.withUnsafeBufferPointer { clean in
        let count = Double(range.count)
        return (
          count * Levels.meanSquare(UnsafeBufferPointer(rebasing: noisy[range])),
          count * Levels.meanSquare(UnsafeBufferPointer(rebasing: clean[range]))
        )
      }
    }
  }

  /// The loss of the masks that logits give, and its gradient by them.
  ///
  /// - Parameters:
  ///   - logits, gradient: of the first step. stride: from step to step.
  ///   - scale: of the gradient.
  func differentiate(
    logits: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, stride: Int, scale: Double
  ) -> Result {
    synthesize(logits: logits, stride: stride)
    var result = Result()
    let count = steps * transform.hop
    var end = 0
    for piece in pieces {
      (signal.values + end).update(repeating: 0, count: piece.samples.lowerBound - end)
      end = piece.samples.upperBound
      let weight = piece.weight * loss.signal
      let values = signal.values + piece.samples.lowerBound
      if piece.hasSpeech {
        let ratio = stream.clean.withUnsafeBufferPointer {
          SignalLoss.negativeSISNR(
            values, UnsafeBufferPointer(rebasing: $0[piece.source]), scale: weight * scale,
            ceiling: loss.ceiling)
        }
        result.loss -= weight * ratio
        result.ratio += piece.weight * ratio
        result.speech += piece.weight
      } else {
        let level = stream.noisy.withUnsafeBufferPointer {
          SignalLoss.level(
            values, noisy: UnsafeBufferPointer(rebasing: $0[piece.source]), scale: weight * scale)
        }
        result.loss += weight * level
      }
    }
    (signal.values + end).update(repeating: 0, count: count - end)
    differentiateSignal(logits: logits, gradient: gradient, stride: stride)
    if loss.spectrum > 0 {
      result.loss += addSpectrumLoss(
        logits: logits, gradient: gradient, stride: stride, scale: scale)
    }
    return result
  }

  /// Masks the spectra and adds up the signal.
  private func synthesize(logits: UnsafePointer<Float>, stride: Int) {
    let parts = transform.stride
    let bins = transform.bins
    var synthesis = ShortTimeSynthesis(transform)
    let (re, im, mask) = (work.values, work.values + parts, work.values + 2 * parts)
    for step in 0..<steps {
      re.update(from: spectra.values + step * 2 * parts, count: 2 * parts)
      mask.update(from: logits + step * stride, count: transform.bands)
      transform.mask(mask)
      transform.kernels.spectrumMask(bins, mask: mask, re: re, im: im)
      synthesis.push(
        spectrum: re, signal.values + step * transform.hop, work: work.values + 3 * parts)
    }
  }

  /// From the gradient by the signal to that by the logits. A frame is w ⊙ Σ_k c_k/2 Re(m_k X_k
  /// e^{iθkn}), c being 1 for the first and last bin and 2 for the others, so with G the transform
  /// of w ⊙ gradient, the gradient by the mask m_k is c_k/2 Re(X_k G_k*).
  private func differentiateSignal(
    logits: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, stride: Int
  ) {
    let parts = transform.stride
    let bins = transform.bins
    let window = transform.window
    let hop = transform.hop
    let count = steps * hop
    let (re, im, mask) = (work.values, work.values + parts, work.values + 2 * parts)
    let byBin = work.values + 3 * parts
    let frame = byBin + parts
    let length = transform.fourier.length
    let inverseGain = 1 / transform.maskGain
    for step in 0..<steps {
      let start = step * hop
      let samples = min(window, count - start)
      frame.update(from: signal.values + start, count: samples)
      (frame + samples).update(repeating: 0, count: length - samples)
      transform.fourier.forward(
        frame, window: transform.synthesisWindow, re: re, im: im, work: frame + length)
      let row = step * stride
      mask.update(from: logits + row, count: transform.bands)
      transform.mask(mask)
      let x = spectra.values + step * 2 * parts
      for k in 0..<bins {
        let byMask = x[k] * re[k] + x[parts + k] * im[k]
        byBin[k] = byMask * mask[k] * (1 - mask[k] * inverseGain)
      }
      for k in [0, bins - 1] { byBin[k] *= 0.5 }
      transform.sumBands(byBin)
      (gradient + row).update(from: byBin, count: transform.bands)
    }
  }

  /// Adds to the gradient; returns the loss.
  private func addSpectrumLoss(
    logits: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, stride: Int, scale: Double
  ) -> Double {
    let parts = transform.stride
    let hop = transform.hop
    let (mask, byBin) = (work.values, work.values + parts)
    var sum = 0.0
    for piece in pieces where piece.hasSpeech {
      // Frames whose middle is in the piece; frame n adds to `signal` from hop n on.
      func frame(from sample: Int) -> Int {
        min(steps, max(0, sample - transform.window / 2 + hop - 1) / hop)
      }
      let frames = frame(from: piece.samples.lowerBound)..<frame(from: piece.samples.upperBound)
      var energy = 0.0
      for step in frames { energy += spectrumLoss.energy(targets.values + step * 2 * parts) }
      guard energy > 0 else { continue }
      let weight = piece.weight * loss.spectrum / energy
      for step in frames {
        let row = step * stride
        mask.update(from: logits + row, count: transform.bands)
        transform.mask(mask)
        sum +=
          weight
          * spectrumLoss.add(
            spectrum: spectra.values + step * 2 * parts,
            target: targets.values + step * 2 * parts, mask: mask, scale: weight * scale,
            gradient: byBin)
        transform.sumBands(byBin)
        for band in 0..<transform.bands { gradient[row + band] += byBin[band] }
      }
    }
    return sum
  }
}
