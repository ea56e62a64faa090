import Foundation
import SparrowFigures
import Testing

struct ScaleTests {
  static let ranges: [(Double, Double)] = [
    (0, 1), (3.3, 5.2), (-12, 40), (1e-4, 3e-4), (8_900, 504_000), (69_000, 2_025_000), (5, 5),
    (99_000, 101_000), (30_682, 150_720), (0.5, 2e9), (1234.5, 1234.6),
  ]

  private func value(of label: String) -> Double? {
    let parts = label.split(separator: "\u{2009}")
    let factors = ["T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "m": 1e-3, "µ": 1e-6, "n": 1e-9]
    guard let number = Double(parts[0]) else { return nil }
    return parts.count == 1 ? number : factors[String(parts[1])].map { $0 * number }
  }

  @Test(arguments: ranges, [Scale.Kind.linear, .logarithmic])
  func ticksAreRoundAndOnTheAxis(_ range: (Double, Double), _ kind: Scale.Kind) throws {
    guard kind == .linear || range.0 > 0 else { return }
    let scale = Scale(kind, holding: [range.0, range.1])
    for count in [4, 6, 9] {
      let ticks = scale.ticks(about: count)
      #expect(ticks.count >= 2)
      // Words below one tick leave room for those below the next.
      let places = ticks.map { scale.position(of: $0.value) }
      let nearest = zip(places, places.dropFirst()).map { $1 - $0 }.min() ?? 0
      #expect(nearest * Double(count) > 0.7, "\(ticks.map(\.label)) for \(count)")
      #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0.value < $1.value })
      #expect(ticks.allSatisfy { scale.domain.contains($0.value) })
      // Labels say the values, and none twice.
      #expect(Set(ticks.map(\.label)).count == ticks.count, "\(ticks.map(\.label))")
      for tick in ticks {
        let said = try #require(value(of: tick.label))
        #expect(abs(said - tick.value) < 6e-3 * max(abs(tick.value), 1e-9), "\(tick)")
      }
    }
  }

  @Test func valuesLieInsideWithRoomBesideThem() {
    for (low, high) in Self.ranges where low < high {
      let scale = Scale(.linear, holding: [high, low])
      #expect(abs(scale.position(of: low) - 0.12 / 1.24) < 1e-9)
      #expect(abs(scale.position(of: high) - 1.12 / 1.24) < 1e-9)
    }
  }

  @Test func equalRatiosAreEquallyFarApart() {
    let scale = Scale(.logarithmic, holding: [1000, 64_000])
    let steps = [1000.0, 4000, 16_000, 64_000].map(scale.position)
    #expect(abs((steps[1] - steps[0]) - (steps[2] - steps[1])) < 1e-12)
    #expect(abs((steps[3] - steps[2]) - (steps[2] - steps[1])) < 1e-12)
    #expect(abs(scale.position(of: scale.domain.lowerBound)) < 1e-12)
    #expect(abs(scale.position(of: scale.domain.upperBound) - 1) < 1e-12)
  }

  @Test func magnitudes() {
    let examples: [(Double, String)] = [
      (0, "0"), (7, "7"), (999, "999"), (999.9, "1\u{2009}k"), (1500, "1.5\u{2009}k"),
      (20_000, "20\u{2009}k"), (504_192, "504\u{2009}k"), (2_034_444, "2.03\u{2009}M"),
      (-3e9, "-3\u{2009}G"), (0.002, "2\u{2009}m"), (5e-12, "0"),
    ]
    for (value, expected) in examples { #expect(Scale.magnitude(value) == expected) }
  }
}
