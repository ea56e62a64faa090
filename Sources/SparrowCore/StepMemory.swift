/// Everything that a layer touches in a step. Offsets are as in the plan's records, which
/// ``PlanValidator`` has checked.
package struct StepMemory {
  let image: UnsafeRawPointer
  let kernels: Kernels
  package let state: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutablePointer<Float>

  @inline(__always)
  package func slot(_ offset: UInt32) -> UnsafeMutablePointer<Float> { scratch + Int(offset) }

  @inline(__always)
  func vector(_ offset: UInt32) -> UnsafePointer<Float> {
    (image + Int(offset)).assumingMemoryBound(to: Float.self)
  }
}
