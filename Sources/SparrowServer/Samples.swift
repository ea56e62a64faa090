import NIOCore

/// Samples as 16-bit little-endian integers, as in `sparrow denoise - -`.
enum Samples {
  /// Reads samples of a hop.
  ///
  /// - Parameter samples: filled with zeros from where the bytes end.
  static func read(
    _ buffer: inout ByteBuffer, into samples: UnsafeMutableBufferPointer<Float>
  ) {
    let count = min(buffer.readableBytes / 2, samples.count)
    buffer.withUnsafeReadableBytes { bytes in
      for i in 0..<count {
        let bits = bytes.loadUnaligned(fromByteOffset: 2 * i, as: Int16.self)
        samples[i] = Float(Int16(littleEndian: bits)) * 0x1p-15
      }
    }
    samples[count...].update(repeating: 0)
    buffer.moveReaderIndex(forwardBy: 2 * count)
  }

  static func write(
    _ samples: UnsafeMutableBufferPointer<Float>.SubSequence, to buffer: inout ByteBuffer
  ) {
    let samples = UnsafeMutableBufferPointer(rebasing: samples)
    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 2 * samples.count) { bytes in
      for (i, sample) in samples.enumerated() {
        let value = min(max(sample * 0x1p15, -0x1p15), 0x1p15 - 1).rounded(.toNearestOrEven)
        // NaN, after a state that makes no sense, is silence.
        let bits = value == value ? Int16(value) : 0
        bytes.storeBytes(of: bits.littleEndian, toByteOffset: 2 * i, as: Int16.self)
      }
      return 2 * samples.count
    }
  }
}
