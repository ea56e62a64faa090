import Foundation
import SparrowSoundFiles
import TestSupport
import Testing

/// Raw samples on standard input and output.
@Suite struct PCMTests {
  private func pcm(_ samples: [Float]) -> Data {
    Data(
      samples.flatMap { sample -> [UInt8] in
        let value = UInt16(bitPattern: Int16((sample * 32768).rounded(.toNearestOrEven)))
        return [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
      })
  }

  @Test(arguments: [0, 1, 100, 128, 129, 16_000])
  func asManySamplesComeOut(count: Int) throws {
    let samples = Array(sound(seconds: 1, sampleRate: 16_000).channels[0].prefix(count))
    let result = try Command.run(["denoise", "-", "-"], input: pcm(samples))
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.count == 2 * count)
  }

  @Test func sameAsAFile() throws {
    let folder = try TemporaryFolder()
    let original = sound(seconds: 1.01, sampleRate: 16_000)
    _ = try original.write(to: folder["in.wav"])
    let quantized = try Sound(contentsOf: folder["in.wav"]).channels[0]
    #expect(try Command.run(["denoise", folder["in.wav"], folder["out.wav"]]).status == 0)
    let result = try Command.run(["denoise", "-", "-"], input: pcm(quantized))
    #expect(result.output == pcm(try Sound(contentsOf: folder["out.wav"]).channels[0]))
  }

  @Test func anOddByteIsLeftOut() throws {
    let samples = sound(seconds: 0.1, sampleRate: 16_000).channels[0]
    let result = try Command.run(["denoise", "-", "-"], input: pcm(samples) + Data([7]))
    #expect(result.status == 0)
    #expect(result.output.count == 2 * samples.count)
    #expect(result.onlyErrorLine?.contains("within a sample") == true, "\(result.errors)")
  }

  @Test func otherRatesAndChannels() throws {
    let samples = sound(seconds: 0.5, sampleRate: 48_000, channels: 2)
    let interleaved = zip(samples.channels[0], samples.channels[1]).flatMap { [$0, $1] }
    let result = try Command.run(
      ["denoise", "-", "-", "--rate", "48000", "--channels", "2"], input: pcm(interleaved))
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.count == 2 * interleaved.count)

    let folder = try TemporaryFolder()
    let toFile = try Command.run(
      ["denoise", "-", folder["out.wav"], "--rate", "48000", "--channels", "2"],
      input: pcm(interleaved))
    #expect(toFile.status == 0, "\(toFile.errors)")
    let written = try Sound(contentsOf: folder["out.wav"])
    #expect(written.sampleRate == 48_000 && written.channels.count == 2)
    #expect(
      pcm(zip(written.channels[0], written.channels[1]).flatMap { [$0, $1] }) == result.output)
    let refused = try Command.run(["denoise", folder["out.wav"], "-", "--rate", "8000"])
    #expect(refused.status != 0 && refused.errors.contains("--rate"))
  }

  /// A header on standard input is a header, not a click and the wrong rate.
  @Test func aWAVInAPipe() throws {
    let folder = try TemporaryFolder()
    try sound(seconds: 0.7, sampleRate: 44_100, channels: 2).write(to: folder["in.wav"], as: .pcm24)
    #expect(try Command.run(["denoise", folder["in.wav"], folder["out.wav"]]).status == 0)
    let input = try Data(contentsOf: URL(fileURLWithPath: folder["in.wav"]))
    let result = try Command.run(["denoise", "-", "-"], input: input)
    #expect(result.status == 0, "\(result.errors)")
    let piped = try folder.write(result.output, to: "piped.wav")
    #expect(try Sound(contentsOf: piped) == Sound(contentsOf: folder["out.wav"]))
    #expect(try SoundReader(path: piped).sampleFormat == .pcm24)
    let fromFile = try Command.run(["denoise", folder["in.wav"], "-"])
    #expect(fromFile.output == result.output)

    let contradiction = try Command.run(["denoise", "-", "-", "--rate", "16000"], input: input)
    #expect(contradiction.status != 0 && contradiction.output.isEmpty)
    #expect(contradiction.errors.contains("2 channel(s) at 44100 Hz"), "\(contradiction.errors)")
    let cut = try Command.run(["denoise", "-", "-"], input: input.prefix(100_000))
    #expect(cut.status == 2 && cut.errors.contains("ends early"), "\(cut.errors)")
  }
}
