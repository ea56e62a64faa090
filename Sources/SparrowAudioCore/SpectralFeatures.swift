import CSparrow
import SparrowCore

/// Spectra on their way into a network: takes a spectrum, gives the features of the front end, with
/// whatever they follow over time.
package struct SpectralFeatures: ~Copyable, StateWords {
  private let transform: ShortTimeTransform
  /// A reference for each feature, of the transform's stride.
  private let memory: UnsafeMutablePointer<Float>
  /// Frames that references have followed, as far as counting them makes a difference.
  private var framesFollowed = 0
  /// Silent frames since the last that was not, as far as counting them makes a difference.
  private var silentFrames = 0
  /// Whether anything asks for the mean over bands.
  private let needsMean: Bool

  package init(_ transform: ShortTimeTransform) {
    self.transform = transform
    needsMean =
      transform.frontEnd.pointee.silence > 0 || transform.has(SPARROW_FEATURE_RELATIVE_TO_FRAME)
    let count = transform.stride * transform.featureCount
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0, count: count)
    reset()
  }

  deinit { memory.deallocate() }

  /// Floats that a frame's magnitudes, and real and imaginary parts of its bands, lie in.
  static func workCount(_ transform: ShortTimeTransform) -> Int {
    transform.stride * (transform.edges == nil ? 1 : 3)
  }

  /// - Parameters:
  ///   - re, im: the bins of a spectrum.
  ///   - features: ``ShortTimeTransform/inputWidth`` values to write.
  ///   - work: ``ShortTimeTransform/workCount`` floats.
  package mutating func push(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, _ features: UnsafeMutablePointer<Float>,
    work: UnsafeMutablePointer<Float>
  ) {
    let frontEnd = transform.frontEnd
    let bands = transform.bands
    let magnitude = work
    let (re, im) = gatherBands(re: re, im: im, into: work + transform.stride)
    transform.kernels.spectrumPower(
      bands, re: re, im: im, floor: frontEnd.pointee.floor, power: frontEnd.pointee.power, magnitude
    )
    let frameMean = needsMean ? mean(magnitude) : 0
    let isSilent = frontEnd.pointee.silence > 0 && frameMean <= frontEnd.pointee.silence
    if isSilent {
      silentFrames = min(silentFrames + 1, Self.mostFrames)
    } else {
      let restartFrames = Int(frontEnd.pointee.restart_frames)
      if restartFrames > 0 && silentFrames >= restartFrames { reset() }
      silentFrames = 0
    }
    for index in 0..<transform.featureCount {
      push(
        magnitude, frameMean: frameMean, isSilent: isSilent, feature: frontEnd.feature(index),
        reference: memory + index * transform.stride, features + index * bands)
    }
    if !isSilent { framesFollowed = min(framesFollowed + 1, Self.mostFrames) }
  }

  /// Writes one feature of a frame, and moves its reference.
  private func push(
    _ magnitude: UnsafePointer<Float>, frameMean: Float, isSilent: Bool, feature: sparrow_feature,
    reference: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Float>
  ) {
    let bands = transform.bands
    let begins = framesFollowed == 0 && feature.begins_with_frame == 1
    let (rise, fall) = isSilent ? (0, 0) : feature.shares(after: framesFollowed)
    switch sparrow_feature_kind(feature.kind) {
    case SPARROW_FEATURE_RELATIVE_TO_BIN:
      if begins { reference.copy(magnitude, count: bands) }
      if isSilent {
        for i in 0..<bands { output[i] = reference[i] / (reference[i] + feature.offset) }
      } else {
        transform.kernels.spectrumFollow(
          bands, magnitude, rise: rise, fall: fall, offset: feature.offset, reference: reference,
          output)
      }
    case SPARROW_FEATURE_RELATIVE_TO_LEVEL:
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
    case SPARROW_FEATURE_RELATIVE_TO_FRAME:
      let factor = 1 / (frameMean + feature.offset)
      for i in 0..<bands { output[i] = magnitude[i] * factor }
    default:
      output.copy(magnitude, count: bands)
    }
    for i in 0..<bands { output[i] = output[i] < feature.limit ? output[i] : feature.limit }
  }

  /// Parts whose squares add up to the mean power of each band; bins that are bands keep theirs.
  private func gatherBands(
    re: UnsafePointer<Float>, im: UnsafePointer<Float>, into bandRe: UnsafeMutablePointer<Float>
  ) -> (re: UnsafePointer<Float>, im: UnsafePointer<Float>) {
    guard let edges = transform.edges else { return (re, im) }
    let bandIm = bandRe + transform.stride
    for band in 0..<transform.bands {
      let (first, end) = (Int(edges[band]), Int(edges[band + 1]))
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
    for index in 0..<transform.featureCount {
      (memory + index * transform.stride).update(
        repeating: transform.frontEnd.feature(index).initial, count: transform.stride)
    }
  }

  /// The references of the features: ``ShortTimeTransform/stride`` values a feature.
  package var references: [Float] {
    Array(UnsafeBufferPointer(start: memory, count: referenceCount))
  }

  private var referenceCount: Int { transform.stride * transform.featureCount }

  package var stateWordCount: Int { 2 + referenceCount }

  package func write(to writer: inout StateWriter) {
    writer.write(UInt32(framesFollowed))
    writer.write(UInt32(silentFrames))
    writer.write(memory, count: referenceCount)
  }

  package mutating func read(from reader: inout StateReader) {
    framesFollowed = reader.count(upTo: Self.mostFrames)
    silentFrames = reader.count(upTo: Self.mostFrames)
    reader.read(memory, count: referenceCount)
  }
}

extension ShortTimeTransform {
  /// Whether there is a feature of a kind.
  fileprivate func has(_ kind: sparrow_feature_kind) -> Bool {
    for i in 0..<featureCount where frontEnd.feature(i).kind == kind.rawValue { return true }
    return false
  }
}

extension sparrow_feature {
  /// The shares of the distance that a reference moves by, upwards and downwards, after so many
  /// frames.
  fileprivate func shares(after frames: Int) -> (rise: Float, fall: Float) {
    guard frames < Int(settling_frames) else { return (rise, fall) }
    let share = 1 / Float(frames + 2)
    return (max(rise, share), max(fall, share))
  }
}
