import Foundation
import TestSupport
import Testing

@Suite struct ReportCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Made-up evaluations: dense networks at 3, 4 and 5 dB, each four times the MACs of the one
  /// before.
  private func evaluations() throws -> [String] {
    func file(
      _ name: String, _ family: String, _ label: String, _ score: Double, _ macs: Int, _ bytes: Int
    ) throws -> String {
      let json: [String: Any] = [
        "model": "\(name)/network.safetensors", "family": family, "label": label,
        "parameters": 100, "non_zero_parameters": 50, "sparsity": family == "sparse" ? 0.9 : 0,
        "model_bytes": bytes, "plan_bytes": 10 * bytes, "state_bytes": 10, "frames": 3,
        "dense_macs_per_frame": family == "sparse" ? 10 * macs : macs,
        "non_zero_weight_macs_per_frame": macs,
        "non_zero_activation_macs_per_frame": macs, "effective_macs_per_frame": macs,
        "pointwise_multiplications_per_frame": 7, "matrices": [Any](), "files": 42,
        "noisy_si_snr_db": 6.9, "si_snr_improvement_db": score,
      ]
      return try folder.write(JSONSerialization.data(withJSONObject: json), to: "\(name).json")
    }
    return try [
      file("d1", "dense", "k = 0.25", 3, 50_000, 1000),
      file("d2", "dense", "k = 0.5", 4, 200_000, 2000),
      file("d3", "dense", "k = 1", 5, 800_000, 4000),
      file("s1", "sparse", "k = 1", 3.4, 10_000, 1000),
      file("s2", "sparse", "k = 1", 3.6, 10_000, 1000),
      file("s3", "sparse", "k = 2 | <wide>", 5.5, 80_000, 3000),
    ]
  }

  @Test func writesTablesFigureAndNumbers() throws {
    let files = try evaluations()
    let result = try Command.run(
      ["report"] + files + ["--output", folder["a/report"], "--title", "Made & up"])
    #expect(result.status == 0, "\(result.errors)")
    // Dense networks of 3.5 dB have twice the MACs of those of 3 dB, and √2 times the bytes.
    let row = try #require(
      result.text.split(separator: "\n").first { $0.hasPrefix("| k = 1 | 3.50 |") })
    #expect(row.contains("| 10.00 times fewer (−90 %) |"))
    #expect(row.contains("| 1.41 times fewer (−29 %) |"))
    #expect(result.text.contains("3.50 (3.40 to 3.60)"))
    #expect(
      result.text.contains("10.00 times fewer (−90 %) beside k = 1, which is 0.50 dB worse"),
      "\(result.text)")
    #expect(result.text.contains("k = 2 \\| <wide>"))

    let written = { (name: String) in
      try String(contentsOfFile: folder["a/report/\(name)"], encoding: .utf8)
    }
    let markdown = try written("report.md")
    #expect(markdown.hasPrefix("# Made & up\n"))
    #expect(markdown.hasSuffix(result.text))
    let svg = try written("report.svg")
    #expect(svg.contains("<title>Made &amp; up</title>"))
    #expect(svg.contains(">k = 2 | &lt;wide&gt;</text>"))
    let json = try JSONSerialization.jsonObject(with: Data(try written("report.json").utf8))
    let families = try #require((json as? [String: Any])?["families"] as? [[String: Any]])
    #expect(families.map { $0["name"] as? String } == ["dense", "sparse"])

    // The same again, and as JSON.
    let again = try Command.run(
      ["report"] + files.reversed() + ["--output", folder["b"], "--title", "Made & up", "--json"])
    #expect(try String(contentsOfFile: folder["b/report.svg"], encoding: .utf8) == svg)
    let summary = try again.json()
    #expect((summary["comparisons"] as? [Any])?.count == 5)
    #expect((summary["measure"] as? [String: Any])?["key"] as? String == "si_snr_improvement_db")
  }

  @Test func eitherKindOfBytesIsDrawn() throws {
    let files = try evaluations()
    func figure(_ options: [String]) throws -> String {
      _ = try Command.run(["report"] + files + ["--output", folder["out"]] + options)
      return try String(contentsOfFile: folder["out/report.svg"], encoding: .utf8)
    }
    #expect(try figure([]).contains("bytes of non-zero weights"))
    #expect(try figure(["--packed-bytes"]).contains("bytes in memory, packed"))
  }

  @Test func badInputGetsOneLine() throws {
    let good = try evaluations()
    let text = try folder.write(Data("no JSON".utf8), to: "text.json")
    for (files, part) in [
      ([folder["none.json"]], "none.json"), (good + [text], "text.json"),
      (good + [good[0]], "given twice"),
    ] {
      let result = try Command.run(["report"] + files + ["--output", folder["out"]])
      #expect(result.status != 0)
      #expect(result.onlyErrorLine?.contains(part) == true, "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder["out"]))
    }
  }
}
