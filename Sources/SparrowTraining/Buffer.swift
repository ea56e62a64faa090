/// Memory that is reused from step to step.
final class Buffer<Scalar: TrainingScalar>: @unchecked Sendable {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { memory.deallocate() }

  /// At least `count` elements; their contents remain if the memory is large enough, and are
  /// undefined otherwise.
  func take(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    let bytes = max(count, 1) * MemoryLayout<Scalar>.stride
    if memory.count < bytes {
      memory.deallocate()
      memory = .allocate(byteCount: bytes, alignment: 64)
      memory.initializeMemory(as: UInt8.self, repeating: 0)
    }
    return memory.baseAddress!.assumingMemoryBound(to: Scalar.self)
  }

  func zeroed(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    let pointer = take(count)
    pointer.update(repeating: 0, count: count)
    return pointer
  }
}

/// The activations of a batch of sequences: `steps` × `clips` rows of `width` values, the sequences
/// of a step adjacent. The memory belongs to the layer that wrote it, and is valid until that
/// layer's next pass.
public struct Activations<Scalar: TrainingScalar>: @unchecked Sendable {
  /// The values, `count` of them.
  public let values: UnsafeMutablePointer<Scalar>
  /// Steps of each sequence, T.
  public let steps: Int
  /// Sequences in the batch.
  public let clips: Int
  /// Values of a row.
  public let width: Int

  /// Activations in given memory.
  public init(values: UnsafeMutablePointer<Scalar>, steps: Int, clips: Int, width: Int) {
    self.values = values
    self.steps = steps
    self.clips = clips
    self.width = width
  }

  /// The number of rows, `steps` × `clips`.
  public var rows: Int { steps * clips }
  /// The number of values, `rows` × `width`.
  public var count: Int { rows * width }

  func row(_ index: Int) -> UnsafeMutablePointer<Scalar> { values + index * width }

  /// The same shape with other values.
  func with(_ values: UnsafeMutablePointer<Scalar>, width: Int) -> Activations {
    Activations(values: values, steps: steps, clips: clips, width: width)
  }
}
