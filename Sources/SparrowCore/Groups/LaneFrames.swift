import CSparrow

/// Frames of a block on their way into lanes and out of them: a row of activations a lane.
struct LaneFrames {
  let program: Program
  let kernels: LaneKernels
  /// Rows of so many activations, zeros beyond a frame's own.
  let rows: UnsafeMutablePointer<Int16>
  let inputCount: Int
  let outputCount: Int

  init(_ program: Program, _ kernels: LaneKernels, _ rows: UnsafeMutablePointer<Int32>) {
    self.program = program
    self.kernels = kernels
    self.rows = UnsafeMutableRawPointer(rows).assumingMemoryBound(to: Int16.self)
    inputCount = Self.padded(program.inputWidth)
    outputCount = Self.padded(program.outputWidth)
  }

  private static func padded(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// Words of a lane: those of a row that goes in, then of one that comes out.
  static func wordCount(_ program: Program) -> Int {
    (padded(program.inputWidth) + padded(program.outputWidth)) / 2
  }

  @inline(__always)
  func input(_ lane: Int) -> UnsafeMutablePointer<Int16> { rows + lane * inputCount }
  @inline(__always)
  private var outputs: UnsafeMutablePointer<Int16> { rows + kernels.laneCount * inputCount }
  @inline(__always)
  func output(_ lane: Int) -> UnsafeMutablePointer<Int16> { outputs + lane * outputCount }

  /// From rows to the lanes of the slot that frames enter in.
  @inline(__always)
  func enter(_ memory: LaneMemory) {
    kernels.lanes(rows, count: inputCount, memory.slot(program.header.input_slot))
  }

  @inline(__always)
  func leave(_ memory: LaneMemory) {
    kernels.frames(memory.slot(program.header.output_slot), count: outputCount, outputs)
  }

  @inline(__always)
  func put(_ frame: UnsafePointer<Float>, _ lane: Int) {
    _ = kernels.single.quantize(
      program.inputWidth, frame, scale: Program.power(program.header.input_exponent),
      limit: program.header.limit, input(lane))
  }

  @inline(__always)
  func put(_ frame: UnsafePointer<Int16>, _ lane: Int) {
    let row = input(lane)
    let limit = program.header.limit
    var i = 0
    while i < program.inputWidth {
      row[i] = Int16(truncatingIfNeeded: min(max(Int32(frame[i]), -limit), limit))
      i += 1
    }
  }

  @inline(__always)
  func take(_ lane: Int, into frame: UnsafeMutablePointer<Float>) {
    kernels.single.dequantize(
      program.outputWidth, output(lane), step: Program.power(-program.header.output_exponent),
      frame)
  }

  @inline(__always)
  func take(_ lane: Int, into frame: UnsafeMutablePointer<Int16>) {
    UnsafeMutableRawPointer(frame).copyMemory(
      from: output(lane), byteCount: 2 * program.outputWidth)
  }
}
