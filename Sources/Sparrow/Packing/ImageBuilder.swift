import CSparrow
import SparrowCore

/// Lays the parts of a plan's image one after the other, each on its boundary.
struct ImageBuilder {
  private(set) var bytes: [UInt8] = Array(
    repeating: 0, count: ImageBuilder.aligned(MemoryLayout<sparrow_plan_header>.size))

  static func aligned(_ count: Int) -> Int {
    let alignment = Int(sparrow_plan_alignment)
    return (count + alignment - 1) / alignment * alignment
  }

  /// Appends numbers or records; returns their offset.
  mutating func append<Element: BitwiseCopyable>(_ elements: [Element]) -> UInt32 {
    let offset = bytes.count
    elements.withUnsafeBytes { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: repeatElement(0, count: Self.aligned(bytes.count) - bytes.count))
    return UInt32(offset)
  }

  mutating func finish(_ header: sparrow_plan_header) -> PlanStorage {
    var header = header
    header.byte_count = UInt32(bytes.count)
    withUnsafeBytes(of: &header) { bytes.replaceSubrange(0..<$0.count, with: $0) }
    return PlanStorage(bytes)
  }
}

/// The memory of an image that was packed here, aligned as plans want it.
final class PlanStorage: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer

  init(_ image: [UInt8]) {
    let isLarge = image.count >= LargePages.size / 2
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: image.count,
      alignment: isLarge ? LargePages.size : Int(sparrow_plan_alignment))
    if isLarge { LargePages.advise(memory) }
    memory.copyBytes(from: image)
    bytes = UnsafeRawBufferPointer(memory)
  }

  deinit { bytes.deallocate() }
}
