/// A core at work: its share of the synapses, the sums of its neurons and what they remember.
struct CoreState: Sendable {
  /// Synapses of a connection that end on this core.
  private struct Table: Sendable {
    var source: Int?
    var isMatrix: Bool
    var offsets: [Int]
    var synapses: [Synapse]
  }

  let group: Int
  let neurons: Range<Int>
  private let program: NeuronProgram
  private let operations: [NeuronOperation]
  private let updates: Int
  private let limit: Int
  private var tables: [Table] = []
  /// By compartment, then neuron of this core.
  private var sums: [[Int]]
  private var state: (real: [Int], imaginary: [Int])
  /// Values of this core's neurons: real parts and, after them, imaginary ones of complex states.
  private(set) var values: [Int]
  private(set) var imaginaryValues: [Int]

  private init(_ group: NeuronGroup, index: Int, neurons: Range<Int>, limit: Int) {
    self.group = index
    self.neurons = neurons
    self.limit = limit
    program = group.program
    operations = group.operations
    updates = group.updates
    let zeros = Array(repeating: 0, count: neurons.count)
    sums = Array(repeating: zeros, count: group.compartments)
    state = group.isComplex ? (zeros, zeros) : ([], [])
    values = zeros
    imaginaryValues = group.isComplex ? zeros : []
  }

  /// The cores of a group, each with its share of the synapses.
  ///
  /// - Parameter shares: consecutive neurons, all of the group's.
  static func cores(
    of group: NeuronGroup, index: Int, shares: [Range<Int>], limit: Int
  ) -> [CoreState] {
    var cores = shares.map { CoreState(group, index: index, neurons: $0, limit: limit) }
    let coreOfNeuron = shares.enumerated().flatMap { core, neurons in
      Array(repeating: core, count: neurons.count)
    }
    for connection in group.connections {
      var tables = shares.map { _ in
        Table(source: connection.source, isMatrix: connection.isMatrix, offsets: [0], synapses: [])
      }
      for value in 0..<connection.offsets.count - 1 {
        for var synapse in connection.synapses[
          connection.offsets[value]..<connection.offsets[value + 1]]
        {
          let core = coreOfNeuron[Int(synapse.neuron)]
          synapse.neuron -= Int32(shares[core].lowerBound)
          tables[core].synapses.append(synapse)
        }
        for core in tables.indices { tables[core].offsets.append(tables[core].synapses.count) }
      }
      for core in tables.indices { cores[core].tables.append(tables[core]) }
    }
    return cores
  }

  /// Synapses that were gone through, those of matrices and all.
  struct Work: Sendable {
    var matrixSynapses = 0
    var synapses = 0
    var updates = 0
  }

  /// Takes the events of a frame, and updates every neuron.
  ///
  /// - Parameter events: of a group, nil being the input: places and values, none of them zero.
  mutating func step(events: (Int?) -> [Event]) -> Work {
    var work = Work()
    for compartment in sums.indices {
      for neuron in sums[compartment].indices { sums[compartment][neuron] = 0 }
    }
    for table in tables {
      var count = 0
      for event in events(table.source) {
        let range = table.offsets[Int(event.place)]..<table.offsets[Int(event.place) + 1]
        count += range.count
        for synapse in table.synapses[range] {
          sums[Int(synapse.compartment)][Int(synapse.neuron)] +=
            Int(synapse.weight) * Int(event.value)
        }
      }
      work.synapses += count
      if table.isMatrix { work.matrixSynapses += count }
    }
    for neuron in 0..<neurons.count { update(neuron) }
    work.updates = updates * neurons.count
    return work
  }

  private mutating func update(_ neuron: Int) {
    let own = neurons.lowerBound + neuron
    var next = program.compartments
    var value: Int
    switch program {
    case .relay: value = sums[0][neuron]
    case .dense(let bias, let shifts):
      value = clipped(rounded(sums[0][neuron] + bias[own], shifts[own]), limit)
    case .readout(let bias, let shifts, let feedThrough):
      value = clipped(
        rounded(sums[0][neuron] + bias[own], shifts[own]) + rounded(sums[1][neuron], feedThrough),
        limit)
    case .gate(let bias, let exponents, let shift):
      let gate = TabulatedFunction.sigmoid(sums[0][neuron] + bias[own], exponent: exponents[own])
      value = clipped(rounded(sums[1][neuron] * gate, shift), limit)
    case .state(let program): value = updateState(program, neuron, own)
    }
    for operation in operations {
      switch operation {
      case .rectify: value = max(value, 0)
      case .function(let function, let exponent, let shift):
        value = clipped(rounded(function(value, exponent: exponent), shift), limit)
      case .gated(let function, let exponent, let shift):
        value = clipped(rounded(value * function(value, exponent: exponent), shift), limit)
      case .sum(let left, let other, let shift):
        value = clipped(rounded(value << left + sums[next][neuron] << other, shift), limit)
        next += 1
      }
    }
    values[neuron] = value
  }

  /// - Returns: the real part of what is read of the state.
  private mutating func updateState(_ program: StateProgram, _ neuron: Int, _ own: Int) -> Int {
    let w = (
      real: sums[0][neuron] + program.bias.real[own],
      imaginary: sums[1][neuron] + program.bias.imaginary[own]
    )
    let a = (real: program.a.real[own], imaginary: program.a.imaginary[own])
    let f = (real: program.f.real[own], imaginary: program.f.imaginary[own])
    let s = (real: state.real[neuron], imaginary: state.imaginary[neuron])
    let shift = program.fShifts[own]
    let real =
      rounded(a.real * s.real - a.imaginary * s.imaginary, program.aShift)
      + rounded(f.real * w.real - f.imaginary * w.imaginary, shift)
    let imaginary =
      rounded(a.real * s.imaginary + a.imaginary * s.real, program.aShift)
      + rounded(f.real * w.imaginary + f.imaginary * w.real, shift)
    let widest = Int(Int32.max)
    state.real[neuron] = clipped(real, widest)
    state.imaginary[neuron] = clipped(imaginary, widest)
    guard !program.isRectified || state.real[neuron] > 0 else {
      imaginaryValues[neuron] = 0
      return 0
    }
    imaginaryValues[neuron] = clipped(
      rounded(state.imaginary[neuron], program.readShift), limit)
    return clipped(rounded(state.real[neuron], program.readShift), limit)
  }
}

/// A number that is not zero on its way: which one of its group, and its value.
struct Event: Sendable {
  var place: Int32
  var value: Int32
}
