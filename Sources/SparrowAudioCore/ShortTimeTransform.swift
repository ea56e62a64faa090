package import CSparrow
package import SparrowCore

/// The shared part of one front end's short-time transforms: the Fourier transform, the windows,
/// and the arithmetic of features. A view of tables; any number of signals may use it at once.
///
/// With a window of N samples and a hop of R, analysis and synthesis both use w[n] = sin(π n / N),
/// the square root of the periodic Hann window, whose squares at a hop of R sum to N / 2R. So a
/// spectrum that is not changed gives back its signal, N - R samples later. Where the Fourier
/// transform is longer than the window, zeros follow the frame, and what a mask smears into them is
/// cut off.
package struct ShortTimeTransform: @unchecked Sendable {
  package let frontEnd: UnsafePointer<sparrow_spectral_front_end>
  package let fourier: FourierTransform
  package let kernels: Kernels
  /// The window; then the window scaled so that overlapping inverse transforms add up to the
  /// signal.
  private let windows: UnsafePointer<Float>
  /// The first bin of each band, then the number of bins; nil where bands are bins.
  package let edges: UnsafePointer<Int32>?

  /// Samples in a frame.
  package var window: Int { Int(frontEnd.pointee.window) }
  /// Samples from one frame to the next.
  package var hop: Int { Int(frontEnd.pointee.hop) }
  /// Bins of a spectrum.
  package var bins: Int { Int(frontEnd.pointee.transform_length) / 2 + 1 }
  /// Values of a mask.
  package var bands: Int { Int(frontEnd.pointee.bands) }
  /// Values of all features of a frame.
  package var inputWidth: Int { bands * featureCount }
  /// Features of a frame, each with a value a band.
  package var featureCount: Int { Int(frontEnd.pointee.feature_count) }
  /// Samples per second.
  package var sampleRate: Int { Int(frontEnd.pointee.sample_rate) }
  /// The maximum of a mask.
  package var maskGain: Float { frontEnd.pointee.mask_gain }
  /// Bins, bands and features take this many floats, so that vectors may be read whole.
  package var stride: Int { (bins + 15) / 16 * 16 }
  /// Floats that a signal works in during a hop, and any number of signals one after the other.
  package var workCount: Int { max(fourier.workCount, SpectralFeatures.workCount(self)) }
  /// How far the output of analysis followed by synthesis lags its input, in samples.
  package var lag: Int { window - hop }

  /// - Parameters:
  ///   - frontEnd: a checked record in the image.
  ///   - image: what its offsets count from.
  ///   - owner: keeps the image alive; nil where the caller does.
  package init(
    _ frontEnd: UnsafePointer<sparrow_spectral_front_end>, image: UnsafeRawPointer,
    owner: AnyObject?,
    instructionSet: InstructionSet
  ) {
    func floats(_ offset: UInt32) -> UnsafePointer<Float> {
      (image + Int(offset)).assumingMemoryBound(to: Float.self)
    }
    self.frontEnd = frontEnd
    kernels = Kernels(instructionSet)
    fourier = FourierTransform(
      length: Int(frontEnd.pointee.transform_length),
      twiddles: floats(frontEnd.pointee.twiddles_offset),
      unpack: floats(frontEnd.pointee.unpack_offset), owner: owner, kernels: kernels)
    windows = floats(frontEnd.pointee.windows_offset)
    edges =
      frontEnd.pointee.edges_offset == 0
      ? nil : (image + Int(frontEnd.pointee.edges_offset)).assumingMemoryBound(to: Int32.self)
  }

  /// The transform of a denoiser's plan, which has to outlive it.
  ///
  /// - Throws: ``FrontEndError`` for a plan of another network.
  package init(of plan: Plan) throws(FrontEndError) {
    guard let frontEnd = plan.spectralFrontEnd else {
      throw FrontEndError(expected: .spectral, found: plan.frontEndKind)
    }
    self.init(
      frontEnd, image: plan.image, owner: nil, instructionSet: plan.instructionSet)
  }

  /// Turns what a network gives for a frame, a value a band, into a mask of a value a bin:
  /// ``stride`` values, in place.
  @inline(__always)
  package func mask(_ values: UnsafeMutablePointer<Float>) {
    kernels.spectrumSigmoid(bands, gain: frontEnd.pointee.mask_gain, values)
    guard let edges else { return }
    // From the last on, as no band has a smaller place among the bins than among the bands.
    for band in Swift.stride(from: bands - 1, through: 0, by: -1) {
      let value = values[band]
      for bin in Int(edges[band])..<Int(edges[band + 1]) { values[bin] = value }
    }
  }

  /// Limits a mask of bins, in place: a share of it, nowhere less than the smallest, beside what is
  /// left as it is.
  @inline(__always)
  func limit(_ mask: UnsafeMutablePointer<Float>, smallest: Float, share: Float) {
    guard smallest > 0 || share < 1 else { return }
    let rest = 1 - share
    for i in 0..<bins { mask[i] = rest + share * max(mask[i], smallest) }
  }

  /// Sums of bins' values, band by band, in place: what a gradient by the mask of bins is by that
  /// of bands.
  package func sumBands(_ values: UnsafeMutablePointer<Float>) {
    guard let edges else { return }
    for band in 0..<bands {
      var sum: Float = 0
      for bin in Int(edges[band])..<Int(edges[band + 1]) { sum += values[bin] }
      values[band] = sum
    }
  }

  package var analysisWindow: UnsafePointer<Float> { windows }
  /// Divided by the overlap and by the factor of
  /// ``FourierTransform/inverse(re:im:window:_:work:)``.
  package var synthesisWindow: UnsafePointer<Float> { windows + fourier.length }
}

/// A signal on its way into spectra: takes a hop, gives the spectrum of the last window.
package struct ShortTimeAnalysis: ~Copyable, StateWords {
  private let transform: ShortTimeTransform
  /// The samples of the last window that are in the next.
  private let history: UnsafeMutablePointer<Float>

  package init(_ transform: ShortTimeTransform) {
    self.transform = transform
    history = .allocate(capacity: transform.lag)
    history.initialize(repeating: 0, count: transform.lag)
  }

  deinit { history.deallocate() }

  /// A sample that is sound: silence for what is not a number, and ±16 for what is beyond, so that
  /// no garbage lasts longer than sound does.
  @inline(__always)
  static func guarded(_ sample: Float) -> Float {
    sample == sample ? max(-16, min(16, sample)) : 0
  }

  /// - Parameters:
  ///   - samples: a hop of samples, of which anything but sound is taken as silence.
  ///   - re, im: ``ShortTimeTransform/stride`` floats each; the bins are written.
  ///   - work: ``ShortTimeTransform/workCount`` floats.
  package mutating func push(
    _ samples: UnsafePointer<Float>, re: UnsafeMutablePointer<Float>,
    im: UnsafeMutablePointer<Float>, work: UnsafeMutablePointer<Float>
  ) {
    let (window, lag, hop) = (transform.window, transform.lag, transform.hop)
    let frame = work
    frame.copy(history, count: lag)
    for i in 0..<hop { frame[lag + i] = Self.guarded(samples[i]) }
    for i in window..<transform.fourier.length { frame[i] = 0 }
    history.copy(frame + hop, count: lag)
    transform.fourier.forward(
      frame, window: transform.analysisWindow, re: re, im: im, work: work)
  }

  package mutating func reset() { history.update(repeating: 0, count: transform.lag) }

  package var stateWordCount: Int { transform.lag }

  package func write(to writer: inout StateWriter) {
    writer.write(history, count: transform.lag)
  }

  package mutating func read(from reader: inout StateReader) {
    reader.read(history, count: transform.lag)
  }
}

/// Spectra on their way back into a signal: takes a spectrum, gives the hop that it completes.
package struct ShortTimeSynthesis: ~Copyable, StateWords {
  private let transform: ShortTimeTransform
  /// Sums that later frames still add to.
  private let pending: UnsafeMutablePointer<Float>

  package init(_ transform: ShortTimeTransform) {
    self.transform = transform
    pending = .allocate(capacity: transform.lag)
    pending.initialize(repeating: 0, count: transform.lag)
  }

  deinit { pending.deallocate() }

  /// - Parameters:
  ///   - spectrum: real parts, then imaginary parts, ``ShortTimeTransform/stride`` floats each,
  ///     which are used up.
  ///   - samples: a hop of samples to write.
  ///   - work: ``ShortTimeTransform/workCount`` floats.
  package mutating func push(
    spectrum: UnsafeMutablePointer<Float>, _ samples: UnsafeMutablePointer<Float>,
    work: UnsafeMutablePointer<Float>
  ) {
    let (lag, hop) = (transform.lag, transform.hop)
    let frame = spectrum
    transform.fourier.inverse(
      re: spectrum, im: spectrum + transform.stride, window: transform.synthesisWindow, frame,
      work: work)
    transform.kernels.add(samples: lag, pending, to: frame)
    samples.copy(frame, count: hop)
    pending.copy(frame + hop, count: lag)
  }

  package mutating func reset() { pending.update(repeating: 0, count: transform.lag) }

  package var stateWordCount: Int { transform.lag }

  package func write(to writer: inout StateWriter) {
    writer.write(pending, count: transform.lag)
  }

  package mutating func read(from reader: inout StateReader) {
    reader.read(pending, count: transform.lag)
  }
}
