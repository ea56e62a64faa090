import Foundation
import SparrowFiles
import TestSupport
import Testing

@testable import SparrowReports

struct StudyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// An evaluation as `sparrow evaluate` prints it, made up.
  private func result(
    _ name: String, family: String, label: String, score: Double, macs: Double, dense: Int? = nil,
    bytes: Int = 1000, planBytes: Int = 2000, sparsity: Double = 0, changes: [String: Any] = [:]
  ) throws -> StudyResult {
    let json: [String: Any] = [
      "model": "\(name).safetensors", "title": name, "family": family, "label": label,
      "parameters": 100, "non_zero_parameters": 50, "sparsity": sparsity, "width": 192,
      "model_bytes": bytes, "plan_bytes": planBytes, "state_bytes": 10, "frames": 3,
      "dense_macs_per_frame": dense ?? Int(macs), "non_zero_weight_macs_per_frame": Int(macs),
      "non_zero_activation_macs_per_frame": macs, "effective_macs_per_frame": macs,
      "pointwise_multiplications_per_frame": 7, "matrices": [Any](), "files": 42,
      "noisy_si_snr_db": 6.9, "si_snr_db": 6.9 + score, "si_snr_improvement_db": score,
      "by_snr": [Any](),
    ]
    let merged = json.merging(changes) { $1 }.filter { !($0.value is NSNull) }
    try folder.write(JSONSerialization.data(withJSONObject: merged), to: "\(name).json")
    return try StudyResult(contentsOf: "\(folder.path)/\(name).json")
  }

  /// Each dB costs four times the MACs and twice the bytes.
  private func dense() throws -> [StudyResult] {
    try [(3.0, 50_000.0, 200_000), (4, 200_000, 400_000), (5, 800_000, 800_000)].map {
      try result(
        "dense \($0)", family: "dense", label: "k = \($0)", score: $0, macs: $1, bytes: $2,
        planBytes: $2 + 1000)
    }
  }

  private func comparison(
    _ study: Study, _ family: String, _ label: String
  ) throws -> StudyComparison {
    try #require(study.comparisons.first { $0.family == family && $0.label == label })
  }

  @Test func spottersAreComparedByAccuracyInOneNoise() throws {
    func spotter(_ name: String, snr: Double?) throws -> StudyResult {
      try result(
        name, family: name, label: "H = 64", score: 0, macs: 1000,
        changes: [
          "si_snr_improvement_db": NSNull(), "accuracy": 0.96, "clips": 1020, "other_clips": 0,
          "snr_db": snr.map { $0 as Any } ?? NSNull(),
        ])
    }
    let quiet = try spotter("quiet", snr: nil)
    #expect(quiet.score == 96 && quiet.measure == .accuracy)
    #expect(throws: FileError.self) { try Study([quiet, spotter("noisy", snr: 5)]) }
    _ = try Study([quiet, spotter("other", snr: nil)])
  }

  @Test func equalScoresAreInterpolated() throws {
    let sparse = try [
      result(
        "a", family: "sparse", label: "a", score: 3.5, macs: 10_000, bytes: 141_421,
        sparsity: 0.9),
      result(
        "b", family: "sparse", label: "b", score: 4.5, macs: 90_000, bytes: 282_843,
        sparsity: 0.9),
    ]
    let study = try Study(try dense() + sparse)
    // Dense networks of 3.5 dB: 50 000 · 4^½ MACs and 200 000 · 2^½ bytes.
    let a = try comparison(study, "sparse", "a")
    #expect(a.otherFamily == "dense")
    #expect(a.effectiveMACs.range == .within)
    #expect(a.effectiveMACs.otherLabel == nil)
    #expect(abs(a.effectiveMACs.timesLess - 10) < 1e-9)
    #expect(abs(a.effectiveMACs.shareLess - 0.9) < 1e-9)
    #expect(abs(a.modelBytes.timesLess - 2) < 1e-5)
    let b = try comparison(study, "sparse", "b")
    #expect(abs(b.effectiveMACs.otherCost - 400_000) < 1e-6)
    // Sparse networks of 4 dB: √(10 000 · 90 000) MACs.
    let middle = try comparison(study, "dense", "k = 4.0")
    #expect(middle.effectiveMACs.range == .within)
    #expect(abs(middle.effectiveMACs.otherCost - 30_000) < 1e-6)
    #expect(abs(middle.effectiveMACs.timesLess - 0.15) < 1e-9)
    #expect(middle.effectiveMACs.shareLess < 0)
    // The dense ends lie outside of what sparse ones do.
    let low = try comparison(study, "dense", "k = 3.0")
    #expect(low.effectiveMACs.range == .below)
    #expect(low.effectiveMACs.otherLabel == "a")
    #expect(low.effectiveMACs.timesLess == 0.2)
    let high = try comparison(study, "dense", "k = 5.0")
    #expect(high.effectiveMACs.range == .above)
    #expect(high.effectiveMACs.otherLabel == "b")
    #expect(high.effectiveMACs.otherScore == 4.5)
    #expect(study.comparisons.count == 5)
  }

  @Test func pointsThatOthersBeatDoNotCount() throws {
    let sparse = try result("s", family: "sparse", label: "s", score: 4.5, macs: 40_000)
    let better = try comparison(try Study(try dense() + [sparse]), "sparse", "s")
    let beaten = try result(
      "worse", family: "dense", label: "worse", score: 4.4, macs: 900_000, bytes: 900_000)
    let again = try comparison(try Study(try dense() + [beaten, sparse]), "sparse", "s")
    #expect(again.effectiveMACs.otherCost == better.effectiveMACs.otherCost)
  }

  /// Along random fronts, a cost is found again from the score that it buys.
  @Test(arguments: 1...20) func frontsAreFoundAgain(seed: Int) {
    var state = UInt64(seed)
    func random() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24)
    }
    var points = [CostFront.Point(label: "", score: random(), cost: 10 * random() + 1)]
    for _ in 0..<5 {
      points.append(
        CostFront.Point(
          label: "", score: points.last!.score + 0.01 + random(),
          cost: points.last!.cost * (1.01 + random())))
    }
    let front = CostFront(points.shuffled())
    #expect(front.points == points)
    for (low, high) in zip(points, points.dropFirst()) {
      let share = random()
      let cost = pow(low.cost, 1 - share) * pow(high.cost, share)
      guard
        case .within(let found) = front.place(
          score: (1 - share) * low.score + share * high.score)
      else {
        Issue.record("not within")
        continue
      }
      #expect(abs(found - cost) < 1e-9 * cost)
    }
    for point in points {
      guard case .within(let cost) = front.place(score: point.score) else {
        Issue.record("not within")
        continue
      }
      #expect(abs(cost - point.cost) < 1e-9 * cost)
    }
    #expect(front.place(score: points[0].score - 1) == .below(points[0]))
    #expect(front.place(score: points[5].score + 1) == .above(points[5]))
  }

  @Test func seedsAreAveraged() throws {
    let seeds = try [(4.0, 100.0), (4.2, 120.0), (4.4, 140.0)].map {
      try result(
        "seed \($0)", family: "sparse", label: "k = 1", score: $0, macs: $1, dense: 1000,
        sparsity: 0.9 + $0 / 1e5)
    }
    let study = try Study(seeds)
    #expect(study.families.map(\.name) == ["sparse"])
    let point = try #require(study.families[0].points.first)
    #expect(study.families[0].points.count == 1)
    #expect(abs(point.score - 4.2) < 1e-12)
    #expect(point.effectiveMACsPerFrame == 120)
    #expect(point.networks.map(\.score) == [4, 4.2, 4.4])
    #expect(study.comparisons.isEmpty)
  }

  /// What differs in more than the seed is neither averaged nor given one name.
  @Test func otherSparsitiesAreOtherPoints() throws {
    let study = try Study([
      result("a", family: "sparse", label: "k = 1", score: 4, macs: 100, dense: 9, sparsity: 0.9),
      result("b", family: "sparse", label: "k = 1", score: 3, macs: 50, dense: 9, sparsity: 0.95),
      result("c", family: "sparse", label: "k = 2", score: 5, macs: 200, dense: 99, sparsity: 0.9),
    ])
    #expect(
      study.families[0].points.map(\.label) == ["k = 1, 95 % zeros", "k = 1, 90 % zeros", "k = 2"])
  }

  @Test func theOrderOfFilesMakesNoDifference() throws {
    let results =
      try dense() + [
        result("a", family: "sparse", label: "a", score: 3.5, macs: 10_000, sparsity: 0.9),
        result("b", family: "sparse", label: "a", score: 3.7, macs: 11_000, dense: 10_000),
        result("c", family: "balanced", label: "c", score: 4.5, macs: 30_000),
      ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    func output(_ results: [StudyResult]) throws -> (Data, String) {
      let study = try Study(results)
      return (try encoder.encode(study), study.figure(title: "t"))
    }
    let first = try output(results)
    for _ in 0..<5 { #expect(try output(results.shuffled()) == first) }
    let study = try Study(results)
    // The family that others are compared with comes first.
    #expect(study.families.map(\.name) == ["dense", "balanced", "sparse"])
    #expect(study.families[0].points.map(\.score) == [3, 4, 5])
  }

  private func refusal(_ body: () throws -> Void) -> String {
    let error = #expect(throws: FileError.self) { try body() }
    return error.map { "\($0)" } ?? ""
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    let good = try dense()
    #expect(refusal { _ = try Study([]) }.contains("no evaluations"))
    #expect(refusal { _ = try Study(good + [good[0]]) }.contains("twice"))
    let other = try result(
      "other", family: "dense", label: "", score: 1, macs: 1, changes: ["noisy_si_snr_db": 5.1])
    let message = refusal { _ = try Study(good + [other]) }
    #expect(message.contains("other.json") && message.contains("noisy_si_snr_db is 5.1"))
    let fewer = try result(
      "fewer", family: "dense", label: "", score: 1, macs: 1, changes: ["files": 41])
    #expect(refusal { _ = try Study(good + [fewer]) }.contains("files is 41.0; expected 42.0"))
  }

  @Test func whatIsNotAnEvaluationIsRefused() throws {
    try folder.write("SNR files".utf8, to: "text.json")
    try folder.write("[1]".utf8, to: "list.json")
    for name in ["text.json", "list.json"] {
      let message = refusal { _ = try StudyResult(contentsOf: "\(folder.path)/\(name)") }
      #expect(message.contains(name) && message.contains("sparrow evaluate"), "\(message)")
    }
    let missing = refusal { _ = try StudyResult(contentsOf: "\(folder.path)/none.json") }
    #expect(missing.contains("none.json"))
    func change(_ changes: [String: Any]) -> String {
      refusal {
        _ = try result("x", family: "dense", label: "", score: 1, macs: 1, changes: changes)
      }
    }
    #expect(change(["si_snr_improvement_db": NSNull()]).contains("si_snr_improvement_db"))
    #expect(change(["plan_bytes": NSNull()]).contains("planBytes"))
    #expect(change(["effective_macs_per_frame": 0]).contains("no MACs"))
  }
}
