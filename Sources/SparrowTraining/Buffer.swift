/// Memory that is kept from step to step: asked for the same size again, it is handed out as it is.
final class Buffer<Scalar: TrainingScalar>: @unchecked Sendable {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  deinit { memory.deallocate() }

  /// At least `count` elements, with whatever they held before where they were enough.
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

/// A batch of sequences on its way through a network: `steps` × `clips` rows of `width` values, the
/// clips of a step next to each other. The memory belongs to the layer that made it, and is valid
/// until that layer's next pass.
public struct Activations<Scalar: TrainingScalar>: @unchecked Sendable {
  public let values: UnsafeMutablePointer<Scalar>
  public let steps: Int
  public let clips: Int
  public let width: Int

  public init(values: UnsafeMutablePointer<Scalar>, steps: Int, clips: Int, width: Int) {
    self.values = values
    self.steps = steps
    self.clips = clips
    self.width = width
  }

  public var rows: Int { steps * clips }
  public var count: Int { rows * width }

  func row(_ index: Int) -> UnsafeMutablePointer<Scalar> { values + index * width }

  /// The same batch with other values.
  func with(_ values: UnsafeMutablePointer<Scalar>, width: Int) -> Activations {
    Activations(values: values, steps: steps, clips: clips, width: width)
  }
}
