import Foundation
import SparrowSoundFiles
import TestSupport
import Testing

/// Whatever is wrong gets one clear line, a failing status and no output file.
@Suite struct BadInputTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func wav(seconds: Double = 0.5) throws -> Data {
    _ = try sound(seconds: seconds, sampleRate: 16_000).write(to: folder["good.wav"])
    return try Data(contentsOf: URL(fileURLWithPath: folder["good.wav"]))
  }

  private func expectRefusal(
    _ arguments: [String], mentioning parts: [String], output: String = "out.wav",
    environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let result = try Command.run(arguments, environment: environment)
    #expect(result.status != 0 && result.status < 128, sourceLocation: sourceLocation)
    let line = try #require(
      result.onlyErrorLine, "\(result.errors)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(line.contains(part), "\(line)", sourceLocation: sourceLocation)
    }
    #expect(
      !FileManager.default.fileExists(atPath: folder[output]), sourceLocation: sourceLocation)
    #expect(
      !folder.files.contains { $0.hasSuffix(".partial") }, sourceLocation: sourceLocation)
  }

  @Test func soundFiles() throws {
    let out = folder["out.wav"]
    try expectRefusal(["denoise", folder["missing.wav"], out], mentioning: ["missing.wav"])
    let empty = try folder.write(Data(), to: "empty.wav")
    try expectRefusal(["denoise", empty, out], mentioning: ["empty.wav"])
    let text = try folder.write(Data("hello, this is text".utf8), to: "text.wav")
    try expectRefusal(["denoise", text, out], mentioning: ["text.wav"])
    let header = try folder.write(try wav().prefix(30), to: "header.wav")
    try expectRefusal(["denoise", header, out], mentioning: ["header.wav"])
    _ = try sound(seconds: 2, sampleRate: 16_000).write(to: folder["whole.flac"])
    let flac = try Data(contentsOf: URL(fileURLWithPath: folder["whole.flac"]))
    let cut = try folder.write(flac.prefix(flac.count / 2), to: "cut.flac")
    try expectRefusal(["denoise", cut, out, "--strict"], mentioning: ["cut.flac", "32000"])
  }

  @Test func samplesThatAreNotNumbers() throws {
    for (name, value) in [("nan", Float.nan), ("infinite", .infinity)] {
      var samples = [Float](repeating: 0.1, count: 4000)
      samples[2345] = value
      let file = try folder.write(floatWAV(samples), to: "\(name).wav")
      try expectRefusal(["denoise", file, folder["out.wav"]], mentioning: ["2345"])
    }
  }

  /// A header that promises more than there is: what is there is denoised.
  @Test func aLyingHeader() throws {
    var data = try wav()
    data.replaceSubrange(40..<44, with: [0xff, 0xff, 0xff, 0x7f])
    let file = try folder.write(data, to: "lying.wav")
    let result = try Command.run(["denoise", file, folder["out.wav"]])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try Sound(contentsOf: folder["out.wav"]).frameCount == 8000)
  }

  @Test func outputs() throws {
    _ = try wav()
    let good = folder["good.wav"]
    try expectRefusal(
      ["denoise", good, folder["no/such/folder/out.wav"]], mentioning: ["no/such/folder"])
    try expectRefusal(
      ["denoise", good, folder["out.mp3"]], mentioning: [".wav", ".flac"], output: "out.mp3")
    if FileManager.default.fileExists(atPath: "/dev/full") {
      let result = try Command.run(["denoise", good, "/dev/full"])
      #expect(result.status != 0)
    }
    try FileManager.default.createDirectory(
      atPath: folder["taken.wav"], withIntermediateDirectories: true)
    let result = try Command.run(["denoise", good, folder["taken.wav"]])
    #expect(result.status != 0 && result.onlyErrorLine?.contains("it is a folder") == true)
    // The output is looked at once, before the sounds.
    let file = folder["good.wav"]
    try expectRefusal(["denoise", folder.path, file], mentioning: ["good.wav", "it is a file"])
  }

  @Test(arguments: [["foo"], ["denoize", "a.wav", "b.wav"]]) func commands(arguments: [String])
    throws
  {
    try expectRefusal(arguments, mentioning: ["there is no command \(arguments[0])"])
  }

  @Test func reports() throws {
    try expectRefusal(["report", folder["none"]], mentioning: ["none", "no such file or folder"])
  }

  @Test func models() throws {
    _ = try wav()
    let good = folder["good.wav"]
    func refuse(_ data: Data, _ parts: [String]) throws {
      let model = try folder.write(data, to: "model.safetensors")
      try expectRefusal(
        ["denoise", good, folder["out.wav"], "--model", model],
        mentioning: ["model.safetensors"] + parts)
      try expectRefusal(["inspect", model], mentioning: ["model.safetensors"] + parts)
    }
    try refuse(Data(), ["bytes"])
    try refuse(Data([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]), ["truncated"])
    try refuse(Data("RIFF....WAVE and so on and so on".utf8), [])
    let json = Data(#"{"__metadata__":{"sparrow.network":"{\"version\":99}"}}"#.utf8)
    let length = withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) }
    try refuse(length + json, ["version 99"])
    try expectRefusal(
      ["denoise", good, folder["out.wav"], "--model", folder["none.safetensors"]],
      mentioning: ["none.safetensors"])
  }

  @Test func environment() throws {
    _ = try wav()
    let result = try Command.run(
      ["denoise", folder["good.wav"], folder["out.wav"]], environment: ["SPARROW_ISA": "mmx"])
    #expect(result.status != 0)
    #expect(result.errors.contains("scalar, wasm, neon, neon_i8mm, avx2, avx512"))
  }

  private func floatWAV(_ samples: [Float]) -> Data {
    func bytes<Word: FixedWidthInteger>(_ word: Word) -> Data {
      withUnsafeBytes(of: word.littleEndian) { Data($0) }
    }
    let data = samples.reduce(into: Data()) { $0 += bytes($1.bitPattern) }
    return Data("RIFF".utf8) + bytes(UInt32(36 + data.count)) + Data("WAVEfmt ".utf8)
      + bytes(UInt32(16)) + bytes(UInt16(3)) + bytes(UInt16(1)) + bytes(UInt32(16_000))
      + bytes(UInt32(64_000)) + bytes(UInt16(4)) + bytes(UInt16(32)) + Data("data".utf8)
      + bytes(UInt32(data.count)) + data
  }
}
