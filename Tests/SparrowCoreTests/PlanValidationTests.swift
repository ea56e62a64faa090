import CSparrow
import TestSupport
import Testing

@testable import Sparrow
@testable import SparrowCore

/// An image that is damaged anywhere is refused, or runs: it never crashes.
struct PlanValidationTests {
  private let network: Network

  init() throws {
    network = try Self.everyLayer()
  }

  /// Calls `body` with the bytes, aligned as plans want them.
  private func withImage<Result>(
    _ bytes: [UInt8], misaligned: Int = 0, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: bytes.count + misaligned, alignment: 64)
    defer { memory.deallocate() }
    let image = UnsafeMutableRawBufferPointer(rebasing: memory[misaligned...])
    image.copyBytes(from: bytes)
    return try body(UnsafeRawBufferPointer(image))
  }

  private var image: [UInt8] { image(of: network) }

  private func image(
    of network: Network, weights: WeightPrecision = .single, format: MatrixFormat? = nil
  ) -> [UInt8] {
    var packer = Packer(network, weights: weights, format: format)
    let storage = packer.pack()
    return withExtendedLifetime(storage) { Array(storage.bytes) }
  }

  /// Makes a plan of the bytes and, where that is not refused, runs it.
  private func attempt(_ bytes: [UInt8], misaligned: Int = 0) -> PlanError? {
    withImage(bytes, misaligned: misaligned) { image in
      do throws(PlanError) {
        let plan = try Plan(image: image)
        var stream = NetworkStream(plan)
        let frame = [Float](repeating: 0.5, count: plan.inputWidth)
        var output = [Float](repeating: 0, count: plan.outputWidth)
        var count = OperationCount(plan)
        var outputSpan = output.mutableSpan
        stream.step(frame.span, into: &outputSpan, counting: &count)
        stream.state = stream.state
        stream.step(frame.span, into: &outputSpan)
        return nil
      } catch {
        return error
      }
    }
  }

  @Test func wholeImageRuns() {
    #expect(attempt(image) == nil)
    #expect(attempt(image + [1, 2, 3]) == nil, "what follows the image does not matter")
  }

  @Test func truncatedImage() {
    let image = image
    let header = MemoryLayout<sparrow_plan_header>.size
    for count in Array(0...header) + Array(stride(from: header, to: image.count, by: 997))
      + [image.count - 1]
    {
      #expect(attempt(Array(image[..<count])) == .truncated, "\(count) bytes")
    }
    #expect(throws: PlanError.truncated) {
      try Plan(image: UnsafeRawBufferPointer(start: nil, count: 0))
    }
  }

  @Test(arguments: [1, 4, 16, 32])
  func misalignedImage(_ offset: Int) {
    #expect(attempt(image, misaligned: offset) == .misaligned)
  }

  @Test func otherFormats() {
    for i in 0..<8 {
      var bytes = image
      bytes[i] ^= 0x20
      #expect(attempt(bytes) == .notAPlan)
    }
    var bytes = image
    bytes[8] += 1
    #expect(attempt(bytes) == .unsupportedVersion(UInt32(sparrow_plan_version) + 1))
  }

  @Test func headersThatContradictThemselves() {
    func with(_ change: (inout sparrow_plan_header) -> Void) -> PlanError? {
      var bytes = image
      bytes.withUnsafeMutableBytes { raw in
        var header = raw.loadUnaligned(as: sparrow_plan_header.self)
        change(&header)
        raw.storeBytes(of: header, as: sparrow_plan_header.self)
      }
      return attempt(bytes)
    }
    #expect(with { $0.byte_count += 1 } == .truncated)
    #expect(with { $0.byte_count = .max } == .truncated)
    #expect(with { $0.layer_count = .max } == .invalidLayout)
    #expect(with { $0.layers_offset += 4 } == .invalidLayout)
    #expect(with { $0.layers_offset = .max - 63 } == .invalidLayout)
    #expect(with { $0.segment_count = .max } == .invalidLayout)
    #expect(with { $0.segments_offset = $0.byte_count } == .invalidLayout)
    #expect(with { $0.input_width = 0 } == .invalidLayout)
    #expect(with { $0.output_width = 0 } == .invalidLayout)
    #expect(with { $0.input_width = .max } == .invalidLayout)
    #expect(with { $0.input_slot = .max } == .invalidLayout)
    #expect(with { $0.output_slot = $0.scratch_count } == .invalidLayout)
    #expect(with { $0.state_count = 0 } == .invalidLayout)
    #expect(with { $0.scratch_count = 16 } != nil)
    // Memory that no layer asks for.
    #expect(with { $0.scratch_count = .max } == .invalidLayout)
    #expect(with { $0.state_count = .max } == .invalidLayout)
    #expect(
      with {
        $0.layer_count = 0
        $0.segment_count = 0
        $0.state_count = 0
        $0.input_width = .max - 15
        $0.scratch_count = .max - 15
      } == .invalidLayout)
  }

  @Test func layersThatReachOutside() {
    let layers = records(image)
    func with(_ index: Int, _ change: (inout sparrow_layer) -> Void) -> PlanError? {
      var bytes = image
      bytes.withUnsafeMutableBytes { raw in
        let header = raw.loadUnaligned(as: sparrow_plan_header.self)
        let offset = Int(header.layers_offset) + index * MemoryLayout<sparrow_layer>.stride
        var layer = raw.loadUnaligned(fromByteOffset: offset, as: sparrow_layer.self)
        change(&layer)
        raw.storeBytes(of: layer, toByteOffset: offset, as: sparrow_layer.self)
      }
      return attempt(bytes)
    }
    for index in layers.indices {
      #expect(with(index) { $0.kind = 0 } == .invalidLayer(index))
      #expect(with(index) { $0.kind = 99 } == .invalidLayer(index))
      #expect(with(index) { $0.function = 99 } == .invalidLayer(index))
      #expect(with(index) { $0.width = 24 } == .invalidLayer(index))
      #expect(with(index) { $0.width = .max - 15 } != nil)
      #expect(with(index) { $0.output = .max - 15 } == .invalidLayer(index))
    }
    for index in layers.indices {
      let layer = layers[index]
      let kind = layer.kind
      switch sparrow_layer_kind(rawValue: kind) {
      case SPARROW_LAYER_DENSE, SPARROW_LAYER_GATE, SPARROW_LAYER_LINEAR_RECURRENCE:
        #expect(with(index) { $0.matrices.0.format = 7 } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.0.columns += 1 } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.0.columns = .max } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.0.rows = .max } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.0.stored_rows += 16 } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.0.weights_offset = .max - 63 } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.0.weights_offset += 4 } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.0.bias_offset = .max - 63 } == .invalidLayer(index))
        #expect(
          with(index) { $0.matrices.0.column_counts_offset = .max - 63 } == .invalidLayer(index))
        #expect(with(index) { $0.input = .max } == .invalidLayer(index))
      default: break
      }
      if kind == SPARROW_LAYER_LINEAR_RECURRENCE.rawValue {
        #expect(with(index) { $0.states = .max - 15 } == .invalidLayer(index))
        #expect(with(index) { $0.states += 16 } == .invalidLayer(index))
        #expect(with(index) { $0.state = .max } == .invalidLayer(index))
        #expect(with(index) { $0.work = .max } == .invalidLayer(index))
        #expect(with(index) { $0.vectors.1 = .max - 63 } == .invalidLayer(index))
      }
      if kind == SPARROW_LAYER_RECURRENT.rawValue {
        #expect(with(index) { $0.states += 16 } == .invalidLayer(index))
        #expect(with(index) { $0.cell = 5 } == .invalidLayer(index))
        #expect(with(index) { $0.cell = .max } == .invalidLayer(index))
        #expect(with(index) { $0.state = .max } == .invalidLayer(index))
        #expect(with(index) { $0.work = .max } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.1.columns += 16 } == .invalidLayer(index))
        #expect(with(index) { $0.matrices.1.stored_rows -= 16 } == .invalidLayer(index))
        if layer.cell == SPARROW_CELL_GRU_RESET_FIRST.rawValue {
          #expect(with(index) { $0.matrices.2.columns += 16 } == .invalidLayer(index))
          #expect(with(index) { $0.matrices.2.stored_rows -= 16 } == .invalidLayer(index))
        }
        if layer.cell == SPARROW_CELL_EVENT_GRU.rawValue {
          #expect(with(index) { $0.vectors.0 = .max - 63 } == .invalidLayer(index))
        }
      }
      if kind == SPARROW_LAYER_AFFINE.rawValue {
        #expect(with(index) { $0.vectors.0 = .max - 63 } == .invalidLayer(index))
        #expect(with(index) { $0.vectors.1 += 1 } == .invalidLayer(index))
      }
    }
  }

  /// Every byte of the header, the records and the segments, changed in several ways.
  @Test(arguments: [0x01, 0x10, 0x80, 0xff] as [UInt8], [false, true])
  func damagedBytes(_ mask: UInt8, isInFixedPoint: Bool) throws {
    let image = image(of: isInFixedPoint ? try Self.everyLayerInFixedPoint() : network)
    let header = withImage(image) { $0.load(as: sparrow_plan_header.self) }
    let records =
      Int(header.layers_offset)..<Int(header.layers_offset) + Int(header.layer_count)
      * MemoryLayout<sparrow_layer>.stride
    let segments =
      Int(header.segments_offset)..<Int(header.segments_offset) + Int(header.segment_count)
      * MemoryLayout<sparrow_plan_segment>.stride
    let places = Array(0..<MemoryLayout<sparrow_plan_header>.size) + records + segments
    var refused = 0
    for place in places {
      var bytes = image
      bytes[place] ^= mask
      if attempt(bytes) != nil { refused += 1 }
    }
    // Most of a record is of other kinds of layers, or describes the matrix for those who count.
    #expect(refused > places.count / 6)
  }
  /// Matrices of bytes in plans of single precision, and columns of them.
  @Test(arguments: [0x01, 0x40, 0x80, 0xff] as [UInt8], [MatrixFormat.dense, .columns])
  func damagedBytesOfRoundedWeights(_ mask: UInt8, _ format: MatrixFormat) throws {
    let image = image(of: network, weights: .int8, format: format)
    #expect(attempt(image) == nil)
    let header = withImage(image) { $0.load(as: sparrow_plan_header.self) }
    let start = Int(header.layers_offset)
    for place in start..<start + Int(header.layer_count) * MemoryLayout<sparrow_layer>.stride {
      var bytes = image
      bytes[place] ^= mask
      _ = attempt(bytes)
    }
    func with(_ change: (inout sparrow_matrix) -> Void) -> PlanError? {
      var bytes = image
      bytes.withUnsafeMutableBytes { raw in
        for index in 0..<Int(header.layer_count) {
          let place = start + index * MemoryLayout<sparrow_layer>.stride
          var layer = raw.loadUnaligned(fromByteOffset: place, as: sparrow_layer.self)
          change(&layer.matrices.0)
          raw.storeBytes(of: layer, toByteOffset: place, as: sparrow_layer.self)
        }
      }
      return attempt(bytes)
    }
    #expect(with { $0.limit = 32768 } != nil)
    #expect(with { $0.scales_offset = header.byte_count } != nil)
    #expect(with { $0.work = header.scratch_count } != nil)
    #expect(with { $0.arithmetic = SPARROW_BF16.rawValue } != nil)
    // Columns that end elsewhere than their masks say.
    #expect(format != .columns || with { $0.indices_offset += 64 } != nil)
  }

  /// The records of an image's layers.
  private func records(_ image: [UInt8]) -> [sparrow_layer] {
    withImage(image) { raw in
      let header = raw.load(as: sparrow_plan_header.self)
      return (0..<Int(header.layer_count)).map {
        raw.load(
          fromByteOffset: Int(header.layers_offset) + $0 * MemoryLayout<sparrow_layer>.stride,
          as: sparrow_layer.self)
      }
    }
  }

  /// What is wrong with an image that has another value somewhere.
  private func attempt<Value: FixedWidthInteger>(
    _ image: [UInt8], with value: Value, at place: Int
  ) -> PlanError? {
    var bytes = image
    withUnsafeBytes(of: value.littleEndian) {
      bytes.replaceSubrange(place..<place + $0.count, with: $0)
    }
    return attempt(bytes)
  }

  /// Rows of compressed columns that there are not.
  @Test func damagedRows() throws {
    let image = image(of: network, format: .columns)
    #expect(attempt(image) == nil)
    var damaged = 0
    for (index, layer) in records(image).enumerated() {
      let matrix = layer.matrices.0
      guard matrix.format == SPARROW_MATRIX_COLUMNS.rawValue, matrix.steps > 0 else { continue }
      let rows = UInt16(matrix.stored_rows)
      #expect(attempt(image, with: rows, at: Int(matrix.starts_offset)) == .invalidLayer(index))
      damaged += 1
    }
    #expect(damaged > 0)
  }

  /// Steps of lookups and blocks at columns that there are not, and rows that end where no steps
  /// are.
  @Test(arguments: [MatrixFormat.lookup, .wideLookup, .widestLookup, .block])
  func damagedSteps(_ format: MatrixFormat) throws {
    let image = image(of: network, format: format)
    #expect(attempt(image) == nil)
    var damaged = 0
    for (index, layer) in records(image).enumerated() {
      let matrix = layer.matrices.0
      let formats = [SPARROW_MATRIX_LOOKUP.rawValue, SPARROW_MATRIX_BLOCK.rawValue]
      guard formats.contains(matrix.format), matrix.steps > 0 else { continue }
      for start in [UInt16(matrix.columns), .max] {
        #expect(attempt(image, with: start, at: Int(matrix.starts_offset)) == .invalidLayer(index))
      }
      for end in [matrix.steps + 2, .max] {
        #expect(attempt(image, with: end, at: Int(matrix.ends_offset)) == .invalidLayer(index))
      }
      if format == .block {
        let odd = (UInt16(2), UInt32(1))
        #expect(attempt(image, with: odd.0, at: Int(matrix.starts_offset)) == .invalidLayer(index))
        #expect(attempt(image, with: odd.1, at: Int(matrix.ends_offset)) == .invalidLayer(index))
      }
      damaged += 1
    }
    #expect(damaged > 0)
  }

  /// Shifts by bits that there are not, which lie in vectors of the image.
  @Test func damagedShifts() throws {
    let image = image(of: try Self.everyLayerInFixedPoint())
    #expect(attempt(image) == nil)
    for (index, layer) in records(image).enumerated() {
      // Where the record's first shift is.
      let place: Int? =
        switch sparrow_layer_kind(rawValue: layer.kind) {
        case SPARROW_LAYER_DENSE: Int(layer.vectors.0)
        case SPARROW_LAYER_GATE: Int(layer.vectors.1)
        case SPARROW_LAYER_LINEAR_RECURRENCE: Int(layer.vectors.2) + 4 * Int(layer.width)
        case SPARROW_LAYER_ACTIVATION where layer.function != SPARROW_ACTIVATION_RELU.rawValue:
          Int(layer.vectors.1)
        default: nil
        }
      guard let place else { continue }
      for value: Int32 in [-1, 32, .min] {
        #expect(attempt(image, with: value, at: place) == .invalidLayer(index))
      }
    }
  }

  /// Factors that have more bits than their products have room for, and functions beyond 1.
  @Test func damagedNumbers() throws {
    let image = image(of: try Self.everyLayerInFixedPoint())
    var kinds: Set<UInt32> = []
    for (index, layer) in records(image).enumerated() {
      // Places of numbers, and bits that they have with their sign.
      let places: [(Int, bits: Int32)]
      switch sparrow_layer_kind(rawValue: layer.kind) {
      case SPARROW_LAYER_LINEAR_RECURRENCE:
        places = [
          (Int(layer.vectors.0), 24), (Int(layer.vectors.1), 16), (Int(layer.vectors.2), 16),
        ]
      case SPARROW_LAYER_GATE: places = [(Int(layer.vectors.0), 17)]
      case SPARROW_LAYER_ACTIVATION where layer.function != SPARROW_ACTIVATION_RELU.rawValue:
        let complement = 4 * Int(sparrow_function_segments)
        places = [(Int(layer.vectors.0), 17), (Int(layer.vectors.0) + complement, 17)]
      default: continue
      }
      for (place, bits) in places {
        for value in [Int32(1) << (bits - 1), .max, -1 << 30] where value != 1 << 16 {
          // A table serves all layers of a function, and the first of them is refused.
          let error = attempt(image, with: value, at: place)
          #expect(bits == 17 ? error != nil : error == .invalidLayer(index))
        }
      }
      kinds.insert(layer.kind)
    }
    #expect(kinds.count == 3)
  }
}
