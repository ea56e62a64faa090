import Foundation
import SparrowSoundFiles
import TestSupport
import Testing

/// Every key of the JSON of commands is in Documentation/JSON.md.
struct DocumentedKeysTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let root = URL(fileURLWithPath: #filePath)
    .appendingPathComponent("../../..").standardized
  private static let page =
    (try? String(contentsOf: root.appendingPathComponent("Documentation/JSON.md"), encoding: .utf8))
    ?? ""

  private func sound(_ name: String, seed: UInt64) throws -> String {
    let path = folder[name]
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    var numbers = TestNumbers(seed: seed)
    var writer = try SoundWriter(
      path: path, sampleRate: 16_000, channelCount: 1, sampleFormat: .pcm16)
    try writer.write([numbers.floats(16_000).map { 0.3 * $0 }])
    try writer.finish()
    return path
  }

  private func check(_ value: Any, _ command: String) {
    if let object = value as? [String: Any] {
      for (key, value) in object {
        let isDocumented = Self.page.contains("`\(key)`")
        #expect(isDocumented, "\(key) of \(command)")
        // Texts and numbers by name.
        if key != "information", key != "energy_by_part_j" { check(value, command) }
      }
    } else if let array = value as? [Any], let first = array.first {
      check(first, command)
    }
  }

  @Test func keysAreDocumented() throws {
    let noisy = try sound("evaluated/noisy/a.wav", seed: 1)
    let clean = try sound("evaluated/clean/a.wav", seed: 2)
    _ = try folder.write(Data("id\tsnr_db\na\t0\n".utf8), to: "evaluated/mixtures.tsv")
    let text = try folder.write(Data("to be or not\n".utf8), to: "text.txt")
    let labels = try folder.write(Data("word\tstart_s\tend_s\n".utf8), to: "labels.tsv")
    let model = Self.root.appendingPathComponent("Models/shakespeare.safetensors").path
    for arguments in [
      ["denoise", noisy, folder["out.wav"], "--reference", clean, "--voice-activity"],
      ["denoise", folder["evaluated/noisy"], folder["out"]], ["spot", noisy, "--labels", labels],
      ["evaluate", "--data", folder["evaluated"], "--stream"],
      ["evaluate", model, "--data", text],
      ["perplexity", model, text], ["inspect", model], ["inspect"], ["plan"],
      ["simulate", "--chip", "sharp"], ["simulate", "--chip", "loihi2"],
      ["pack", "-o", folder["a.plan"]],
    ] {
      let result = try Command.run(arguments + ["--json"])
      #expect(result.status == 0, "\(arguments): \(result.errors)")
      for line in result.text.split(separator: "\n") {
        check(try JSONSerialization.jsonObject(with: Data(line.utf8)), arguments[0])
      }
    }
  }
}
