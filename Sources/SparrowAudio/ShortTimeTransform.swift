package import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the short-time transforms of one front end share: the Fourier transform, the windows, and
/// the arithmetic of features. Immutable; any number of signals may use it at once.
///
/// With a window of N samples and a hop of R, analysis and synthesis both use w[n] = sin(π n / N),
/// the square root of the periodic Hann window, whose squares at a hop of R sum to N / 2R. So a
/// spectrum that is not changed gives back its signal, N - R samples later. Where the Fourier
/// transform is longer than the window, zeros follow the frame, and what a mask smears into them is
/// cut off.
package final class ShortTimeTransform: @unchecked Sendable {
  package let frontEnd: SpectralFrontEnd
  package let fourier: FourierTransform
  package let kernels: Kernels
  /// The window; then the window scaled so that overlapping inverse transforms add up to the
  /// signal.
  private let windows: UnsafeMutablePointer<Float>

  package var window: Int { frontEnd.window }
  package var hop: Int { frontEnd.hop }
  package var bins: Int { frontEnd.bins }
  package var bands: Int { frontEnd.bands }
  /// Bins, bands and features take this many floats, so that vectors may be read whole.
  package var stride: Int { (bins + 15) / 16 * 16 }
  /// How far the output of analysis followed by synthesis lags its input, in samples.
  package var lag: Int { window - hop }

  package init(_ frontEnd: SpectralFrontEnd, instructionSet: InstructionSet = .best) {
    self.frontEnd = frontEnd
    let length = frontEnd.fourierLength
    fourier = FourierTransform(length: length, instructionSet: instructionSet)
    kernels = Kernels(instructionSet)
    let n = frontEnd.window
    windows = .allocate(capacity: 2 * length)
    windows.initialize(repeating: 0, count: 2 * length)
    let overlap = Double(n) / Double(2 * frontEnd.hop)
    for i in 0..<n {
      let value = sin(Double.pi * Double(i) / Double(n))
      windows[i] = Float(value)
      windows[length + i] = Float(value / overlap / Double(length / 2))
    }
  }

  deinit { windows.deallocate() }

  /// Turns what a network gives for a frame, a value a band, into a mask of a value a bin:
  /// ``stride`` values, in place.
  @inline(__always)
  package func mask(_ values: UnsafeMutablePointer<Float>) {
    kernels.sigmoid(stride, values)
    if frontEnd.maskGain != 1 {
      for i in 0..<bands { values[i] *= frontEnd.maskGain }
    }
    if let edges = frontEnd.bandEdges {
      // From the last on, as no band has a smaller place among the bins than among the bands.
      for band in (0..<bands).reversed() {
        let value = values[band]
        for bin in edges[band]..<edges[band + 1] { values[bin] = value }
      }
    }
  }

  /// Sums of bins' values, band by band, in place: what a gradient by the mask of bins is by that
  /// of bands.
  package func sumBands(_ values: UnsafeMutablePointer<Float>) {
    guard let edges = frontEnd.bandEdges else { return }
    for band in 0..<bands {
      var sum: Float = 0
      for bin in edges[band]..<edges[band + 1] { sum += values[bin] }
      values[band] = sum
    }
  }

  package var analysisWindow: UnsafePointer<Float> { UnsafePointer(windows) }
  /// Divided by the overlap and by the factor of
  /// ``FourierTransform/inverse(re:im:window:_:work:)``.
  package var synthesisWindow: UnsafePointer<Float> { UnsafePointer(windows) + fourier.length }
}

/// A signal on its way into spectra: takes a hop, gives the spectrum of the last window.
package struct ShortTimeAnalysis: ~Copyable {
  private let transform: ShortTimeTransform
  /// The last window of samples, zeros up to the transform's length, then room to work in.
  private let history: UnsafeMutablePointer<Float>

  package init(_ transform: ShortTimeTransform) {
    self.transform = transform
    let count = transform.fourier.length + transform.fourier.workCount
    history = .allocate(capacity: count)
    history.initialize(repeating: 0, count: count)
  }

  deinit { history.deallocate() }

  /// - Parameters:
  ///   - samples: a hop of samples.
  ///   - re, im: ``ShortTimeTransform/stride`` floats each; the bins are written.
  package mutating func push(
    _ samples: UnsafePointer<Float>, re: UnsafeMutablePointer<Float>,
    im: UnsafeMutablePointer<Float>
  ) {
    let window = transform.window
    let hop = transform.hop
    let bytes = MemoryLayout<Float>.stride
    UnsafeMutableRawPointer(history)
      .copyMemory(from: history + hop, byteCount: (window - hop) * bytes)
    UnsafeMutableRawPointer(history + window - hop)
      .copyMemory(from: samples, byteCount: hop * bytes)
    transform.fourier.forward(
      history, window: transform.analysisWindow, re: re, im: im,
      work: history + transform.fourier.length)
  }

  package mutating func reset() { history.update(repeating: 0, count: transform.window) }

  /// Samples that the analysis remembers.
  package var state: [Float] {
    get { Array(UnsafeBufferPointer(start: history, count: transform.window)) }
    set { history.update(from: newValue, count: transform.window) }
  }
}

/// Spectra on their way back into a signal: takes a spectrum, gives the hop that it completes.
package struct ShortTimeSynthesis: ~Copyable {
  private let transform: ShortTimeTransform
  /// Sums that later frames still add to; then a frame; then room to work in.
  private let pending: UnsafeMutablePointer<Float>

  package init(_ transform: ShortTimeTransform) {
    self.transform = transform
    let count = transform.window + transform.fourier.length + transform.fourier.workCount
    pending = .allocate(capacity: count)
    pending.initialize(repeating: 0, count: count)
  }

  deinit { pending.deallocate() }

  /// - Parameters:
  ///   - re, im: the bins.
  ///   - samples: a hop of samples to write.
  package mutating func push(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, _ samples: UnsafeMutablePointer<Float>
  ) {
    let window = transform.window
    let hop = transform.hop
    let frame = pending + window
    transform.fourier.inverse(
      re: re, im: im, window: transform.synthesisWindow, frame,
      work: frame + transform.fourier.length)
    transform.kernels.add(window, frame, to: pending)
    let bytes = MemoryLayout<Float>.stride
    UnsafeMutableRawPointer(samples).copyMemory(from: pending, byteCount: hop * bytes)
    UnsafeMutableRawPointer(pending)
      .copyMemory(from: pending + hop, byteCount: (window - hop) * bytes)
    UnsafeMutableRawPointer(pending + window - hop)
      .initializeMemory(as: UInt8.self, repeating: 0, count: hop * bytes)
  }

  package mutating func reset() { pending.update(repeating: 0, count: transform.window) }

  /// Samples that are not complete yet.
  package var state: [Float] {
    get { Array(UnsafeBufferPointer(start: pending, count: transform.window)) }
    set { pending.update(from: newValue, count: transform.window) }
  }
}
