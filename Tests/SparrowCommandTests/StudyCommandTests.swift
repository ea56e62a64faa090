import Foundation
import SparrowFiles
import TestSupport
import Testing

/// Studies of tiny language models, run as users run them.
@Suite struct StudyCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let lines = "the cat sat on the mat\na dog ran to the cat\n"
    try folder.write(String(repeating: lines, count: 20).utf8, to: "data/train.txt")
    try folder.write("the dog sat on the mat\n".utf8, to: "data/valid.txt")
  }

  /// - Parameter steps: The length of each training.
  private func study(steps: Int, seeds: [Int] = [1, 2], changes: [String: Any] = [:]) throws {
    var json: [String: Any] = [
      "title": "Tiny",
      "recipe": [
        "title": "", "frontEnd": ["kind": "language"], "embeddingWidth": 8,
        "layers": [
          ["kind": "gru", "units": 8], ["kind": "gru", "units": 8],
          ["kind": "dense", "outputs": 10],
        ],
        "batch": ["sequences": 2, "steps": 8, "variesSteps": false],
        "run": [
          "steps": steps, "seed": 1, "dropout": 0, "logEvery": 10, "validateEvery": 1000,
          "checkpointEvery": 50,
        ],
        "optimization": [
          "learningRate": 0.002, "stateSpaceLearningRate": 0.002, "weightDecay": 0.02,
          "beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "warmupFraction": 0.05,
          "clippingFactor": 2, "emaDecay": 0.99,
        ],
        "data": ["training": "train.txt", "validation": "valid.txt"],
      ],
      "axes": [["name": "units", "path": "/layers/0/units", "values": [4, 8]]],
      "seeds": seeds, "data": ["data"],
      "steps": [["evaluate": ["data": "valid.txt"]]],
    ]
    json.merge(changes) { $1 }
    try folder.write(JSONSerialization.data(withJSONObject: json), to: "study.json")
  }

  private func run(_ arguments: String..., output: String = "runs") throws -> Command.Result {
    try Command.run(
      ["study", folder["study.json"], "--output", folder[output], "--threads", "1"] + arguments)
  }

  private func states(output: String = "runs") throws -> [String: String] {
    let status = try run("--status", "--json", output: output)
    let runs = try #require(try status.json()["runs"] as? [[String: Any]])
    return Dictionary(
      uniqueKeysWithValues: runs.map { ($0["id"] as! String, $0["state"] as! String) })
  }

  private func networks(_ output: String = "runs") throws -> [String: Data] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder["\(output)/runs"])
    return Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        FileManager.default.contents(
          atPath: folder["\(output)/runs/\(name)/network.safetensors"]
        ).map { (name, $0) }
      })
  }

  @Test func runsWhatIsMissing() throws {
    try study(steps: 20)
    let plan = try run("--dry-run")
    #expect(plan.status == 0 && plan.text.contains("4 runs: 4 waiting"), "\(plan.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder["runs"]))
    let part = try run("--only", "units=4", "--local", "2")
    #expect(part.status == 0, "\(part.errors)")
    #expect(try states().values.sorted() == ["done", "done", "waiting", "waiting"])
    let before = try networks()
    #expect(before.count == 2)

    // A further seed adds two runs to the two that are missing.
    try study(steps: 20, seeds: [1, 2, 3])
    let all = try run("--local", "2")
    #expect(all.status == 0 && all.errors.contains("6 runs: 2 done, 4 to go"), "\(all.errors)")
    let after = try networks()
    #expect(after.count == 6 && before.allSatisfy { after[$0.key] == $0.value })
    #expect(try run().errors.contains("6 runs: 6 done, 0 to go"))
    let report = FileManager.default.contents(atPath: folder["runs/report/report.md"])
    #expect(String(decoding: report ?? Data(), as: UTF8.self).contains("perplexity"))

    // A changed step is taken again without training.
    try study(
      steps: 20, seeds: [1, 2, 3], changes: ["steps": [["evaluate": ["data": "train.txt"]]]])
    #expect(Set(try states().values) == ["trained"])
    #expect(try run().status == 0)
    #expect(try networks() == after)
  }

  /// Waits for trainings whose study was killed: each ends after its next step, and frees its
  /// folder.
  private func waitForOrphans() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder["runs/runs"]) {
      for _ in 0..<2000 {
        guard (try? FileLock(path: folder["runs/runs/\(name)/.lock"], holder: "")) == nil else {
          break
        }
        usleep(5000)
      }
    }
  }

  /// The study is killed with everything it started, and goes on to the networks of an
  /// uninterrupted one.
  @Test func goesOnAfterAnything() throws {
    try study(steps: 2000, seeds: [1])
    let uninterrupted = try run(output: "whole")
    #expect(uninterrupted.status == 0, "\(uninterrupted.errors)")

    for signal in [SIGKILL, SIGTERM] {
      let start = Date()
      var process = try ChildProcess(
        Command.path, ["study", folder["study.json"], "--output", folder["runs"]],
        environment: Command.environment)
      let log = folder["runs/runs"]
      for _ in 0..<2000 {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: log)) ?? []
        let isInTheMiddle = names.contains { name in
          let run = "\(log)/\(name)"
          let checkpoint = try? FileManager.default.attributesOfItem(
            atPath: "\(run)/checkpoint.safetensors")
          return (checkpoint?[.modificationDate] as? Date).map { $0 > start } == true
            && !FileManager.default.fileExists(atPath: "\(run)/network.safetensors")
        }
        if isInTheMiddle { break }
        usleep(2000)
      }
      kill(process.identifier, signal)
      let end = process.wait()
      if signal == SIGTERM { #expect(end == .exited(75)) }
      try waitForOrphans()
    }
    let last = try run()
    #expect(last.status == 0, "\(last.errors)")
    #expect(Set(try states().values) == ["done"])
    #expect(try networks() == networks("whole"))
  }

  @Test func failuresAreNamedAndOthersGoOn() throws {
    try study(
      steps: 10, seeds: [1],
      changes: [
        "axes": [
          [
            "name": "case",
            "values": [
              "good": [:], "misspelt": ["runn": 1], "absent": ["data": ["training": "gone.txt"]],
            ],
          ]
        ]
      ])
    let result = try run("--local", "2")
    #expect(result.status == 1)
    #expect(result.errors.contains("runn"))
    #expect(result.errors.contains("gone.txt"))
    #expect(try states().values.sorted() == ["done", "failed", "failed"])
    #expect(try run("--status").text.contains("gone.txt"))
    #expect(try run("--only", "case=bad").errors.contains("\"good\""))
  }

  @Test func dataThatChangedAreTold() throws {
    try study(steps: 10, seeds: [1])
    #expect(try run().status == 0)
    try folder.write("the cat ran to the mat\n".utf8, to: "data/valid.txt")
    let refused = try run()
    #expect(refused.status != 0)
    #expect(refused.onlyErrorLine?.contains("valid.txt") == true, "\(refused.errors)")
    let accepted = try run("--accept-data")
    #expect(accepted.status == 0 && accepted.errors.contains("2 to go"), "\(accepted.errors)")
    #expect(try networks().count == 4)
  }

  @Test func withoutSlurm() throws {
    try study(steps: 10, seeds: [1])
    let result = try Command.run(
      ["study", folder["study.json"], "--output", folder["runs"], "--slurm"],
      environment: ["PATH": "/nowhere"])
    #expect(result.status == 1)
    #expect(result.onlyErrorLine?.contains("--slurm needs Slurm") == true, "\(result.errors)")
  }
}
