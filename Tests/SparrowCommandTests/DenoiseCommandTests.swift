import Foundation
import SparrowSoundFiles
import TestSupport
import Testing

@Suite struct DenoiseCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    (16_000, 1, "wav"), (44_100, 2, "flac"), (8_000, 1, "flac"), (48_000, 3, "wav"),
    (22_050, 1, "wav"), (96_000, 1, "flac"),
  ])
  func keepsRateChannelsAndLength(rate: Int, channels: Int, ending: String) throws {
    let input = folder["in.\(ending)"]
    let output = folder["out.\(ending)"]
    let original = sound(seconds: 0.7131, sampleRate: rate, channels: channels)
    _ = try original.write(to: input)
    let result = try Command.run(["denoise", input, output, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let denoised = try Sound(contentsOf: output)
    #expect(denoised.sampleRate == rate)
    #expect(denoised.channels.count == channels)
    #expect(denoised.frameCount == original.frameCount)
    let report = try result.json()
    #expect(report["channels"] as? Int == channels)
    #expect(abs((report["seconds"] as? Double ?? 0) - original.duration) < 1e-6)
    for key in [
      "real_time_factor", "step_us_median", "step_us_p99", "effective_macs_per_frame",
      "algorithmic_latency_ms", "elapsed_seconds",
    ] {
      #expect(report[key] as? Double ?? 0 > 0, "\(key)")
    }
  }

  /// The network is that of the sound's rate, unless one is named.
  @Test func theRateChoosesTheNetwork() throws {
    var numbers = TestNumbers(seed: 3)
    for (rate, latency) in [(8000, 32.0), (16_000, 32.0), (22_050, 20.0), (48_000, 20.0)] {
      let noise = (0..<rate).map { _ in 0.1 * numbers.float() }
      _ = try Sound(sampleRate: rate, channels: [noise]).write(to: folder["\(rate).wav"])
      let arguments = ["denoise", folder["\(rate).wav"], folder["clean.wav"], "--json"]
      let chosen = try Command.run(arguments)
      #expect(try chosen.json()["algorithmic_latency_ms"] as? Double == latency, "\(rate) Hz")
      let clean = try Data(contentsOf: URL(fileURLWithPath: folder["clean.wav"]))
      let named = rate > 16_000 ? "denoiser-full-band" : "denoiser"
      #expect(try Command.run(arguments + ["--model", named]).status == 0)
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder["clean.wav"])) == clean)
    }
    let all = try Command.run(["denoise", folder.path, folder["all"], "--json"])
    let files = try #require(all.json()["files"] as? [[String: Any]])
    #expect(Set(files.compactMap { $0["algorithmic_latency_ms"] as? Double }) == [20, 32])
  }

  @Test(arguments: [0, 1, 2, 127, 128, 129, 511, 512, 513])
  func keepsAnyLength(frames: Int) throws {
    let input = folder["in.wav"]
    var short = sound(seconds: 0.1, sampleRate: 16_000)
    short.channels[0] = Array(short.channels[0].prefix(frames))
    _ = try short.write(to: input)
    let result = try Command.run(["denoise", input, folder["out.wav"]])
    if frames == 0 {
      #expect(result.status == 0 || result.onlyErrorLine != nil)
      return
    }
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Sound(contentsOf: folder["out.wav"]).frameCount == frames)
  }

  @Test func reportHasALineForEachFigure() throws {
    _ = try sound(seconds: 0.2, sampleRate: 16_000).write(to: folder["in.wav"])
    let output = folder["o\nut.wav"]
    let result = try Command.run(["denoise", folder["in.wav"], output])
    let lines = result.text.split(separator: "\n")
    #expect(lines.count == 4, "\(result.text)")
    #expect(lines.first == "\(folder.path)/o\\nut.wav")
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("  ") && !$0.contains("\\n") })
  }

  @Test func comparesWithAReference() throws {
    let clean = sound(seconds: 1, sampleRate: 16_000)
    _ = try clean.write(to: folder["clean.wav"])
    let result = try Command.run([
      "denoise", folder["clean.wav"], folder["out.wav"], "--reference", folder["clean.wav"],
      "--json",
    ])
    let report = try result.json()
    #expect(report["si_snr_in_db"] as? Double ?? 0 > 60)
    #expect(report["si_snr_out_db"] is Double)

    _ = try sound(seconds: 2, sampleRate: 16_000).write(to: folder["long.wav"])
    let longer = try Command.run([
      "denoise", folder["clean.wav"], folder["out2.wav"], "--reference", folder["long.wav"],
    ])
    #expect(longer.status != 0)
    #expect(longer.onlyErrorLine?.contains("longer") == true, "\(longer.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder["out2.wav"]))
  }

  @Test func silenceStaysSilent() throws {
    let silence = Sound(sampleRate: 16_000, channels: [[Float](repeating: 0, count: 16_000)])
    _ = try silence.write(to: folder["in.wav"])
    let result = try Command.run(["denoise", folder["in.wav"], folder["out.wav"]])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Sound(contentsOf: folder["out.wav"]).channels == silence.channels)
  }

  @Test func instructionSetsAgree() throws {
    _ = try sound(seconds: 1, sampleRate: 16_000).write(to: folder["in.wav"])
    var signals: [[Float]] = []
    for name in ["scalar", "avx2", "avx512", "neon"] {
      let result = try Command.run(
        ["denoise", folder["in.wav"], folder["out.wav"]], environment: ["SPARROW_ISA": name])
      if result.status != 0 {
        #expect(result.errors.contains("this processor or build lacks"), "\(result.errors)")
        continue
      }
      signals.append(try Sound(contentsOf: folder["out.wav"]).channels[0])
    }
    for signal in signals.dropFirst() {
      // The network's integers agree to the bit; its features are rounded in other places.
      #expect(relativeError(signal, signals[0].map(Double.init)) < 3e-3)
    }
  }

  @Test func foldersKeepTheirShape() throws {
    try FileManager.default.createDirectory(
      atPath: folder["in/deep"], withIntermediateDirectories: true)
    _ = try sound(seconds: 0.2, sampleRate: 16_000).write(to: folder["in/a.wav"])
    _ = try sound(seconds: 0.2, sampleRate: 16_000).write(to: folder["in/deep/b.flac"])
    _ = try folder.write(Data("not sound".utf8), to: "in/notes.txt")
    let result = try Command.run(["denoise", folder["in"], folder["out"], "--json"])
    #expect(result.status == 0, "\(result.errors)")
    #expect((try result.json()["files"] as? [Any])?.count == 2)
    #expect(try Sound(contentsOf: folder["out/a.wav"]).frameCount == 3200)
    #expect(try Sound(contentsOf: folder["out/deep/b.flac"]).frameCount == 3200)

    // An output in the input is not denoised again.
    for _ in 0..<2 {
      let within = try Command.run(["denoise", folder["in"], folder["in/clean"], "--json"])
      #expect((try within.json()["files"] as? [Any])?.count == 2)
    }

    // One bad file fails the command, and nothing else.
    _ = try folder.write(Data("not sound".utf8), to: "in/c.wav")
    let second = try Command.run(["denoise", folder["in"], folder["out2"]])
    #expect(second.status != 0)
    #expect(second.errors.contains("c.wav"))
    #expect(FileManager.default.fileExists(atPath: folder["out2/a.wav"]))
    #expect(!FileManager.default.fileExists(atPath: folder["out2/c.wav"]))
  }

  /// What could be decoded is denoised, and the status says that it is not all.
  @Test(arguments: ["wav", "flac"]) func aTruncatedFile(ending: String) throws {
    _ = try sound(seconds: 2, sampleRate: 16_000).write(to: folder["whole.\(ending)"])
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder["whole.\(ending)"]))
    let cut = try folder.write(whole.prefix(whole.count / 2), to: "cut.\(ending)")
    let result = try Command.run(["denoise", cut, folder["out.wav"], "--json"])
    #expect(result.status == 2)
    #expect(result.onlyErrorLine?.contains("truncated") == true, "\(result.errors)")
    #expect((try result.json()["damage"] as? String)?.contains("truncated") == true)
    let frames = try Sound(contentsOf: folder["out.wav"]).frameCount
    #expect((8000..<20_000).contains(frames))
    let strict = try Command.run(["denoise", cut, folder["none.wav"], "--strict"])
    #expect(strict.status == 1 && !FileManager.default.fileExists(atPath: folder["none.wav"]))
    let run = try Command.run(["denoise", folder.path, "\(folder.path)/clean"])
    #expect(run.status == 2)
  }

  @Test func oddNames() throws {
    _ = try sound(seconds: 0.1, sampleRate: 16_000).write(to: folder["-dash.wav"])
    let dash = try Command.run(["denoise", "-dash.wav", folder["out.wav"]])
    #expect(dash.status == 64 && dash.output.isEmpty)
    #expect(dash.onlyErrorLine?.contains("./-dash.wav") == true, "\(dash.errors)")
    let empty = try Command.run(["denoise", "", folder["out.wav"]])
    #expect(empty.status == 1 && empty.onlyErrorLine?.contains("\"\"") == true, "\(empty.errors)")
  }

  /// They are values, not options.
  @Test func negativeNumbers() throws {
    _ = try sound(seconds: 0.1, sampleRate: 16_000).write(to: folder["a.wav"])
    let arguments = ["denoise", folder["a.wav"], folder["b.wav"], "--attenuation-limit"]
    let result = try Command.run(arguments + ["-3"])
    #expect(result.status == 64)
    #expect(result.errors.contains("--attenuation-limit takes"), "\(result.errors)")
    let snr = try Command.run(["evaluate", "m", "--data", "d", "--snr", "-5"])
    #expect(snr.errors.contains("--noise and --snr go together"), "\(snr.errors)")
  }

  /// Each of these costs itself only.
  @Test func badThingsInAFolder() throws {
    try FileManager.default.createDirectory(
      atPath: folder["in/deep"], withIntermediateDirectories: true)
    _ = try sound(seconds: 0.1, sampleRate: 16_000).write(to: folder["in/deep/a.wav"])
    _ = try folder.write([UInt8]("....ftypM4A ".utf8), to: "in/b.m4a")
    #expect(mkfifo(folder["in/pipe.wav"], 0o600) == 0)
    try FileManager.default.createSymbolicLink(
      atPath: folder["in/deep/up"], withDestinationPath: "..")
    let result = try Command.run(["denoise", folder["in"], folder["out"], "--json"])
    #expect(result.status == 1)
    let failures = try result.json()["failures"] as? [[String: Any]] ?? []
    #expect(failures.count == 2, "\(failures)")
    #expect((try result.json()["files"] as? [Any])?.count == 1)
    #expect(FileManager.default.fileExists(atPath: folder["out/deep/a.wav"]))
    #expect(result.errors.contains("b.m4a") && result.errors.contains("pipe.wav"))
  }
}
