import CSndfile
import Foundation
import SparrowSoundFiles
import TestSupport

func bytes(of path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(filePath: path)))
}

func sine(_ frequency: Double, rate: Int, count: Int, amplitude: Double = 0.5) -> [Float] {
  (0..<count).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate))) }
}

/// Noise in [-1, 1), the same on every run.
func noise(count: Int, seed: UInt64 = 1) -> [Float] {
  var generator = TestNumbers(seed: seed)
  return (0..<count).map { _ in Float.random(in: -1..<1, using: &generator) }
}

/// Signal over the power of what `other` has besides it, in dB.
func signalToNoise(_ signal: ArraySlice<Float>, _ other: ArraySlice<Float>) -> Double {
  var power = 0.0
  var error = 0.0
  for (a, b) in zip(signal, other) {
    power += Double(a) * Double(a)
    error += (Double(a) - Double(b)) * (Double(a) - Double(b))
  }
  return 10 * log10(power / error)
}

/// A WAV file of 32-bit floats whose header says what it is told to.
func floatWAV(
  _ samples: [Float], rate: UInt32 = 16_000, channels: UInt16 = 1,
  riffSize: UInt32? = nil, dataSize: UInt32? = nil
) -> [UInt8] {
  func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
  }
  let size = UInt32(samples.count * 4)
  var file = [UInt8]("RIFF".utf8) + little(riffSize ?? (36 + size)) + [UInt8]("WAVEfmt ".utf8)
  file += little(UInt32(16)) + little(UInt16(3)) + little(channels) + little(rate)
  file += little(rate * 4 * UInt32(channels)) + little(4 * channels) + little(UInt16(32))
  file += [UInt8]("data".utf8) + little(dataSize ?? size)
  return file + samples.flatMap { little($0.bitPattern) }
}

/// Writes mono sound with any of libsndfile's encoders; false where this build has no such encoder.
func encode(_ samples: [Float], rate: Int, format: Int, to path: String) -> Bool {
  var info = SF_INFO()
  info.samplerate = Int32(rate)
  info.channels = 1
  info.format = Int32(format)
  guard let handle = sf_open(path, Int32(SFM_WRITE), &info) else { return false }
  let written = sf_writef_float(handle, samples, sf_count_t(samples.count))
  return sf_close(handle) == 0 && written == samples.count
}

/// Reads everything in blocks of `block` frames, asserting nothing.
func readAll(_ path: String, block: Int) throws -> [[Float]] {
  var reader = try SoundReader(path: path)
  var all = [[Float]](repeating: [], count: reader.channelCount)
  var part: [[Float]] = []
  while try reader.read(upTo: block, into: &part) > 0 {
    for channel in all.indices { all[channel] += part[channel] }
  }
  return all
}
