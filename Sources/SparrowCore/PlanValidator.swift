import CSparrow

/// Checks everything that a step will later trust. All sums are made in 64 bits, so that sizes from
/// an image cannot wrap around.
struct PlanValidator {
  let header: sparrow_plan_header
  let image: UnsafeRawPointer
  let instructionSet: InstructionSet
  private let kernels: Kernels
  /// Bytes of matrices and vectors that may still be read. No part of a packed image is checked for
  /// two layers, so what lets a record refer to another one's is refused, and checking stays
  /// linear.
  private var unread: Int64

  private init(
    header: sparrow_plan_header, image: UnsafeRawPointer, instructionSet: InstructionSet,
    kernels: Kernels
  ) {
    self.header = header
    self.image = image
    self.instructionSet = instructionSet
    self.kernels = kernels
    unread = Int64(header.byte_count)
  }

  /// The header of an image, if it is one of this version. A pointer: a copy would be in the way of
  /// small stacks.
  static func header(
    of image: UnsafeRawBufferPointer
  ) throws(PlanError) -> UnsafePointer<sparrow_plan_header> {
    guard let base = image.baseAddress, image.count >= MemoryLayout<sparrow_plan_header>.size
    else { throw .truncated }
    guard Int(bitPattern: base) % sparrow_plan_alignment == 0 else {
      throw .misaligned
    }
    let header = base.assumingMemoryBound(to: sparrow_plan_header.self)
    let magic = header.pointee.magic
    // "SPARROWP"
    guard
      magic.0 == 0x53, magic.1 == 0x50, magic.2 == 0x41, magic.3 == 0x52, magic.4 == 0x52,
      magic.5 == 0x4F, magic.6 == 0x57, magic.7 == 0x50
    else { throw .notAPlan }
    guard header.pointee.version == UInt16(sparrow_plan_version) else {
      throw .unsupportedVersion(UInt32(header.pointee.version))
    }
    guard UInt64(header.pointee.byte_count) <= UInt64(image.count) else { throw .truncated }
    return header
  }

  /// - Parameters:
  ///   - instructionSet: what the image's matrices are to be for.
  ///   - kernels: what is to run it.
  static func validate(
    _ image: UnsafeRawBufferPointer, for instructionSet: InstructionSet, kernels: Kernels
  ) throws(PlanError) -> sparrow_plan_header {
    let header = try header(of: image)
    var validator = PlanValidator(
      header: header.pointee, image: UnsafeRawPointer(header), instructionSet: instructionSet,
      kernels: kernels)
    try validator.validateContents()
    return validator.header
  }

  private mutating func validateContents() throws(PlanError) {
    let widths: ClosedRange<UInt32> = 1...Self.widest
    guard widths.contains(header.input_width), widths.contains(header.output_width),
      holds(
        header.layers_offset,
        Int64(header.layer_count) * Int64(MemoryLayout<sparrow_layer>.stride)),
      holds(
        header.segments_offset,
        Int64(header.segment_count) * Int64(MemoryLayout<sparrow_plan_segment>.stride)),
      header.arithmetic == SPARROW_F32.rawValue || isIntegerHeader,
      holdsFrame(header.input_slot, header.input_width),
      holdsFrame(header.output_slot, header.output_width)
    else { throw .invalidLayout }
    guard
      FrontEndValidator(image: image, extent: ImageExtent(byteCount: Int64(header.byte_count)))
        .isValid(
          header.front_end, at: header.front_end_offset, inputWidth: header.input_width,
          outputWidth: header.output_width)
    else { throw .invalidFrontEnd }
    let segments = (image + Int(header.segments_offset))
      .assumingMemoryBound(to: sparrow_plan_segment.self)
    var segmentWords: UInt64 = 0
    for i in 0..<Int(header.segment_count) {
      segmentWords += UInt64(segments[i].count)
      // Segments that overlap would make a state larger than a stream's.
      guard fits(segments[i].start, segments[i].count, in: header.state_count),
        segmentWords <= UInt64(header.state_count)
      else { throw .invalidLayout }
    }
    let layers = (image + Int(header.layers_offset)).assumingMemoryBound(to: sparrow_layer.self)
    let isInteger = header.isInteger
    guard !isInteger || isIntegerHeader else { throw .missingKernels }
    var scratch = UInt64(padded(header.input_width))
    var state: UInt64 = 0
    for i in 0..<Int(header.layer_count) {
      let layer = layers[i]
      guard hasKernels(layer) else { throw .missingKernels }
      guard isBounded(layer), hasOutput(layer, isInteger: isInteger),
        let demand = isInteger ? layer.checkIntegers(&self) : layer.check(&self)
      else { throw .invalidLayer(i) }
      scratch += isInteger ? IntegerWork(layer).count : planeCount(layer)
      scratch += UInt64(demand.scratch)
      state += UInt64(demand.state)
    }
    guard UInt64(header.scratch_count) <= scratch, UInt64(header.state_count) <= state,
      hasReasonableMemory
    else { throw .invalidLayout }
  }

  /// The most values of a frame, as networks have them at the most.
  private static let widest: UInt32 = 1 << 16

  /// Whether a layer's sizes are some that layers have, so that no few bytes ask for much memory.
  private func isBounded(_ layer: sparrow_layer) -> Bool {
    func isBounded(_ matrix: sparrow_matrix) -> Bool {
      matrix.stored_rows <= 4 * Self.widest && matrix.columns <= 2 * Self.widest
    }
    return layer.width <= Self.widest && layer.states <= Self.widest
      && isBounded(layer.matrices.0) && isBounded(layer.matrices.1) && isBounded(layer.matrices.2)
  }

  /// Bytes of a stream's memory for a byte of the image, and besides: a unit takes at most as much,
  /// since it has at least a bias in the image.
  private static let memoryForByte: UInt64 = 16
  private static let memoryBesides: UInt64 = 1 << 20

  /// Whether a stream's memory is what so large an image may need, and can be counted in bytes
  /// where integers have 32 bits.
  private var hasReasonableMemory: Bool {
    let words =
      UInt64(header.state_count) + UInt64(header.scratch_count) + UInt64(sparrow_lookup_overhang)
    return words <= UInt64(Int.max / 4)
      && 4 * words <= Self.memoryForByte * UInt64(header.byte_count) + Self.memoryBesides
  }

  /// Whether there are kernels for a layer's products of bytes.
  private func hasKernels(_ layer: sparrow_layer) -> Bool {
    func isThere(_ matrix: sparrow_matrix) -> Bool {
      switch sparrow_arithmetic(matrix.arithmetic) {
      case SPARROW_F32, SPARROW_BF16: true
      // The validator of matrices refuses formats that are none.
      default:
        matrix.format >= UInt32(sparrow_matrix_format_count)
          || kernels.multipliesBytes(in: matrix.format)
      }
    }
    #if SPARROW_WITHOUT_CELLS
      if layer.kind == SPARROW_LAYER_RECURRENT.rawValue { return false }
    #endif
    return isThere(layer.matrices.0) && isThere(layer.matrices.1) && isThere(layer.matrices.2)
  }

  /// Whether a layer has room for its output.
  private func hasOutput(_ layer: sparrow_layer, isInteger: Bool) -> Bool {
    layer.width >= 16 && layer.width % 16 == 0 && layer.function <= SPARROW_ACTIVATION_TANH.rawValue
      && (isInteger
        ? holdsActivations(layer.output, layer.width)
        : fits(layer.output, layer.width, in: header.scratch_count))
  }

  /// Takes note that so many bytes are read.
  mutating func read(_ bytes: Int64) -> Bool {
    unread -= bytes
    return unread >= 0
  }

  /// A matrix that reads `from` in scratch and writes `width` floats to `to` there.
  mutating func isValid(
    _ matrix: sparrow_matrix, from: UInt32, to: UInt32, width: UInt32
  ) -> Bool {
    fits(from, matrix.columns, in: header.scratch_count)
      && isValid(matrix, columns: matrix.columns, to: to, width: width)
  }

  mutating func isValid(
    _ matrix: sparrow_matrix, columns: UInt32, to: UInt32, width: UInt32
  ) -> Bool {
    fits(to, width, in: header.scratch_count)
      && isValid(matrix, rows: width, columns: columns)
  }

  mutating func isValid(_ matrix: sparrow_matrix, rows: UInt32, columns: UInt32) -> Bool {
    guard hasArithmetic(of: matrix), matrix.columns == columns,
      matrix.stored_rows == rows, matrix.rows <= matrix.stored_rows,
      read(Int64(matrix.weight_bytes))
    else { return false }
    return MatrixValidator(
      matrix: matrix, image: image, extent: ImageExtent(byteCount: Int64(header.byte_count)),
      packed: InstructionSet(rawValue: sparrow_instruction_set(UInt32(header.instruction_set))),
      instructionSet: instructionSet
    ).isValid
  }

  /// Whether a matrix computes as the plan says, and has the memory for it.
  private func hasArithmetic(of matrix: sparrow_matrix) -> Bool {
    switch sparrow_arithmetic(matrix.arithmetic) {
    case SPARROW_BF16: return header.arithmetic == SPARROW_F32.rawValue
    case SPARROW_W8:
      return header.arithmetic == SPARROW_F32.rawValue
        && fits(
          matrix.work, UInt32(2 * Matrix.planeCount(columns: Int(matrix.columns))),
          in: header.scratch_count)
    default: return matrix.arithmetic == header.arithmetic
    }
  }

  /// Words that the planes of a layer's activations take.
  private func planeCount(_ layer: sparrow_layer) -> UInt64 {
    func count(_ matrix: sparrow_matrix) -> UInt64 {
      matrix.arithmetic == SPARROW_W8.rawValue
        ? 2 * UInt64(Matrix.planeCount(columns: Int(matrix.columns))) : 0
    }
    return count(layer.matrices.0) + count(layer.matrices.1) + count(layer.matrices.2)
  }

  /// Whether `count` bytes from an aligned `offset` lie in the image.
  func holds(_ offset: UInt32, _ count: Int64) -> Bool {
    ImageExtent(byteCount: Int64(header.byte_count)).holds(offset, count)
  }

  /// Whether `count` words from `start` lie in a memory of `capacity`.
  func fits(_ start: UInt32, _ count: UInt32, in capacity: UInt32) -> Bool {
    UInt64(start) + UInt64(count) <= UInt64(capacity)
  }

  private func holdsFrame(_ slot: UInt32, _ width: UInt32) -> Bool {
    header.arithmetic == SPARROW_F32.rawValue
      ? fits(slot, padded(width), in: header.scratch_count)
      : holdsActivations(slot, padded(width))
  }

  private func padded(_ width: UInt32) -> UInt32 { (width + 15) / 16 * 16 }
}
