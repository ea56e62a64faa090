import SparrowAudio

/// An error in a reference.
public struct ReferenceError: Error, CustomStringConvertible {
  /// The path of the reference.
  public let path: String
  /// The reason why it cannot be compared.
  public let reason: String

  public var description: String { "\(path): \(reason)" }
}

/// The comparison with a clean reference, which is read as needed.
struct ReferenceComparison: ~Copyable {
  private let path: String
  private var reader: SoundReader
  private var inputs: [ScaleInvariantSNR]
  private var outputs: [ScaleInvariantSNR]
  private var block: [[Float]] = []
  /// Clean samples ahead of the output.
  private var ahead: [[Float]]

  init(path: String, with input: borrowing SoundReader, at inputPath: String) throws {
    let reader = try SoundReader(path: path)
    let count = input.channelCount
    guard reader.sampleRate == input.sampleRate, reader.channelCount == count else {
      throw ReferenceError(
        path: path,
        reason: "the reference has \(reader.channelCount) channel(s) at \(reader.sampleRate) Hz, "
          + "and \(inputPath) has \(count) at \(input.sampleRate) Hz")
    }
    self.path = path
    self.reader = reader
    inputs = Array(repeating: ScaleInvariantSNR(), count: count)
    outputs = inputs
    ahead = Array(repeating: [], count: count)
  }

  mutating func add(input: [[Float]], count: Int) throws {
    let read = try reader.read(upTo: count, into: &block)
    guard read == count else {
      throw ReferenceError(path: path, reason: "the reference is shorter than the input")
    }
    for channel in inputs.indices {
      inputs[channel].add(input[channel], reference: block[channel])
      ahead[channel].append(contentsOf: block[channel])
    }
  }

  mutating func add(output: [[Float]]) throws {
    for channel in outputs.indices {
      let count = min(output[channel].count, ahead[channel].count)
      outputs[channel].add(output[channel], reference: ahead[channel])
      ahead[channel].removeFirst(count)
    }
  }

  /// Checks that the reference has the length of the input.
  mutating func finish(frames: Int) throws {
    guard try reader.read(upTo: 1, into: &block) == 0 else {
      throw ReferenceError(
        path: path, reason: "the reference is longer than the input's \(frames) frames")
    }
  }

  var before: Double { mean(inputs) }
  var after: Double { mean(outputs) }

  private func mean(_ ratios: [ScaleInvariantSNR]) -> Double {
    ratios.reduce(0) { $0 + $1.decibels } / Double(ratios.count)
  }
}
