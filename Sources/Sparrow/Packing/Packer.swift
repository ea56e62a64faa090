import CSparrow
import SparrowCore

extension Plan {
  /// Packs a network for this machine: each matrix in the format that is expected to be fastest
  /// there.
  ///
  /// Normalisations with stored statistics are folded into the matrices that follow them, so they
  /// cost nothing in a step; a recurrent layer's discretisation is computed here, once, in double
  /// precision.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - weights: The storage of weights. Rounding changes the output of the network.
  ///   - activity: The density of the inputs of matrices by their name (see
  ///     ``Network/matrixDescriptions``), as ``Network/activity(of:)`` measures it;
  ///     ``Network/expectedActivity`` for missing ones.
  ///   - instructionSet: An instruction set of this processor.
  /// - Precondition: the network's weights fit 4 GB, and the processor supports `instructionSet`.
  public init(
    _ network: Network, weights: WeightPrecision = .single, activity: [String: Double] = [:],
    instructionSet: InstructionSet = .best
  ) {
    self.init(
      network, weights: weights, activity: activity, format: nil, ordersUnits: false,
      instructionSet: instructionSet)
  }

  /// - Parameters:
  ///   - format: of all matrices, whatever is expected of it; nil for the fastest of each.
  ///   - ordersUnits: whether to look for an order of hidden units in which lookups pad less, as
  ///     ``Network/orderedForLookups()`` does. States are those of the network all the same.
  package init(
    _ network: Network, weights: WeightPrecision = .single, activity: [String: Double] = [:],
    format: MatrixFormat?, ordersUnits: Bool = true, instructionSet: InstructionSet = .best
  ) {
    var packer = Packer(
      network, weights: weights, activity: activity, format: format, ordersUnits: ordersUnits,
      instructionSet: instructionSet)
    let storage = packer.pack()
    do throws(PlanError) {
      try self.init(image: storage.bytes, owner: storage, instructionSet: instructionSet)
    } catch {
      preconditionFailure("a packed network is a valid plan: \(error)")
    }
  }
}

extension Network {
  /// The image of a plan for any processor, which need not be this one.
  ///
  /// - Parameters:
  ///   - instructionSet: of the processor that is to run it. Images for WebAssembly and NEON run
  ///     with the portable kernels of any other processor, too.
  ///   - weights: as for a plan.
  ///   - ordersUnits: whether to look for an order of hidden units in which lookups pad less;
  ///     networks that were quantised or converted are in such an order.
  ///   - processor: a kind of processor for which formats are chosen otherwise; nil for none.
  /// - Returns: the bytes, for memory that begins at a multiple of ``Plan/imageAlignment``.
  public func planImage(
    for instructionSet: InstructionSet, weights: WeightPrecision = .single,
    ordersUnits: Bool = false, processor: Processor? = nil
  ) -> [UInt8] {
    var packer = Packer(
      self, weights: weights, ordersUnits: ordersUnits, instructionSet: instructionSet,
      processor: processor)
    let storage = packer.pack()
    return withExtendedLifetime(storage) { Array(storage.bytes) }
  }

  /// The format that a plan of the network chooses for each matrix, in the order of a step's
  /// products.
  ///
  /// - Parameters: as for a plan.
  public func matrixChoices(
    weights: WeightPrecision = .single, activity: [String: Double] = [:],
    instructionSet: InstructionSet = .best
  ) -> [MatrixChoice] {
    var packer = Packer(
      self, weights: weights, activity: activity, ordersUnits: false,
      instructionSet: instructionSet)
    _ = packer.pack()
    return packer.choices
  }
}

/// Turns a network's layers into the records of a plan.
package struct Packer {
  /// Whether functions other than rectifiers may become part of what they follow.
  let fusesFunctions: Bool
  /// The network as it is stored: its hidden units may be in another order than they came.
  let network: Network
  private let fingerprint: UInt64
  /// That of the stored network's units; nil where it is the one in which they came.
  private let unitOrder: UnitOrder?
  private let weights: WeightPrecision
  /// A language model's embedding, of the network as it came.
  private let embedding: Tensor?
  private let activity: [String: Double]
  private let format: MatrixFormat?
  private let instructionSet: InstructionSet
  private let processor: Processor?
  private let planner: MatrixPlanner
  var image = ImageBuilder()
  var records: [sparrow_layer] = []
  /// The layer that each record belongs to.
  private(set) var recordPaths: [String] = []
  var segments: [sparrow_plan_segment] = []
  var stateCount = 0
  var scratch: ScratchAllocator
  /// Offsets of the integer layers' function tables that have been stored.
  var functionTables: [FunctionTable: UInt32] = [:]
  private(set) var choices: [MatrixChoice] = []

  init(
    _ network: Network, weights: WeightPrecision = .single, activity: [String: Double] = [:],
    format: MatrixFormat? = nil, ordersUnits: Bool = true, fusesFunctions: Bool = true,
    instructionSet: InstructionSet = .best, processor: Processor? = nil
  ) {
    let activity = network.expectedActivity.merging(activity) { $1 }
    self.weights = network.quantization == nil ? weights : .single
    self.fusesFunctions = fusesFunctions
    fingerprint = network.fingerprint
    embedding = network.languageFrontEnd.map { _ in
      network[LanguageFrontEnd.embeddingName(of: network.layers)]
    }
    self.activity = activity
    self.format = format
    self.instructionSet = instructionSet
    self.processor = processor
    // What is not zero, with its place; or everything, where that is less.
    let arithmetic = network.arithmetic
    let size =
      arithmetic != SPARROW_F32 || weights == .int8 ? 1 : weights == .bfloat16 ? 2 : 4
    let footprint = network.matrixDescriptions.reduce(0) {
      $0 + min(size * $1.count, (size + 2) * network.nonZeroCount(of: $1))
    }
    let planner = MatrixPlanner(instructionSet, processor, footprint: footprint)
    self.planner = planner
    // Rounded weights are multiplied as those of fixed point are.
    let products = self.weights == .int8 ? SPARROW_W8A16 : arithmetic
    unitOrder =
      ordersUnits
      ? UnitOrder(forLookupsOf: network, PackingKernels(.best)) { matrix, weights in
        format != nil
          || planner.canLookUp(
            matrix, weights: weights,
            activity: activity[matrix.name] ?? processor?.expectedActivity ?? 1, products)
      } : nil
    self.network = unitOrder?.applied(to: network) ?? network
    scratch = ScratchAllocator(valuesPerWord: arithmetic == SPARROW_F32 ? 1 : 2)
  }

  mutating func append(_ record: sparrow_layer, of path: String) {
    records.append(record)
    recordPaths.append(path)
  }

  /// Packs a matrix in the format that is expected to be fastest, its weights rounded as the plan
  /// wants.
  mutating func append(_ matrix: MatrixToPack<Float>, named name: String) -> sparrow_matrix {
    switch weights {
    case .single:
      return append(exactly: matrix, named: name)
    case .bfloat16:
      return append(exactly: matrix.roundedToBFloat16(), named: name)
    case .int8:
      let (bytes, scales) = matrix.roundedToBytes()
      let nonZeros = NonZeros(bytes)
      return image.append(
        bytes, nonZeros, scales: scales, bias: matrix.bias,
        as: choose(for: bytes, nonZeros, named: name), for: instructionSet)
    }
  }

  /// Packs a matrix in the format that is expected to be fastest.
  mutating func append(_ matrix: MatrixToPack<Int8>, named name: String) -> sparrow_matrix {
    append(exactly: matrix, named: name)
  }

  private mutating func append<Weight>(
    exactly matrix: MatrixToPack<Weight>, named name: String
  ) -> sparrow_matrix {
    let nonZeros = NonZeros(matrix)
    return image.append(
      matrix, nonZeros, as: choose(for: matrix, nonZeros, named: name), for: instructionSet)
  }

  private mutating func choose<Weight>(
    for matrix: MatrixToPack<Weight>, _ nonZeros: NonZeros, named name: String
  ) -> MatrixFormat {
    let share = activity[name] ?? processor?.expectedActivity ?? 1
    let choice = MatrixChoice(
      name: name, rows: matrix.rows, columns: matrix.columns, nonZeroCount: nonZeros.count,
      activity: share, candidates: planner.candidates(for: matrix, nonZeros, activity: share),
      pack: { [instructionSet] in PackedMatrix(matrix, $0, false, instructionSet) })
    choices.append(choice)
    return format ?? choice.chosen.format
  }

  mutating func pack() -> PlanStorage {
    let input = scratch.allocate(network.inputWidth)
    let output = pack(
      network.layers.placed(inputWidth: network.inputWidth, path: ""),
      PackedValues(slot: input, isOwned: true))
    placePlanes()
    var header = sparrow_plan_header()
    header.magic = (0x53, 0x50, 0x41, 0x52, 0x52, 0x4F, 0x57, 0x50)
    header.version = UInt16(sparrow_plan_version)
    header.instruction_set = UInt16(instructionSet.cValue.rawValue)
    header.input_width = UInt32(network.inputWidth)
    header.output_width = UInt32(network.outputWidth)
    header.input_slot = input.offset
    header.output_slot = output.offset
    header.state_count = UInt32(stateCount)
    header.scratch_count = UInt32(scratch.capacity)
    header.layer_count = UInt32(records.count)
    header.layers_offset = image.append(records)
    header.segment_count = UInt32(segments.count)
    header.segments_offset = image.append(segments)
    header.fingerprint = fingerprint
    header.arithmetic = network.arithmetic.rawValue
    if let integers = network.integers {
      header.input_exponent = Int32(integers.inputExponent)
      header.output_exponent = Int32(integers.outputExponent)
      header.limit = integers.limit
    }
    if let rule = network.frontEnd?.rule, let kind = type(of: rule).planKind {
      header.front_end = kind.rawValue
      header.front_end_offset = rule.pack(
        into: &image, embedding: embedding.map { StoredEmbedding($0, weights) })
    }
    return image.finish(header)
  }

  /// Gives matrices of bytes that floats are rounded for a place for their activations' planes: one
  /// for all, which nothing else uses.
  private mutating func placePlanes() {
    let matrices: [WritableKeyPath<sparrow_layer, sparrow_matrix>] = [
      \.matrices.0, \.matrices.1, \.matrices.2,
    ]
    func isRounded(_ matrix: sparrow_matrix) -> Bool {
      matrix.arithmetic == SPARROW_W8.rawValue
    }
    let columns = records.flatMap { record in matrices.map { record[keyPath: $0] } }
      .filter(isRounded).map(\.columns).max()
    guard let columns else { return }
    let slot = scratch.reserve(words: 2 * Matrix.planeCount(columns: Int(columns)))
    for i in records.indices {
      for matrix in matrices where isRounded(records[i][keyPath: matrix]) {
        records[i][keyPath: matrix].work = slot
      }
    }
  }

  /// Appends the places of a recurrence's complex states, from `first` on, as parts of a stream's
  /// state: in the order of the network, whatever the one in which they are stored.
  ///
  /// - Parameter stored: states with padding: real parts, then imaginary ones.
  mutating func appendStates(_ states: Int, stored: Int, _ path: String, at first: Int) {
    var places = Array(0..<states)
    if let unitOrder {
      for (place, unit) in unitOrder.units(of: "\(path).B.real", axis: 0).enumerated() {
        places[unit] = place
      }
    }
    for part in [first, first + stored] {
      var state = 0
      while state < states {
        let start = state
        repeat { state += 1 } while state < states && places[state] == places[state - 1] + 1
        segments.append(
          sparrow_plan_segment(
            start: UInt32(part + places[start]), count: UInt32(state - start)))
      }
    }
  }

  /// Packs layers that read `values`; returns where the last one's result lies.
  mutating func pack(_ places: [LayerPlace], _ values: PackedValues) -> Slot {
    var values = values
    for place in places { place.layer.rule.pack(place, into: &self, &values) }
    return values.settle(&self, toChange: false)
  }
}

extension Network {
  /// That of a plan's matrices.
  var arithmetic: sparrow_arithmetic {
    switch quantization?.scheme.activationBits {
    case nil: SPARROW_F32
    case 8: SPARROW_W8A8
    default: SPARROW_W8A16
    }
  }
}
