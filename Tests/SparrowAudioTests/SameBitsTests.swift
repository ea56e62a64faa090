import Foundation
import SparrowAudio
import SparrowModels
import TestSupport
import Testing

/// A network in fixed point with its front end gives the same samples on every instruction set.
struct SameBitsTests {
  /// Ten seconds of what a microphone hears: noise that changes, tones, clicks, mute, overload.
  private static let sound: [Float] = {
    var numbers = TestNumbers(seed: 12)
    return (0..<160_000).map { i in
      if (40_000..<52_000).contains(i) { return 0 }
      let level: Float = i / 20_000 % 3 == 0 ? 0.3 : 0.01
      let tone = 0.2 * Float(sin(Double(i) * 0.06 * (1 + 0.2 * sin(Double(i) * 2e-4))))
      let click: Float = i % 30_011 == 0 ? 3 : 0
      return level * numbers.float() + (i / 9_000 % 2 == 0 ? tone : 0) + click
    }
  }()

  @Test(arguments: InstructionSet.supported, ["denoiser", "denoiser-full-band"])
  func denoiser(_ set: InstructionSet, _ name: String) throws {
    let network = try #require(EmbeddedModel(named: name)).network
    var reference = try Denoiser(network, instructionSet: .scalar)
    var denoiser = try Denoiser(network, instructionSet: set)
    #expect(denoiser.denoise(Self.sound) == reference.denoise(Self.sound))
  }

  @Test(arguments: InstructionSet.supported) func spotter(_ set: InstructionSet) throws {
    func probabilities(_ set: InstructionSet) throws -> [[Float]] {
      var spotter = try Spotter(EmbeddedModel.keywords.network, instructionSet: set)
      let hop = spotter.hop
      return stride(from: 0, to: Self.sound.count - hop, by: hop).map {
        _ = spotter.process(Self.sound.span.extracting($0..<$0 + hop))
        return spotter.probabilities
      }
    }
    #expect(try probabilities(set) == probabilities(.scalar))
  }

  /// With changes of rate, too.
  @Test(arguments: InstructionSet.supported) func resampled(_ set: InstructionSet) throws {
    func output(_ set: InstructionSet) throws -> [Float] {
      let plan = Plan(EmbeddedModel.fullBandDenoiser.network, instructionSet: set)
      var denoiser = try StreamingDenoiser(plan, sampleRate: 44_100)
      var output = Self.sound
      output.withUnsafeMutableBufferPointer {
        denoiser.process(UnsafePointer($0.baseAddress!), count: $0.count, into: $0.baseAddress!)
      }
      return output
    }
    #expect(try output(set) == output(.scalar))
  }
}
