import CSparrow

/// A step's view of a plan, free of references: where the image lies, its header, its kernels.
struct Program {
  let header: sparrow_plan_header
  let image: UnsafeRawPointer
  let kernels: Kernels

  var inputWidth: Int { Int(header.input_width) }
  var outputWidth: Int { Int(header.output_width) }
  var layerCount: Int { Int(header.layer_count) }
  var stateCount: Int { Int(header.state_count) }
  /// Words from a stream's state to its workspace, which begins on a line of the cache.
  var workspaceStart: Int { (stateCount + 15) & ~15 }
  var matrixCount: Int {
    var count = 0
    var i = 0
    while i < layerCount {
      count += layers[i].matrixCount
      i += 1
    }
    return count
  }

  var isInteger: Bool { header.isInteger }

  var layers: UnsafePointer<sparrow_layer> {
    (image + Int(header.layers_offset)).assumingMemoryBound(to: sparrow_layer.self)
  }

  /// One frame in, one frame out.
  @inline(__always)
  func step(
    _ frame: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
    memory: StreamMemory, observer: inout some StepObserver
  ) {
    if isInteger {
      stepInIntegers(frame, into: output, memory: memory, observer: &observer)
    } else {
      pass(frame, frames: 1, into: output, memory: memory, observer: &observer)
    }
  }

  /// Computes frames layer by layer, with the bits of as many steps. `memory` has scratch memory
  /// for each.
  @inline(__always)
  func pass(
    _ first: UnsafePointer<Float>, frames: Int, into output: UnsafeMutablePointer<Float>,
    memory: StreamMemory, observer: inout some StepObserver
  ) {
    let memory = StepMemory(
      image: image, kernels: kernels, state: memory.state.assumingMemoryBound(to: Float.self),
      scratch: memory.scratch.assumingMemoryBound(to: Float.self), frames: frames,
      stride: Int(header.scratch_count))
    let input = memory.slot(header.input_slot)
    let result = memory.slot(header.output_slot)
    var i = 0
    while i < frames {
      let slot = input + i * memory.stride
      copy(first + i * inputWidth, to: slot, count: inputWidth)
      // Padding is multiplied by zeros, which keep what is not a number.
      (slot + inputWidth).update(repeating: 0, count: (16 - inputWidth & 15) & 15)
      i += 1
    }
    let layers = layers
    i = 0
    while i < layerCount {
      layers[i].step(memory, observer: &observer)
      observer.layer(i, layers[i], memory)
      i += 1
    }
    i = 0
    while i < frames {
      copy(result + i * memory.stride, to: output + i * outputWidth, count: outputWidth)
      i += 1
    }
  }

  @inline(__always)
  private func copy(
    _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, count: Int
  ) {
    UnsafeMutableRawPointer(to).copyMemory(from: from, byteCount: 4 * count)
  }
}

/// The memory of a step: a stream's own state, and scratch memory that nobody else uses meanwhile.
struct StreamMemory {
  let state: UnsafeMutableRawPointer
  let scratch: UnsafeMutableRawPointer
}

extension sparrow_plan_header {
  /// Whether layers are in fixed point. Where all plans are, what is not is left out of a program.
  @inline(__always)
  var isInteger: Bool {
    #if SPARROW_FIXED_POINT_ONLY
      true
    #else
      arithmetic != SPARROW_F32.rawValue
    #endif
  }
}
