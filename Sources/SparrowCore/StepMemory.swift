/// Everything that a layer touches in a step. Offsets are as in the plan's records, which
/// ``PlanValidator`` has checked.
package struct StepMemory {
  let image: UnsafeRawPointer
  let kernels: Kernels
  package let state: UnsafeMutablePointer<Float>
  let scratch: UnsafeMutablePointer<Float>
  /// Frames that go through a layer beside each other, each with scratch memory of its own; 1 in a
  /// step.
  var frames = 1
  /// Floats from one frame's scratch memory to the next one's.
  var stride = 0

  /// Calls `body` with where each frame's values lie, in floats after those of the first one.
  @inline(__always)
  func eachFrame(_ body: (_ place: Int) -> Void) {
    var i = 0
    while i < frames {
      body(i * stride)
      i += 1
    }
  }

  /// The memory of the frame whose values lie there.
  @inline(__always)
  func frame(at place: Int) -> StepMemory {
    StepMemory(image: image, kernels: kernels, state: state, scratch: scratch + place)
  }

  @inline(__always)
  package func slot(_ offset: UInt32) -> UnsafeMutablePointer<Float> { scratch + Int(offset) }

  @inline(__always)
  func vector(_ offset: UInt32) -> UnsafePointer<Float> {
    (image + Int(offset)).assumingMemoryBound(to: Float.self)
  }
}
