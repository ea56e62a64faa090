/// The layout of raw samples: little-endian, with interleaved channels.
public struct PCMLayout: Equatable, Sendable {
  /// The encoding of a sample.
  public enum Encoding: Sendable {
    /// 8-bit unsigned integers.
    case unsigned8
    /// 16-bit signed integers.
    case signed16
    /// 24-bit signed integers.
    case signed24
    /// 32-bit signed integers.
    case signed32
    /// Single precision, full scale ±1.
    case float32
    /// Double precision, full scale ±1.
    case float64

    var byteCount: Int {
      switch self {
      case .unsigned8: 1
      case .signed16: 2
      case .signed24: 3
      case .signed32, .float32: 4
      case .float64: 8
      }
    }
  }

  /// The encoding of a sample.
  public var encoding: Encoding
  /// The sample rate in hertz, at least 1.
  public var sampleRate: Int
  /// The number of channels, from 1 to 1024.
  public var channelCount: Int

  /// A layout.
  public init(encoding: Encoding = .signed16, sampleRate: Int, channelCount: Int = 1) {
    precondition(sampleRate > 0 && (1...1024).contains(channelCount))
    self.encoding = encoding
    self.sampleRate = sampleRate
    self.channelCount = channelCount
  }

  var frameBytes: Int { encoding.byteCount * channelCount }

  /// The format for a copy without loss.
  var sampleFormat: SampleFormat {
    switch encoding {
    case .unsigned8, .signed16: .pcm16
    case .signed24, .signed32: .pcm24
    case .float32, .float64: .float32
    }
  }

  /// Turns `count` samples into floats; integers' full scale is [-1, 1).
  func decode(_ bytes: UnsafeRawPointer, count: Int, into samples: UnsafeMutablePointer<Float>) {
    func byte(_ offset: Int) -> UInt32 {
      UInt32(bytes.load(fromByteOffset: offset, as: UInt8.self))
    }
    func word(_ offset: Int) -> UInt32 {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    for i in 0..<count {
      switch encoding {
      case .unsigned8: samples[i] = Float(Int32(byte(i)) - 128) / 0x1p7
      case .signed16:
        let value = UInt16(
          littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))
        samples[i] = Float(Int16(bitPattern: value)) / 0x1p15
      case .signed24:
        let value = byte(3 * i) << 8 | byte(3 * i + 1) << 16 | byte(3 * i + 2) << 24
        samples[i] = Float(Int32(bitPattern: value)) / 0x1p31
      case .signed32: samples[i] = Float(Int32(bitPattern: word(4 * i))) / 0x1p31
      case .float32: samples[i] = Float(bitPattern: word(4 * i))
      case .float64:
        let value = UInt64(word(8 * i)) | UInt64(word(8 * i + 4)) << 32
        samples[i] = Float(Double(bitPattern: value))
      }
    }
  }
}
