import Foundation
import Sparrow
import SparrowTraining
import Testing

@testable import SparrowTasks

@Suite struct SeriesAugmentationTests {
  private func decode(_ json: String) throws -> SeriesAugmentation {
    try JSONDecoder().decode(SeriesAugmentation.self, from: Data(json.utf8))
  }

  /// Three points in ten frames.
  private static let frames = (0..<90).map { i in Float(sin(Double(i * i))) }

  private func distance(_ frames: [Float], _ frame: Int, _ one: Int, _ other: Int) -> Double {
    (0..<3).reduce(0.0) { sum, axis in
      let d = Double(frames[9 * frame + 3 * one + axis] - frames[9 * frame + 3 * other + axis])
      return sum + d * d
    }.squareRoot()
  }

  @Test func nothingChangesWithoutOptions() throws {
    var random = RandomNumbers(seed: 1)
    let same = SeriesAugmentation().vary(
      Self.frames, width: 9, maximumFrames: 100, &random)
    #expect(zip(same, Self.frames).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(
      SeriesAugmentation().vary(Self.frames, width: 9, maximumFrames: 4, &random).count == 36)
  }

  /// A turn about the vertical keeps distances and heights, and a scale multiplies all distances
  /// alike.
  @Test func turnsAndScales() throws {
    let turn = try decode(
      #"{"points": [{"firstChannel": 0, "points": 3, "verticalAxis": 1, "rotation": 90}]}"#)
    let scale = try decode(
      #"{"points": [{"firstChannel": 0, "points": 3, "scale": 0.5, "translation": 1}]}"#)
    var random = RandomNumbers(seed: 2)
    let turned = turn.vary(Self.frames, width: 9, maximumFrames: 100, &random)
    let scaled = scale.vary(Self.frames, width: 9, maximumFrames: 100, &random)
    #expect(zip(turned, Self.frames).contains { abs($0 - $1) > 0.1 })
    let factor = distance(scaled, 0, 0, 1) / distance(Self.frames, 0, 0, 1)
    #expect(abs(factor - 1) > 0.01 && factor < 1.7 && factor > 0.6)
    for frame in 0..<10 {
      for point in 0..<3 {
        let place = 9 * frame + 3 * point + 1
        #expect(abs(turned[place] - Self.frames[place]) < 1e-4)
        let before = distance(Self.frames, frame, point, (point + 1) % 3)
        #expect(abs(distance(turned, frame, point, (point + 1) % 3) - before) < 1e-4)
        #expect(
          abs(distance(scaled, frame, point, (point + 1) % 3) - factor * before) < 1e-4)
      }
    }
    // The root of the first frame stays where it was.
    #expect((0..<3).allSatisfy { abs(turned[$0] - Self.frames[$0]) < 1e-5 })
  }

  @Test func lostPointsFollowTheRoot() throws {
    let lose = try decode(
      #"{"points": [{"firstChannel": 0, "points": 3, "root": 1, "dropout": 1}]}"#)
    var random = RandomNumbers(seed: 3)
    let varied = lose.vary(Self.frames, width: 9, maximumFrames: 100, &random)
    for frame in 0..<10 {
      for axis in 0..<3 {
        #expect(abs(varied[9 * frame + 3 + axis] - Self.frames[9 * frame + 3 + axis]) < 1e-5)
        let apart = varied[9 * frame + axis] - varied[9 * frame + 3 + axis]
        #expect(abs(apart - (Self.frames[axis] - Self.frames[3 + axis])) < 1e-4)
      }
    }
  }

  /// Turns of a sensor's case keep lengths, for all sensors alike; others' channels stay.
  @Test func sensorsTurnTogether() throws {
    let turn = try decode(
      #"{"sensors": [{"firstChannel": 3, "sensors": 2, "rotation": 30}]}"#)
    var random = RandomNumbers(seed: 4)
    let varied = turn.vary(Self.frames, width: 9, maximumFrames: 100, &random)
    func product(_ values: [Float], _ frame: Int) -> Double {
      (0..<3).reduce(0) {
        $0 + Double(values[9 * frame + 3 + $1]) * Double(values[9 * frame + 6 + $1])
      }
    }
    for frame in 0..<10 {
      #expect(abs(product(varied, frame) - product(Self.frames, frame)) < 1e-4)
      #expect(
        (0..<3).allSatisfy { abs(varied[9 * frame + $0] - Self.frames[9 * frame + $0]) < 1e-5 })
    }
    #expect(zip(varied, Self.frames).contains { abs($0 - $1) > 0.05 })
  }

  @Test func speedAndCropSetTheLength() throws {
    let change = try decode(#"{"speed": 0.5, "crop": 0.2, "warp": 0.5}"#)
    let ramp = (0..<100).map { Float($0) }
    var counts: Set<Int> = []
    for seed in 0..<40 {
      var random = RandomNumbers(seed: UInt64(seed))
      let varied = change.vary(ramp, width: 1, maximumFrames: 1000, &random)
      counts.insert(varied.count)
      #expect(varied.count >= 36 && varied.count <= 165)
      // Time goes forward, and within the recording.
      #expect(zip(varied, varied.dropFirst()).allSatisfy { $0 < $1 })
      #expect(varied[0] >= 0 && varied[0] <= 20 && varied.last! >= 79 && varied.last! <= 99)
    }
    #expect(counts.count > 10)
  }
}
