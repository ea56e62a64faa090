import CSparrow

/// A plan whose streams take their steps together: the weights of each layer as rows of non-zeros.
/// A view of memory that ``deallocate()`` gives back.
struct LaneProgram {
  let kernels: LaneKernels
  /// Bytes of the weights.
  let byteCount: Int
  private let program: Program
  /// The weights; then three matrices a layer.
  private let memory: UnsafeMutableRawPointer
  private let matrices: UnsafeMutablePointer<sparrow_lane_matrix>

  /// Nil where a layer has no kernel for many streams.
  ///
  /// - Parameter ifFaster: Nil, too, where as many streams are faster one by one.
  init?(
    _ program: Program, _ instructionSet: InstructionSet, capacity: Int, ifFaster: Bool = false
  ) {
    guard program.isInteger else { return nil }
    var (byteCount, nonZeros, weights) = (0, 0, 0)
    for i in 0..<program.layerCount {
      let layer = program.layers[i]
      guard layer.stepsInLanes else { return nil }
      for index in 0..<3 {
        let matrix = layer.matrix(index)
        guard let size = LaneMatrixSize(matrix, in: program.image, for: instructionSet) else {
          return nil
        }
        byteCount += size.byteCount
        nonZeros += size.nonZeros
        weights += size.rows * Int(matrix.columns)
      }
    }
    if ifFaster {
      let density = Double(nonZeros) / Double(max(weights, 1))
      guard instructionSet.isFasterInLanes(streams: capacity, density: density) else { return nil }
    }
    self.program = program
    self.byteCount = byteCount
    kernels = LaneKernels(program.kernels, instructionSet, laneCount: capacity <= 16 ? 16 : 32)
    memory = .allocate(byteCount: max(byteCount, 1), alignment: Int(sparrow_plan_alignment))
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    matrices = .allocate(capacity: max(3 * program.layerCount, 1))
    var next = memory
    for i in 0..<program.layerCount {
      for index in 0..<3 {
        let matrix = program.layers[i].matrix(index)
        // It has been found to have one.
        let size = LaneMatrixSize(matrix, in: program.image, for: instructionSet)!
        (matrices + 3 * i + index).initialize(
          to: size.write(matrix, in: program.image, for: instructionSet, to: next))
        next += size.byteCount
      }
    }
  }

  func deallocate() {
    memory.deallocate()
    matrices.deallocate()
  }

  /// Runs all layers for a block of streams.
  @inline(__always)
  func runLayers(_ memory: LaneMemory) {
    let layers = program.layers
    var i = 0
    while i < program.layerCount {
      LaneLayer(record: layers[i], matrices: matrices + 3 * i).step(memory)
      i += 1
    }
  }
}

extension InstructionSet {
  /// Whether steps of many streams together are faster than one by one, by `SparrowBenchmarks
  /// groups` for sparse and dense GRUs and S5 networks on an Intel Sapphire Rapids. With few
  /// streams lanes are empty; and products of bytes with AVX-512 do four times as much per
  /// instruction as those of lanes, so that only zeros and the widest vectors make up for it.
  fileprivate func isFasterInLanes(streams: Int, density: Double) -> Bool {
    switch self {
    case .scalar: streams >= 4
    case .avx512: streams >= 24 && density < 0.4
    default: streams >= 12
    }
  }
}

extension sparrow_layer {
  fileprivate func matrix(_ index: Int) -> sparrow_matrix {
    switch index {
    case 0: matrices.0
    case 1: matrices.1
    default: matrices.2
    }
  }
}
