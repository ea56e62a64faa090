import CSndfile

/// How a written file stores a sample.
///
/// Integer formats map [-1, 1) onto their whole range, so that what was read from a file of the
/// same format is written back bit for bit.
public enum SampleFormat: Sendable, CaseIterable {
  /// 16-bit integers.
  case pcm16
  /// 24-bit integers.
  case pcm24
  /// 32-bit floating point, which does not clip. FLAC has no such format and stores 24-bit
  /// integers.
  case float32

  /// The smallest format here that holds every sample of a file with libsndfile's `format`.
  ///
  /// Lossy encodings have no sample format of their own and give 16 bits; of 32-bit integers, the
  /// 24 bits that a `Float` can hold remain.
  init(storing format: Int32) {
    switch Int(format) & SF_FORMAT_SUBMASK {
    case SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE: self = .float32
    case SF_FORMAT_PCM_24, SF_FORMAT_PCM_32: self = .pcm24
    default: self = .pcm16
    }
  }

  var byteCount: Int {
    switch self {
    case .pcm16: 2
    case .pcm24: 3
    case .float32: 4
    }
  }

  /// The integer that stands for a finite sample in an integer format, clipped to its range.
  @inline(__always)
  func integer(_ sample: Float) -> Int32 {
    let scale = Float(Int32(1) << (byteCount * 8 - 1))
    let clipped = min(max(sample * scale, -scale), scale - 1)
    // The sum is rounded to the nearest integer, ties to the even one, which its last bits hold.
    // `rounded()` is a call for each sample where processors may lack the instruction.
    return Int32(truncatingIfNeeded: (Double(clipped) + 0x1.8p52).bitPattern)
  }
}

extension [Float] {
  /// The index of the first NaN or infinity.
  func firstNonFinite(amongFirst count: Int) -> Int? {
    withUnsafeBufferPointer { samples in
      // Bits, not floats: the compiler vectorises this reduction.
      var found = false
      for index in 0..<count { found = found || !samples[index].isFinite }
      guard found else { return nil }
      return samples[..<count].firstIndex { !$0.isFinite }
    }
  }
}
