import Foundation
import SparrowTraining
import Testing

@testable import SparrowTasks

@Suite struct CTCLossTests {
  /// Logits of 6 steps, 3 recordings and 4 classes; and, for the texts and lengths below, the
  /// gradient of `torch.nn.functional.ctc_loss(..., reduction="sum")` over 6 (PyTorch 2.15, double
  /// precision).
  private static let logits: [Float] = [
    -0.125, 0.5, -1.125, 0.125, 1.0, -0.375, 2.375, -2.375, -0.125, -0.5, 0.375, -0.375, 1.375,
    0.25, 0.875, 0.625, 0.375, 1.375, -0.75, -2.5, 1.625, 0.75, -0.25, 0.125, 0.875, 3.375, 2.75,
    -1.75, 1.5, 0.75, 3.625, -0.25, -0.75, -0.5, -0.5, 0.5, 0.0, -0.125, 0.625, -1.25, -0.375, 0.25,
    0.25, 1.0, -1.375, 0.125, 1.0, 1.25, -0.625, 3.375, -0.625, -0.25, 1.0, -3.5, 1.875, -0.375,
    1.125, 1.625, 2.625, -2.25, 1.75, 3.125, -0.625, 2.625, 0.5, 0.75, 0.875, -0.375, -0.875, 1.25,
    -2.0, 1.0,
  ]
  private static let gradient: [Float] = [
    -0.0436287, -0.0172802, 0.0135644, 0.0473445, 0.0053566, 0.0080387, 0.1257464, -0.1391416,
    -0.030052, 0.027838, -0.0293307, 0.0315446, -0.0174912, -0.041805, 0.0265414, 0.0327548,
    -0.0986681, 0.1105168, 0.0131993, -0.025048, -0.0336772, 0.0387415, -0.0258012, 0.0207368,
    -0.0023574, -0.0009902, 0.0027371, 0.0006105, -0.0267416, 0.0078578, 0.1392831, -0.1203993,
    -0.0651028, 0.0303191, -0.0476322, 0.0824159, 0.0151228, -0.0198001, -0.0071503, 0.0118276,
    0.0184711, -0.0839742, 0.0358249, 0.0296782, 0.0, 0.0, 0.0, 0.0, -0.0503494, 0.1090562,
    -0.062884, 0.0041772, -0.0729806, -0.0476783, 0.1091542, 0.0115048, 0.0, 0.0, 0.0, 0.0,
    -0.0891486, 0.0885165, -0.0530559, 0.053688, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0,
  ]

  /// Runs the loss on a copy of logits.
  private static func result(
    _ logits: [Float], clips: Int, classes: Int, _ targets: [CTCLoss.Target], workers: Int = 1
  ) -> (result: CTCLoss.Result, gradient: [Float]) {
    var values = logits
    let result = values.withUnsafeMutableBufferPointer { values in
      CTCLoss(workers: Workers(count: workers)).replaceByGradient(
        Activations(
          values: values.baseAddress!, steps: logits.count / clips / classes, clips: clips,
          width: classes),
        targets: targets)
    }
    return (result, values)
  }

  @Test(arguments: [1, 2]) func equalsPyTorch(workers: Int) {
    let (result, gradient) = Self.result(
      Self.logits, clips: 3, classes: 4,
      [
        .init(text: [1, 2], frames: 6), .init(text: [3, 3, 1], frames: 5),
        .init(text: [2], frames: 3),
      ], workers: workers)
    #expect(abs(result.loss - 3.7386683288611846) < 1e-7)
    #expect(result.impossible == 0)
    for (one, other) in zip(gradient, Self.gradient) { #expect(abs(one - other) < 2e-7) }
  }

  /// The probability of a text as the sum over every assignment of classes to frames.
  private static func probability(of text: [Int], _ logits: [[Double]]) -> Double {
    let classes = logits[0].count
    let rows = logits.map { row in
      let sum = row.reduce(0) { $0 + exp($1) }
      return row.map { exp($0) / sum }
    }
    let count = rows.reduce(1) { product, _ in product * classes }
    var total = 0.0
    for number in 0..<count {
      var rest = number
      var path: [Int] = []
      var probability = 1.0
      for row in rows {
        path.append(rest % classes)
        probability *= row[rest % classes]
        rest /= classes
      }
      var read: [Int] = []
      for (place, label) in path.enumerated()
      where label != 0 && (place == 0 || path[place - 1] != label) { read.append(label) }
      if read == text { total += probability }
    }
    return total
  }

  @Test(arguments: [[], [1], [2, 1], [1, 1], [2, 2, 1], [1, 2, 1]])
  func equalsSumOverAlignments(text: [Int]) {
    var random = RandomNumbers(seed: 5, stream: UInt64(text.count))
    let frames = 5
    let rows = (0..<frames).map { _ in (0..<3).map { _ in Double(Float(2 * random.normal())) } }
    let (result, gradient) = Self.result(
      rows.joined().map { Float($0) }, clips: 1, classes: 3, [.init(text: text, frames: frames)])
    let scale = Double(max(1, text.count))
    #expect(abs(result.loss * scale + log(Self.probability(of: text, rows))) < 1e-9)
    // Central differences of the sum.
    for frame in 0..<frames {
      for label in 0..<3 {
        func shifted(_ step: Double) -> Double {
          var rows = rows
          rows[frame][label] += step
          return -log(Self.probability(of: text, rows)) / scale
        }
        let slope = (shifted(1e-5) - shifted(-1e-5)) / 2e-5
        #expect(abs(Double(gradient[frame * 3 + label]) - slope) < 1e-6)
      }
    }
  }

  /// Texts that are longer than their recordings do not count, and have no gradient.
  @Test func skipsImpossibleAlignments() {
    #expect(CTCLoss.minimumFrames(of: []) == 0)
    #expect(CTCLoss.minimumFrames(of: [1, 1, 2]) == 4)
    let logits = (0..<3 * 2 * 3).map { Float($0 % 5) }
    let (both, gradient) = Self.result(
      logits, clips: 2, classes: 3,
      [.init(text: [1, 1], frames: 2), .init(text: [1, 2], frames: 3)])
    #expect(both.impossible == 1)
    let alone = Self.result(
      (0..<3).flatMap { logits[($0 * 2 + 1) * 3..<($0 * 2 + 2) * 3] }, clips: 1, classes: 3,
      [.init(text: [1, 2], frames: 3)])
    #expect(both.loss == alone.result.loss)
    for step in 0..<3 {
      #expect(gradient[step * 6..<step * 6 + 3].allSatisfy { $0 == 0 })
      #expect(
        Array(gradient[step * 6 + 3..<step * 6 + 6])
          == Array(alone.gradient[step * 3..<step * 3 + 3]))
    }
    let none = Self.result(
      logits, clips: 2, classes: 3,
      [
        .init(text: [1, 1], frames: 0), .init(text: [1, 1, 1], frames: 3),
      ])
    #expect(none.result.loss == 0 && none.result.impossible == 2)
    #expect(none.gradient.allSatisfy { $0 == 0 })
  }

  /// Logits of some hundreds, and thousands of frames, stay finite.
  @Test func staysFinite() {
    var random = RandomNumbers(seed: 1)
    let frames = 2000
    let logits = (0..<frames * 4).map { _ in Float(300 * random.normal()) }
    let (result, gradient) = Self.result(
      logits, clips: 1, classes: 4,
      [.init(text: (0..<300).map { 1 + $0 % 3 }, frames: frames)])
    #expect(result.loss.isFinite && result.loss > 0)
    #expect(gradient.allSatisfy { $0.isFinite })
  }
}

@Suite struct EditCountsTests {
  /// The fewest edits by trying all.
  private static func fewest(_ one: ArraySlice<Int>, _ other: ArraySlice<Int>) -> Int {
    guard let a = one.first else { return other.count }
    guard let b = other.first else { return one.count }
    return min(
      fewest(one.dropFirst(), other.dropFirst()) + (a == b ? 0 : 1),
      fewest(one.dropFirst(), other) + 1, fewest(one, other.dropFirst()) + 1)
  }

  @Test func countsFewest() {
    var random = RandomNumbers(seed: 9)
    for _ in 0..<60 {
      let one = (0..<random.index(below: 6)).map { _ in random.index(below: 3) }
      let other = (0..<random.index(below: 6)).map { _ in random.index(below: 3) }
      let counts = EditCounts(reference: one, recognised: other)
      #expect(counts.errors == Self.fewest(one[...], other[...]))
      #expect(counts.insertions - counts.deletions == other.count - one.count)
      #expect(counts.reference == one.count)
    }
  }

  @Test func namesKinds() {
    let counts = EditCounts(
      reference: "ERASE C Q Q F SEVEN".split(separator: " "),
      recognised: "ERASE Q U F SEVEN SIX".split(separator: " "))
    #expect(counts.substitutions == 1 && counts.deletions == 1 && counts.insertions == 1)
    #expect(abs(counts.rate - 0.5) < 1e-12)
    var scores = SpeechScores()
    scores.add(reference: "ONE TWO", recognised: "ONE TOO ")
    scores.add(reference: "NO", recognised: "NO")
    #expect(scores.recordings == 2 && scores.rightRecordings == 1)
    #expect(abs(scores.wordErrorRate - 1 / 3) < 1e-12)
    #expect(scores.characters.substitutions == 1 && scores.characters.insertions == 1)
  }
}
