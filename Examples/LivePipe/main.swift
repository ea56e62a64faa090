// Denoises raw sound as it comes: 16-bit little-endian samples of one channel, 48 kHz by default.
//
//   arecord -q -t raw -f S16_LE -r 48000 | LivePipe 48000 | aplay -q -t raw -f S16_LE -r 48000

import Foundation
import SparrowAudio
import SparrowModels

let rate = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 48_000
var denoiser = try StreamingDenoiser(
  Plan(EmbeddedModel.denoiser(sampleRate: rate).network), sampleRate: rate,
  options: DenoisingOptions(attenuationLimit: 30))

// The output lags the input by `latency` samples.
FileHandle.standardError.write(Data("latency: \(denoiser.latency) samples\n".utf8))
let bytesPerBlock = 2 * rate / 100
while let bytes = try FileHandle.standardInput.read(upToCount: bytesPerBlock), bytes.count > 1 {
  var samples = stride(from: 0, to: bytes.count - 1, by: 2).map {
    Float(Int16(bitPattern: UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8)) / 32_768
  }
  samples.withUnsafeMutableBufferPointer {
    denoiser.process(UnsafePointer($0.baseAddress!), count: $0.count, into: $0.baseAddress!)
  }
  let output = samples.flatMap { sample in
    let integer = Int16(max(-32_768, min(32_767, (sample * 32_768).rounded())))
    return [UInt8(truncatingIfNeeded: integer), UInt8(truncatingIfNeeded: integer >> 8)]
  }
  try FileHandle.standardOutput.write(contentsOf: Data(output))
}
