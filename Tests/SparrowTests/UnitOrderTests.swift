import CSparrow
import SparrowCore
import TestSupport
import Testing

@testable import Sparrow

/// Networks whose hidden units change places.
struct UnitOrderTests {
  /// Any order that may be is one of the same function: in double precision, but for the order of
  /// sums.
  @Test(arguments: SmallNetwork.all)
  func anyOrderComputesTheSame(_ small: SmallNetwork) throws {
    let network = try small.network
    let sharing = UnitSharing(network)
    var numbers = TestNumbers(seed: 11)
    let units = zip(sharing.counts, sharing.isGiven).map { count, isGiven in
      isGiven ? Array(0..<count) : (0..<count).shuffled(using: &numbers)
    }
    let ordered = UnitOrder(sharing, units: units).applied(to: network)
    let frames = rows(small.frames(20), small.inputWidth)
    var reference = ReferenceNetwork(network)
    var other = ReferenceNetwork(ordered)
    let expected = reference.run(frames).flatMap { $0 }
    #expect(relativeError(other.run(frames).flatMap { $0 }, expected) < 1e-12)
    if small.testDescription.contains("S5") { #expect(ordered != network) }
  }

  @Test(arguments: SmallNetwork.all)
  func everyAxisHasAnOrder(_ small: SmallNetwork) throws {
    let network = try small.network
    let sharing = UnitSharing(network)
    #expect(sharing.orders.count == network.parameters.count)
    for parameter in network.parameterDescriptions {
      let orders = try #require(sharing.orders[parameter.name])
      #expect(orders.map { sharing.counts[$0] } == parameter.shape)
    }
  }

  /// Which units share an order, by hand: what runs along the branches, and what is the network's
  /// own.
  @Test func ordersByHand() throws {
    func dense(_ outputs: Int) -> Layer { .dense(DenseLayer(outputs: outputs)) }
    let recurrence = Layer.linearRecurrence(LinearRecurrenceLayer(states: 3))
    let network = try SmallNetwork(
      testDescription: "", inputWidth: 4,
      layers: [
        .normalization, dense(6),
        .residual([dense(5), recurrence, .gate, .residual([dense(5)]), dense(6)]),
        .gate, dense(2), .residual([dense(7), .activation(.relu), dense(2)]),
      ]
    ).network
    let sharing = UnitSharing(network)
    func orders(_ name: String) throws -> [Int] { try #require(sharing.orders["layers.\(name)"]) }
    let encoder = try orders("1.weight")
    let (input, hidden) = (encoder[1], encoder[0])
    let inner = try orders("2.layers.0.weight")[0]
    let states = try orders("2.layers.1.logStep")[0]
    let output = try orders("4.weight")[0]
    let last = try orders("5.layers.0.weight")[0]
    #expect(Set([input, hidden, states, inner, output, last]).count == 6)
    #expect(try orders("0.mean") == [input])
    #expect(try orders("2.layers.0.weight") == [inner, hidden])
    #expect(try orders("2.layers.1.B.real") == [states, inner])
    #expect(try orders("2.layers.1.C.imaginary") == [inner, states])
    #expect(try orders("2.layers.1.D") == [inner])
    #expect(try orders("2.layers.2.weight") == [inner, inner])
    #expect(try orders("2.layers.3.layers.0.weight") == [inner, inner])
    #expect(try orders("2.layers.4.weight") == [hidden, inner])
    #expect(try orders("3.weight") == [hidden, hidden])
    #expect(try orders("4.weight") == [output, hidden])
    #expect(try orders("5.layers.2.weight") == [output, last])
    let given = [input, hidden, states, inner, output, last].map { sharing.isGiven[$0] }
    #expect(given == [true, false, false, false, true, false])
  }

  /// Without a dense layer between them, what is inside is the network's own.
  @Test func unitsOfInputsStay() throws {
    let network = try SmallNetwork(
      testDescription: "", inputWidth: 4,
      layers: [.residual([.linearRecurrence(LinearRecurrenceLayer(states: 3)), .gate])]
    ).network
    let sharing = UnitSharing(network)
    let b = try #require(sharing.orders["layers.0.layers.0.B.real"])
    #expect(b.map { sharing.isGiven[$0] } == [false, true])
  }

  // MARK: The order that is found

  @Test(arguments: SmallNetwork.sparse)
  func foundOrderIsOne(_ small: SmallNetwork) throws {
    let network = try small.network
    let sharing = UnitSharing(network)
    let orders = try InstructionSet.supported.map { set in
      let order = try #require(UnitOrder(forLookupsOf: network, PackingKernels(set)))
      return sharing.counts.indices.map { order.units[$0] }
    }
    for (units, (count, isGiven)) in zip(orders[0], zip(sharing.counts, sharing.isGiven)) {
      #expect(units.sorted() == Array(0..<count))
      if isGiven { #expect(units == Array(0..<count)) }
    }
    #expect(orders.allSatisfy { $0 == orders[0] }, "the order depends on the machine")
  }

  /// For any processor: packing takes kernels of none.
  @Test(arguments: SmallNetwork.sparse, InstructionSet.all)
  func lookupsPadLess(_ small: SmallNetwork, _ set: InstructionSet) throws {
    let network = try small.network
    for format in MatrixFormat.lookups {
      let bytes = [false, true].map { ordersUnits in
        Packer(network, format: format, ordersUnits: ordersUnits, instructionSet: set)
          .packedMatrixBytes
      }
      // Where long rows are split, they hold up others less, and little is left to gain.
      if set == .avx512 {
        #expect(bytes[1] < bytes[0])
      } else {
        #expect(bytes[1] < bytes[0] + bytes[0] / 100)
      }
    }
  }

  @Test(arguments: SmallNetwork.sparse, InstructionSet.supported)
  func everyFormatComputesTheSame(_ small: SmallNetwork, _ set: InstructionSet) throws {
    let network = try small.network
    let frames = small.frames(20)
    var reference = ReferenceNetwork(network)
    let expected = reference.run(rows(frames, small.inputWidth)).flatMap { $0 }
    for format in MatrixFormat.allCases {
      let plan = Plan(network, format: format, instructionSet: set)
      let output = run(plan, frames, chunk: 1)
      #expect(relativeError(output, expected) < 2e-6, "\(format)")
      for chunk in [7, 20] { #expect(run(plan, frames, chunk: chunk) == output) }
    }
  }

  /// A state is in the network's order, whatever the plan's: it goes on in a plan of any order.
  @Test(arguments: SmallNetwork.sparse, [false, true])
  func statesAreThoseOfTheNetwork(_ small: SmallNetwork, orderedFirst: Bool) throws {
    let network = try small.network
    let frames = small.frames(60)
    let half = 30 * network.inputWidth
    let plans = [orderedFirst, !orderedFirst].map {
      Plan(network, format: .lookup, ordersUnits: $0)
    }
    var one = NetworkStream(plans[0])
    var other = NetworkStream(plans[1])
    _ = one.run(Array(frames[..<half]))
    _ = other.run(Array(frames[..<half]))
    #expect(relativeError(floats(one.state), floats(other.state).map(Double.init)) < 2e-6)

    other.state = try StreamState(decoding: one.state.encode(), for: plans[1])
    let expected = one.run(Array(frames[half...])).map(Double.init)
    #expect(relativeError(other.run(Array(frames[half...])), expected) < 2e-6)
  }

  private func floats(_ state: StreamState) -> [Float] {
    let bytes = Array(state.encode()[24...])
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
    }
  }

  // MARK: Where the order stays

  /// Nothing to skip; zeros that are spread evenly already; and blocks, which would fall apart.
  @Test(arguments: ["dense", "balanced", "blocks"])
  func orderStays(_ pattern: String) throws {
    let layers = Layer.s5(width: 128, states: 64, blocks: 1, outputs: 40, relufied: true)
    var numbers = TestNumbers(seed: 12)
    var parameters = randomParameters(layers, inputWidth: 64, 1, &numbers)
    for matrix in layers.parameters(inputWidth: 64, path: "").matrices.flatMap(\.parameters) {
      let columns = matrix.shape[1]
      let shift = Int(numbers.next() % 8)
      for index in 0..<matrix.count {
        let (row, column) = (index / columns, index % columns)
        let stays =
          switch pattern {
          case "balanced": (column + 5 * row) % 8 == 0
          case "blocks": (row / 16 * 7 + column / 4 * 5 + shift) % 8 == 0
          default: true
          }
        if !stays { parameters[matrix.name]!.values[index] = 0 }
      }
    }
    let network = try Network(inputWidth: 64, layers: layers, parameters: parameters)
    #expect(UnitOrder(forLookupsOf: network, PackingKernels(.best)) == nil)
  }

  @Test(arguments: SmallNetwork.all)
  func fingerprintIsTheNetworks(_ small: SmallNetwork) throws {
    let network = try small.network
    #expect(Plan(network).fingerprint == network.fingerprint)
  }
}

extension Packer {
  /// Bytes of all matrices, packed.
  fileprivate var packedMatrixBytes: Int {
    var packer = self
    _ = packer.pack()
    return packer.records.reduce(0) {
      $0 + Int($1.matrices.0.weight_bytes) + Int($1.matrices.1.weight_bytes)
    }
  }
}
