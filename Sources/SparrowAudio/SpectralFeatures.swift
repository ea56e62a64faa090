import Sparrow

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Spectra on their way into a network: takes a spectrum, gives the features of the front end, with
/// whatever they follow over time.
package struct SpectralFeatures: ~Copyable {
  private let transform: ShortTimeTransform
  private let coefficients: [(rise: Float, fall: Float)]
  /// The compressed magnitudes; then a reference for each feature.
  private let memory: UnsafeMutablePointer<Float>
  private var hasBegun = false

  package init(_ transform: ShortTimeTransform) {
    self.transform = transform
    let frontEnd = transform.frontEnd
    let period = Double(frontEnd.hop) / Double(frontEnd.sampleRate)
    func share(_ seconds: Float) -> Float {
      seconds > 0 ? Float(1 - exp(-period / Double(seconds))) : 1
    }
    coefficients = frontEnd.features.map { (share($0.rise), share($0.fall)) }
    let count = transform.stride * (1 + frontEnd.features.count)
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0, count: count)
  }

  deinit { memory.deallocate() }

  /// - Parameters:
  ///   - re, im: the bins of a spectrum.
  ///   - features: `frontEnd.inputWidth` values to write.
  package mutating func push(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, _ features: UnsafeMutablePointer<Float>
  ) {
    let frontEnd = transform.frontEnd
    let bins = transform.bins
    let stride = transform.stride
    let kernels = transform.kernels
    let magnitude = memory
    kernels.spectrumPower(
      bins, re: re, im: im, floor: frontEnd.floor, power: frontEnd.exponent / 2, magnitude)
    for index in frontEnd.features.indices {
      let feature = frontEnd.features[index]
      let output = features + index * bins
      let reference = memory + (1 + index) * stride
      let (rise, fall) = coefficients[index]
      switch feature.kind {
      case .magnitude:
        output.update(from: magnitude, count: bins)
      case .relativeToBin:
        // The first frame is its own reference.
        if !hasBegun { reference.update(from: magnitude, count: bins) }
        kernels.spectrumFollow(
          bins, magnitude, rise: rise, fall: fall, offset: feature.offset, reference: reference,
          output)
      case .relativeToLevel:
        var level: Float = 0
        for i in 0..<bins { level += magnitude[i] }
        level /= Float(bins)
        if !hasBegun { reference[0] = level }
        let distance = level - reference[0]
        reference[0] += distance * (distance > 0 ? rise : fall)
        let factor = 1 / (reference[0] + feature.offset)
        for i in 0..<bins { output[i] = magnitude[i] * factor }
      }
    }
    hasBegun = true
  }

  package mutating func reset() {
    hasBegun = false
    let count = transform.stride * transform.frontEnd.features.count
    (memory + transform.stride).update(repeating: 0, count: count)
  }

  /// The references, and whether a frame has been seen.
  package var state: (hasBegun: Bool, references: [Float]) {
    get {
      let count = transform.stride * transform.frontEnd.features.count
      return (
        hasBegun, Array(UnsafeBufferPointer(start: memory + transform.stride, count: count))
      )
    }
    set {
      hasBegun = newValue.hasBegun
      (memory + transform.stride).update(
        from: newValue.references, count: newValue.references.count)
    }
  }
}
