import Foundation
import Sparrow
import SparrowTraining

/// Data augmentation of points in space, three values each: the joints of a skeleton.
public struct PointAugmentation: Codable, Equatable, Sendable {
  /// The channel of the first point's first value.
  public var firstChannel: Int
  /// The number of points.
  public var points: Int
  /// The point that turns and scales leave in its place at the first frame, as the hip's centre.
  public var root: Int
  /// The vertical axis: 0, 1 or 2.
  public var verticalAxis: Int
  /// The maximum angle of turns about the vertical, in degrees.
  public var rotation = 0.0
  /// The size: all distances are e^u times as large, u being uniform from -`scale` to `scale`.
  public var scale = 0.0
  /// The same for each axis by itself.
  public var stretch = 0.0
  /// The standard deviation of shifts of the whole.
  public var translation = 0.0
  /// The standard deviation of shifts of each point, constant over a recording.
  public var offset = 0.0
  /// The standard deviation of noise in each frame.
  public var noise = 0.0
  /// The probability that a point is lost: it keeps its place relative to the root.
  public var dropout = 0.0

  /// Reads an object; missing keys change nothing, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    firstChannel = try values.decode(Int.self, forKey: .firstChannel)
    points = try values.decode(Int.self, forKey: .points)
    root = try values.decodeIfPresent(Int.self, forKey: .root) ?? 0
    verticalAxis = try values.decodeIfPresent(Int.self, forKey: .verticalAxis) ?? 1
    rotation = try values.amount(.rotation)
    scale = try values.amount(.scale)
    stretch = try values.amount(.stretch)
    translation = try values.amount(.translation)
    offset = try values.amount(.offset)
    noise = try values.amount(.noise)
    dropout = try values.amount(.dropout)
  }

  func validate(width: Int) throws(TrainingError) {
    guard firstChannel >= 0, (1...width).contains(points), firstChannel + 3 * points <= width,
      (0..<points).contains(root), (0...2).contains(verticalAxis)
    else {
      throw .recipe(
        "augmentation: points of three values each, the root among them, lie within the "
          + "\(width) values of a frame, and the vertical axis is 0, 1 or 2")
    }
    guard [rotation, scale, stretch, translation, offset, noise].allSatisfy({ $0 >= 0 }),
      scale <= 2, stretch <= 2, (0...1).contains(dropout)
    else {
      throw .recipe(
        "augmentation: amounts are not negative, scale and stretch at most 2, dropout at most 1")
    }
  }

  func vary(_ frames: inout [Float], width: Int, _ random: inout RandomNumbers) {
    let angle = random.uniform(in: -rotation...rotation) * .pi / 180
    let size = exp(random.uniform(in: -scale...scale))
    let axes = (0..<3).map { _ in
      Float(size * exp(random.uniform(in: -stretch...stretch)))
    }
    let shift = (0..<3).map { _ in Float(translation * random.normal()) }
    let offsets = (0..<3 * points).map { _ in Float(offset * random.normal()) }
    let isLost = (0..<points).map { random.uniform() < dropout && $0 != root }
    let (c, s) = (Float(cos(angle)), Float(sin(angle)))
    let (first, second) = ((verticalAxis + 1) % 3, (verticalAxis + 2) % 3)
    let centre = (0..<3).map { frames[firstChannel + 3 * root + $0] }
    for start in stride(from: firstChannel, to: frames.count, by: width) {
      for point in 0..<points {
        let place = start + 3 * point
        for axis in 0..<3 { frames[place + axis] -= centre[axis] }
        let (x, y) = (frames[place + first], frames[place + second])
        frames[place + first] = c * x - s * y
        frames[place + second] = s * x + c * y
        for axis in 0..<3 {
          frames[place + axis] =
            frames[place + axis] * axes[axis] + centre[axis] + shift[axis]
            + offsets[3 * point + axis] + (noise > 0 ? Float(noise * random.normal()) : 0)
        }
      }
    }
    for point in 0..<points where isLost[point] {
      for start in stride(from: firstChannel, to: frames.count, by: width) {
        for axis in 0..<3 {
          frames[start + 3 * point + axis] =
            frames[start + 3 * root + axis] + frames[firstChannel + 3 * point + axis]
            - frames[firstChannel + 3 * root + axis]
        }
      }
    }
  }
}

extension KeyedDecodingContainer {
  /// A number, which is 0 where the key is missing.
  func amount(_ key: Key) throws -> Double { try decodeIfPresent(Double.self, forKey: key) ?? 0 }
}

/// Data augmentation of sensors with three axes each, as an accelerometer and a gyroscope in one
/// case.
public struct SensorAugmentation: Codable, Equatable, Sendable {
  /// The channel of the first sensor's first axis.
  public var firstChannel: Int
  /// The number of sensors; they turn together.
  public var sensors: Int
  /// The standard deviation of turns about each axis, in degrees: the case is not worn alike.
  public var rotation = 0.0
  /// The gain: values of a sensor are e^u times as large, u being uniform from -`gain` to `gain`.
  public var gain = 0.0
  /// The standard deviation of shifts of each axis, constant over a recording.
  public var offset = 0.0
  /// The standard deviation of noise in each frame.
  public var noise = 0.0
  /// The probability that the sensors are silent: all values are zero.
  public var dropout = 0.0

  /// Reads an object; missing keys change nothing, unknown ones are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    firstChannel = try values.decode(Int.self, forKey: .firstChannel)
    sensors = try values.decode(Int.self, forKey: .sensors)
    rotation = try values.amount(.rotation)
    gain = try values.amount(.gain)
    offset = try values.amount(.offset)
    noise = try values.amount(.noise)
    dropout = try values.amount(.dropout)
  }

  func validate(width: Int) throws(TrainingError) {
    guard firstChannel >= 0, (1...width).contains(sensors), firstChannel + 3 * sensors <= width
    else {
      throw .recipe(
        "augmentation: sensors of three values each lie within the \(width) values of a frame")
    }
    guard [rotation, gain, offset, noise].allSatisfy({ $0 >= 0 }), gain <= 2,
      (0...1).contains(dropout)
    else {
      throw .recipe(
        "augmentation: amounts are not negative, gain at most 2 and dropout at most 1")
    }
  }

  func vary(_ frames: inout [Float], width: Int, _ random: inout RandomNumbers) {
    let turn = turn(&random)
    let gains = (0..<sensors).map { _ in Float(exp(random.uniform(in: -gain...gain))) }
    let offsets = (0..<3 * sensors).map { _ in Float(offset * random.normal()) }
    let isSilent = random.uniform() < dropout
    for start in stride(from: firstChannel, to: frames.count, by: width) {
      for sensor in 0..<sensors {
        let place = start + 3 * sensor
        let old = (frames[place], frames[place + 1], frames[place + 2])
        for axis in 0..<3 {
          let row = turn[axis]
          let turned = row[0] * old.0 + row[1] * old.1 + row[2] * old.2
          let noise = noise > 0 ? Float(noise * random.normal()) : 0
          frames[place + axis] =
            isSilent ? 0 : turned * gains[sensor] + offsets[3 * sensor + axis] + noise
        }
      }
    }
  }

  /// The product of turns about the three axes.
  private func turn(_ random: inout RandomNumbers) -> [[Float]] {
    var matrix: [[Double]] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    for axis in 0..<3 {
      let angle = rotation * random.normal() * .pi / 180
      let (c, s) = (cos(angle), sin(angle))
      let (first, second) = ((axis + 1) % 3, (axis + 2) % 3)
      let (a, b) = (matrix[first], matrix[second])
      matrix[first] = (0..<3).map { c * a[$0] - s * b[$0] }
      matrix[second] = (0..<3).map { s * a[$0] + c * b[$0] }
    }
    return matrix.map { $0.map { Float($0) } }
  }
}
