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
    #expect(result.onlyErrorLine?.contains("middle of a sample") == true, "\(result.errors)")
  }

  @Test func onlyBothOrNeither() throws {
    let result = try Command.run(["denoise", "-", "out.wav"])
    #expect(result.status != 0)
    #expect(result.errors.contains("standard output"))
  }
}
