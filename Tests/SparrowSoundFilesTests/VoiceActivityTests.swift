import Foundation
import Sparrow
import SparrowAudio
import SparrowModels
import TestSupport
import Testing

@testable import SparrowSoundFiles

@Suite struct VoiceActivityTests {
  private static let interval = 0.008

  private func activity(_ frames: [Float]) -> VoiceActivity {
    VoiceActivity(
      channels: [frames], first: 0, interval: Self.interval,
      duration: Double(frames.count) * Self.interval)
  }

  @Test func segmentsHaveShortPausesAndALeastLength() {
    func frames(_ runs: (Float, Int)...) -> [Float] {
      runs.flatMap { [Float](repeating: $0.0, count: $0.1) }
    }
    // 0.4 s, a pause of 0.2, 0.4 s: one segment. A pause of 0.8 s ends it, and a click is none.
    let found = activity(
      frames((0, 50), (0.9, 50), (0, 25), (0.9, 50), (0, 100), (0.2, 3), (0, 100), (0.9, 40)))
    #expect(found.segments.count == 2)
    #expect(abs(found.segments[0].begin - 0.4) < 0.02)
    #expect(abs(found.segments[0].end - 1.4) < 0.1)
    #expect(abs(found.segments[1].begin - 378 * Self.interval) < 0.02)
    #expect(activity(frames((0, 500))).segments.isEmpty)
    #expect(activity([]).segments.isEmpty)
  }

  /// The recording of the demonstration, whose clean version says where there is speech.
  @Test func agreesWithTheCleanSound() throws {
    let demo = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Demo").path
    let folder = try TemporaryFolder()
    var denoiser = try FileDenoiser(Plan(EmbeddedModel.denoiser.network))
    let without = try denoiser.denoise("\(demo)/noisy.flac", to: folder["plain.wav"])
    #expect(without.voiceActivity == nil)
    denoiser.measuresVoiceActivity = true
    let report = try denoiser.denoise("\(demo)/noisy.flac", to: folder["clean.wav"])
    let found = try #require(report.voiceActivity)
    #expect(found.values.count == report.frames)
    #expect(found.values.allSatisfy { (0...1).contains($0) })

    let clean = try Sound(contentsOf: "\(demo)/clean.flac").resampled(to: 16_000).channels[0]
    let powers = found.values.indices.map { frame -> Double in
      let centre = Int((found.firstSeconds + Double(frame) * found.intervalSeconds) * 16_000)
      let range = max(0, centre - 256)..<min(clean.count, max(0, centre + 256))
      return range.isEmpty ? 0 : range.reduce(1e-9) { $0 + Double(clean[$1] * clean[$1]) }
    }
    let loudest = try #require(powers.max())
    let agreeing = zip(powers, found.values).count { power, value in
      (power > loudest * pow(10, -3.5)) == (value > VoiceActivity.threshold)
    }
    #expect(Double(agreeing) / Double(powers.count) > 0.8, "\(agreeing) of \(powers.count)")
  }
}
