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
  private let followers: [Follower]
  /// The compressed magnitudes; then a reference for each feature; then real and imaginary parts of
  /// bands.
  private let memory: UnsafeMutablePointer<Float>
  /// Frames that references have followed, as far as counting them makes a difference.
  private var framesFollowed = 0
  /// Silent frames since the last that was not, as far as counting them makes a difference.
  private var silentFrames = 0
  /// Silent frames after which references begin anew; nil for never.
  private let restartFrames: Int?
  /// Whether anything asks for the mean over bands.
  private let needsMean: Bool

  /// How a feature's reference moves.
  private struct Follower {
    /// Shares of the distance that it moves by, upwards and downwards.
    let rise: Float
    let fall: Float
    /// Whether the first frame is its own reference.
    let beginsWithFrame: Bool
    /// Frames in which it moves faster.
    let settlingFrames: Int

    init(_ feature: SpectralFrontEnd.Feature, period: Double) {
      func share(_ seconds: Float) -> Float {
        seconds > 0 ? Float(1 - exp(-period / Double(seconds))) : 1
      }
      rise = share(feature.rise)
      fall = share(feature.fall)
      beginsWithFrame = feature.initial == nil
      settlingFrames = Int((Double(feature.settling ?? 0) / period).rounded())
    }

    func shares(after frames: Int) -> (rise: Float, fall: Float) {
      guard frames < settlingFrames else { return (rise, fall) }
      let share = 1 / Float(frames + 2)
      return (max(rise, share), max(fall, share))
    }
  }

  package init(_ transform: ShortTimeTransform) {
    self.transform = transform
    let frontEnd = transform.frontEnd
    let period = Double(frontEnd.hop) / Double(frontEnd.sampleRate)
    restartFrames = frontEnd.restart.map { max(1, Int((Double($0) / period).rounded())) }
    needsMean =
      frontEnd.silence != nil || frontEnd.features.contains { $0.kind == .relativeToFrame }
    followers = frontEnd.features.map { Follower($0, period: period) }
    let count = transform.stride * (3 + frontEnd.features.count)
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0, count: count)
    reset()
  }

  deinit { memory.deallocate() }

  /// - Parameters:
  ///   - re, im: the bins of a spectrum.
  ///   - features: `frontEnd.inputWidth` values to write.
  package mutating func push(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, _ features: UnsafeMutablePointer<Float>
  ) {
    let frontEnd = transform.frontEnd
    let bands = transform.bands
    let stride = transform.stride
    let kernels = transform.kernels
    let magnitude = memory
    let (re, im) = gatherBands(re: re, im: im)
    kernels.spectrumPower(
      bands, re: re, im: im, floor: frontEnd.floor, power: frontEnd.exponent / 2, magnitude)
    let frameMean = needsMean ? mean(magnitude) : 0
    let isSilent = frontEnd.silence.map { frameMean <= $0 } ?? false
    if isSilent {
      silentFrames = min(silentFrames + 1, Self.mostFrames)
    } else {
      if let restartFrames, silentFrames >= restartFrames { reset() }
      silentFrames = 0
    }
    for index in frontEnd.features.indices {
      let feature = frontEnd.features[index]
      let output = features + index * bands
      let reference = memory + (1 + index) * stride
      let begins = framesFollowed == 0 && followers[index].beginsWithFrame
      var (rise, fall) = followers[index].shares(after: framesFollowed)
      if isSilent { (rise, fall) = (0, 0) }
      switch feature.kind {
      case .magnitude:
        output.update(from: magnitude, count: bands)
      case .relativeToBin:
        if begins { reference.update(from: magnitude, count: bands) }
        if isSilent {
          for i in 0..<bands { output[i] = reference[i] / (reference[i] + feature.offset) }
        } else {
          kernels.spectrumFollow(
            bands, magnitude, rise: rise, fall: fall, offset: feature.offset, reference: reference,
            output)
        }
      case .relativeToLevel:
        var level: Float = 0
        for i in 0..<bands { level += magnitude[i] }
        level /= Float(bands)
        if begins { reference[0] = level }
        let distance = level - reference[0]
        reference[0] += distance * (distance > 0 ? rise : fall)
        let factor = 1 / (reference[0] + feature.offset)
        if isSilent {
          output.update(repeating: reference[0] * factor, count: bands)
        } else {
          for i in 0..<bands { output[i] = magnitude[i] * factor }
        }
      case .relativeToFrame:
        let factor = 1 / (frameMean + feature.offset)
        for i in 0..<bands { output[i] = magnitude[i] * factor }
      }
      if let limit = feature.limit {
        for i in 0..<bands { output[i] = output[i] < limit ? output[i] : limit }
      }
    }
    if !isSilent { framesFollowed = min(framesFollowed + 1, Self.mostFrames) }
  }

  /// Parts whose squares add up to the mean power of each band; bins that are bands keep theirs.
  private func gatherBands(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>
  ) -> (re: UnsafePointer<Float>, im: UnsafePointer<Float>) {
    guard let edges = transform.frontEnd.bandEdges else { return (re, im) }
    let bandRe = memory + (1 + transform.frontEnd.features.count) * transform.stride
    let bandIm = bandRe + transform.stride
    for band in 0..<transform.bands {
      let (first, end) = (edges[band], edges[band + 1])
      guard end - first > 1 else {
        (bandRe[band], bandIm[band]) = (re[first], im[first])
        continue
      }
      var sum: Float = 0
      for bin in first..<end { sum += re[bin] * re[bin] + im[bin] * im[bin] }
      (bandRe[band], bandIm[band]) = ((sum / Float(end - first)).squareRoot(), 0)
    }
    return (UnsafePointer(bandRe), UnsafePointer(bandIm))
  }

  /// More than any reference takes to settle or to begin anew.
  private static let mostFrames = 1 << 28

  /// The mean over bands: eight sums side by side, then their sum, the same on every machine.
  private func mean(_ magnitude: UnsafePointer<Float>) -> Float {
    let bands = transform.bands
    var lanes = SIMD8<Float>()
    let whole = bands & ~7
    for i in Swift.stride(from: 0, to: whole, by: 8) {
      lanes += UnsafeRawPointer(magnitude + i).loadUnaligned(as: SIMD8<Float>.self)
    }
    let four = lanes.lowHalf + lanes.highHalf
    var sum = (four[0] + four[2]) + (four[1] + four[3])
    for i in whole..<bands { sum += magnitude[i] }
    return sum / Float(bands)
  }

  package mutating func reset() {
    framesFollowed = 0
    silentFrames = 0
    for (index, feature) in transform.frontEnd.features.enumerated() {
      (memory + (1 + index) * transform.stride).update(
        repeating: feature.initial ?? 0, count: transform.stride)
    }
  }

  /// What the features follow.
  package struct State: Sendable, Hashable {
    package let references: [Float]
    let framesFollowed: Int
    let silentFrames: Int
  }

  package var state: State {
    get {
      let count = transform.stride * transform.frontEnd.features.count
      return State(
        references: Array(UnsafeBufferPointer(start: memory + transform.stride, count: count)),
        framesFollowed: framesFollowed, silentFrames: silentFrames)
    }
    set {
      framesFollowed = newValue.framesFollowed
      silentFrames = newValue.silentFrames
      (memory + transform.stride).update(
        from: newValue.references, count: newValue.references.count)
    }
  }
}
