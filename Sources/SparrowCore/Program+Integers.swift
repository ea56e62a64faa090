import CSparrow

extension Program {
  /// One frame of numbers in and out; everything between is in integers.
  @inline(__always)
  func stepInIntegers(
    _ frame: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>,
    memory: StreamMemory, observer: inout some StepObserver
  ) {
    let memory = integerMemory(memory)
    let clipped = kernels.quantize(
      inputWidth, frame, scale: Self.power(header.input_exponent), limit: header.limit,
      memory.slot(header.input_slot))
    observer.input(memory.slot(header.input_slot), clipped: Int(clipped))
    runLayers(memory, observer: &observer)
    kernels.dequantize(
      outputWidth, memory.slot(header.output_slot), step: Self.power(-header.output_exponent),
      output)
  }

  /// One frame of integers in and out, without a single number of floating point.
  @inline(__always)
  func step(
    _ frame: UnsafePointer<Int16>, into output: UnsafeMutablePointer<Int16>,
    memory: StreamMemory, observer: inout some StepObserver
  ) {
    let memory = integerMemory(memory)
    let input = memory.slot(header.input_slot)
    var i = 0
    while i < inputWidth {
      // An integer of more bits than activations have.
      input[i] = Int16(truncatingIfNeeded: min(max(Int32(frame[i]), -header.limit), header.limit))
      i += 1
    }
    runLayers(memory, observer: &observer)
    UnsafeMutableRawPointer(output).copyMemory(
      from: memory.slot(header.output_slot), byteCount: 2 * outputWidth)
  }

  @inline(__always)
  private func runLayers(_ memory: IntegerMemory, observer: inout some StepObserver) {
    let layers = layers
    var i = 0
    while i < layerCount {
      let clipped = layers[i].stepInIntegers(memory, observer: &observer)
      observer.layer(i, layers[i], memory, clipped: Int(clipped))
      i += 1
    }
  }

  @inline(__always)
  private func integerMemory(_ memory: StreamMemory) -> IntegerMemory {
    IntegerMemory(
      image: image, kernels: kernels, limit: header.limit,
      state: memory.state.assumingMemoryBound(to: Int32.self),
      scratch: memory.scratch.assumingMemoryBound(to: Int32.self))
  }

  /// 2^exponent, of a normal number.
  @inline(__always)
  static func power(_ exponent: Int32) -> Float {
    Float(bitPattern: UInt32(bitPattern: 127 &+ exponent) << 23)
  }
}
