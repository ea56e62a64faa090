import Foundation
import SparrowTraining
import TestSupport

@testable import SparrowTasks

/// A data root of generated sound files, which goes away with the test.
final class SoundFolder {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  var path: String { folder.path }

  /// Writes a WAV file of 16-bit samples, one channel.
  func add(_ name: String, _ samples: [Float], sampleRate: Int = 16_000) throws {
    var bytes = Data()
    func append<Value: FixedWidthInteger>(_ value: Value) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    let size = UInt32(2 * samples.count)
    bytes.append(contentsOf: "RIFF".utf8)
    append(36 + size)
    bytes.append(contentsOf: "WAVEfmt ".utf8)
    append(UInt32(16))
    append(UInt16(1))
    append(UInt16(1))
    append(UInt32(sampleRate))
    append(UInt32(2 * sampleRate))
    append(UInt16(2))
    append(UInt16(16))
    bytes.append(contentsOf: "data".utf8)
    append(size)
    for sample in samples { append(Int16((sample * 32_767).rounded())) }
    try add(name, bytes: bytes)
  }

  func add(_ name: String, bytes: Data) throws {
    let url = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try bytes.write(to: url)
  }

  /// A manifest of the columns path, split, speaker and licence.
  func addManifest(_ rows: [(path: String, split: String, speaker: String, licence: String)]) throws
  {
    let lines =
      ["path\tsplit\tspeaker\tlicence"]
      + rows.map { "\($0.path)\t\($0.split)\t\($0.speaker)\t\($0.licence)" }
    try add("manifest.tsv", bytes: Data(lines.joined(separator: "\n").utf8))
  }
}

/// Signals to make files of.
enum Signals {
  static func tone(_ frequency: Double, seconds: Double, sampleRate: Int = 16_000) -> [Float] {
    (0..<Int(seconds * Double(sampleRate))).map {
      Float(0.5 * sin(2 * .pi * frequency * Double($0) / Double(sampleRate)))
    }
  }

  static func noise(seconds: Double, seed: UInt64, sampleRate: Int = 16_000) -> [Float] {
    var random = RandomNumbers(seed: seed)
    return (0..<Int(seconds * Double(sampleRate))).map { _ in
      Float(min(max(0.2 * random.normal(), -1), 1))
    }
  }

  static func recording(_ samples: [Float], name: String = "") -> Recording {
    Recording(name: name, samples: samples)!
  }

  /// The largest difference of two signals of one length.
  static func difference(_ a: some Collection<Float>, _ b: some Collection<Float>) -> Float {
    precondition(a.count == b.count)
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  static func power(_ signal: [Float]) -> Double {
    signal.reduce(0) { $0 + Double($1) * Double($1) } / Double(signal.count)
  }

  /// |Σ x[n] e^(-2 pi i f n / rate)|.
  static func magnitude(
    _ signal: [Float], at frequency: Double, sampleRate: Int = 16_000
  ) -> Double {
    var (re, im) = (0.0, 0.0)
    for (n, value) in signal.enumerated() {
      let angle = 2 * .pi * frequency * Double(n) / Double(sampleRate)
      re += Double(value) * cos(angle)
      im -= Double(value) * sin(angle)
    }
    return (re * re + im * im).squareRoot()
  }
}
