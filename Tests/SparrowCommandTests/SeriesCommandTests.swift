import Foundation
import Sparrow
import TestSupport
import Testing

/// `sparrow classify`, and `sparrow evaluate`, `prune` and `quantize` of a classifier of series.
@Suite struct SeriesCommandTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Says "left" where the first value is larger, and "right" where the second is.
  private func model() throws -> String {
    let network = try Network(
      inputWidth: 2, layers: [.dense(DenseLayer(outputs: 2))],
      parameters: [
        "layers.0.weight": Tensor(shape: [2, 2], values: [4, 0, 0, 4]),
        "layers.0.bias": Tensor(shape: [2], values: [0, 0]),
      ],
      frontEnd: .series(
        SeriesFrontEnd(rate: 10, classes: ["left", "right"], smoothing: 0.2, threshold: 0.9)))
    return try folder.write(Data(network.modelFile()), to: "model.safetensors")
  }

  private func write(_ text: String, to name: String) throws -> String {
    try folder.write(Data(text.utf8), to: name)
  }

  /// A manifest of two recordings of each class; the last is said to be the other one.
  private func manifest(_ row: String = "left\ttest\td.csv") throws -> String {
    for (name, text) in [
      ("a.csv", "x,y\n1,0\n1,0\n"), ("b.csv", "0 1\n0 1\n0 1\n"), ("c.csv", "1;0"),
      ("d.csv", "0,1"),
    ] { _ = try write(text, to: name) }
    return try write(
      "label\tsplit\tframes\nleft\ttest\ta.csv\nright\ttrain\tb.csv\nleft\ttest\tc.csv\n\(row)\n",
      to: "manifest.tsv")
  }

  @Test func fileAndItsClass() throws {
    let file = try write("# a comment\nx,y\n0.1,0\n0,1\n0,1\n0,1\n", to: "series.csv")
    let result = try Command.run(["classify", try model(), file, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let json = try result.json()
    #expect(json["class"] as? String == "right")
    #expect(
      json["decided_class"] as? String == "right")
    #expect((json["confidence"] as? Double).map { abs($0 - 0.982) < 0.001 } == true)
    #expect(json["seconds"] as? Double == 0.4)
    let frames = try Command.run(["classify", try model(), file, "--frames"])
    #expect(
      frames.text.split(separator: "\n").prefix(2) == ["0.10 s  left  0.60", "0.20 s  right  0.69"])
    #expect(frames.text.split(separator: "\n").count == 5)
  }

  /// An array of two sequences, each from a fresh state.
  @Test func arrayOfSequences() throws {
    let run = try Command.run([
      "run", try identity(), try write("1,0\n0,1\n", to: "two.csv"), "-o", folder["two.npy"],
    ])
    #expect(run.status == 0, "\(run.errors)")
    let result = try Command.run(["classify", try model(), folder["two.npy"], folder["two.csv"]])
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.text.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(
      lines[0].drop { $0 != ":" } == lines[1].drop { $0 != ":" } && lines[0].contains("left"))
  }

  /// As spreadsheets write it.
  @Test func tableWithAMark() throws {
    let file = folder["marked.csv"]
    try Data([0xef, 0xbb, 0xbf] + Array("x,y\r\n0,1\r\n0,1\r\n\r\n".utf8))
      .write(to: URL(fileURLWithPath: file))
    let result = try Command.run(["classify", try model(), file])
    #expect(result.status == 0 && result.text.contains("right"), "\(result.errors)")
  }

  @Test func weightsInFixedPointStayAsTheyAre() throws {
    let output = folder["fixed.safetensors"]
    let frames = try write("1,0\n0,1\n", to: "frames.csv")
    _ = try Command.run(["quantize", try identity(), "--frames", frames, "-o", output])
    for arguments in [
      ["pack", output, "--weights", "int8", "-o", folder["a.plan"]],
      ["run", output, frames, "--weights", "int8", "-o", folder["out.npy"]],
    ] {
      let result = try Command.run(arguments)
      #expect(result.onlyErrorLine?.contains("is in fixed point") == true, "\(result.errors)")
    }
  }

  private func identity() throws -> String {
    let network = try Network(
      inputWidth: 2, layers: [.dense(DenseLayer(outputs: 2))],
      parameters: [
        "layers.0.weight": Tensor(shape: [2, 2], values: [1, 0, 0, 1]),
        "layers.0.bias": Tensor(shape: [2], values: [0, 0]),
      ])
    return try folder.write(Data(network.modelFile()), to: "identity.safetensors")
  }

  /// A line where the class changes, and a new series after an empty line.
  @Test func standardInput() throws {
    let input = "1 0\n1 0\n0 1\n0 1\n\n1 0\n"
    let result = try Command.run(["classify", try model(), "-"], input: Data(input.utf8))
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.text.split(separator: "\n").map(String.init)
    #expect(lines.count == 5)
    #expect(lines[0].hasPrefix("0.10 s  left"))
    #expect(lines[1].hasPrefix("0.40 s  right"))
    #expect(lines[2].hasPrefix("standard input: right"))
    #expect(lines[2].contains("left decided after 0.20 s"))
    #expect(lines[3].hasPrefix("0.10 s  left"))
    #expect(lines[4].hasPrefix("standard input: left"))
  }

  @Test func evaluation() throws {
    let all = try Command.run(["evaluate", try model(), "--data", try manifest(), "--json"])
    #expect(all.status == 0, "\(all.errors)")
    let scores = try all.json()
    #expect(scores["recordings"] as? Int == 4)
    #expect(scores["accuracy"] as? Double == 0.75)
    #expect(scores["confusion"] as? [[Int]] == [[2, 1], [0, 1]])
    _ = try folder.write(all.output, to: "one.json")
    let report = try Command.run(["report", folder["one.json"], "--output", folder["report"]])
    #expect(report.status == 0, "\(report.errors)")
    let text = try Command.run([
      "evaluate", try model(), "--data", try manifest(), "--split", "test", "--where", "label=left",
    ])
    #expect(text.status == 0, "\(text.errors)")
    #expect(text.text.contains("66.7 % of 3 recordings"))
    #expect(text.text.contains("left taken for right 1×"))
  }

  @Test func fixedPointSaysTheSame() throws {
    let output = folder["small.safetensors"]
    let manifest = try manifest()
    let result = try Command.run([
      "quantize", try model(), "--frames", folder["a.csv"], "--frames", folder["b.csv"], "-o",
      output,
    ])
    #expect(result.status == 0, "\(result.errors)")
    let chosen = ["quantize", try model(), "--data", manifest, "--where", "split=test"]
    let same = try Command.run(chosen + ["-o", folder["other.safetensors"], "--json"])
    #expect(same.status == 0, "\(same.errors)")
    // The two of a.csv, and one each of c.csv and d.csv.
    #expect(try same.json()["frames"] as? Int == 4)
    #expect(
      try Command.run(chosen + ["--column", "x", "-o", folder["none.safetensors"]]).status != 0)
    let series = try Command.run(["classify", output, folder["b.csv"]])
    #expect(series.text.contains("right"))
    let pruned = try Command.run([
      "prune", try model(), "--sparsity", "0.5", "-o", folder["sparse.safetensors"],
    ])
    #expect(pruned.status == 0, "\(pruned.errors)")
    #expect(
      try Command.run(["classify", folder["sparse.safetensors"], folder["b.csv"]]).text
        .contains("right"))
    let inspected = try Command.run(["inspect", output])
    #expect(inspected.text.contains("10.0 frames per second\nclasses: left, right"))
  }

  @Test(arguments: [
    ("1,0\n1,0,0\n", "line 2 has 3 values; expected 2"),
    ("1,0\n1,nan\n", "line 2, value 2 is \"nan\"; expected a finite number"),
    ("x,y\n1,0\n1,up\n", "line 3, value 2 is \"up\"; expected a finite number"),
    ("1,0,0\n", "its shape is [1, 3]; expected [frames, 2]"),
    ("x,y\n", "it has no line of numbers"),
    ("", "it is empty"),
    ("x,y,z\n1,0\n", "line 2 has 2 values; expected 3"),
    ("1,0\n\n0,1\n", "line 2 is empty, and frames follow it"),
  ]) func wrongFrames(text: String, reason: String) throws {
    let file = try write(text, to: "wrong.csv")
    let result = try Command.run(["classify", try model(), file])
    #expect(result.status != 0)
    let line = try #require(result.onlyErrorLine)
    #expect(line.contains(file) && line.contains(reason), "\(line)")
  }

  @Test(arguments: [
    ("1 0\n1 0 0\n", "standard input: line 2 has 3 values; expected 2"),
    ("1 0\n1 inf\n", "standard input: line 2, value 2 is \"inf\"; expected a finite number"),
    ("", "standard input: it has no frames"),
    ("x y\n", "standard input: it has no frames"),
    ("x y z\n1 0\n", "standard input: line 1 has 3 names; expected 2"),
  ]) func wrongStandardInput(text: String, reason: String) throws {
    let result = try Command.run(["classify", try model(), "-"], input: Data(text.utf8))
    #expect(result.status != 0)
    #expect(result.errors.contains(reason), "\(result.errors)")
  }

  @Test(arguments: [
    ("up\ttest\ta.csv", "row 5 has the label \"up\"; expected one of left, right"),
    ("left\ttest\te.csv", "row 5:"), ("left\ttest\t", "row 5 has nothing in the column \"frames\""),
    ("\ttest\ta.csv", "row 5 has no label"), ("left\ta.csv", "row 5 has 2 columns; expected 3"),
    ("left\ttest\tmanifest.tsv", "row 5:"),
    ("left\ttest\tmodel.safetensors#layers.1", "no tensor \"layers.1\""),
  ]) func wrongManifests(row: String, reason: String) throws {
    let model = try model()
    let manifest = try manifest(row)
    let result = try Command.run(["evaluate", model, "--data", manifest])
    #expect(result.status != 0)
    let line = try #require(result.onlyErrorLine)
    #expect(line.contains(manifest) && line.contains(reason), "\(line)")
  }

  @Test func wrongChoices() throws {
    let model = try model()
    let manifest = try manifest()
    func error(_ arguments: [String]) throws -> String {
      let result = try Command.run(["evaluate", model, "--data", manifest] + arguments)
      #expect(result.status != 0)
      return result.errors
    }
    #expect(
      try error(["--split", "valid"]).contains("no row has \"valid\" in the column \"split\""))
    #expect(try error(["--where", "person=1"]).contains("person"))
    #expect(try error(["--where", "person"]).contains("expected COLUMN=VALUE"))
    #expect(try error(["--column", "sensor"]).contains("sensor"))
    #expect(
      try error(["--stream"])
        .contains("--stream is for denoisers and keyword spotters"))
    #expect(
      try Command.run(["classify", try identity(), folder["a.csv"]]).errors
        .contains("the network has no front end; it cannot classify series"))
  }
}
