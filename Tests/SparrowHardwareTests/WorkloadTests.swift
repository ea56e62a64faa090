import Sparrow
import SparrowHardware
import SparrowModels
import Testing

@testable import SparrowHardware

@Suite struct WorkloadTests {
  @Test func theShippedNetworksZerosAreItsOwn() throws {
    let network = EmbeddedModel.denoiser.network
    let workload = try Workload(network, name: "denoiser")
    let matrices = network.matrixDescriptions
    let products = workload.layers.flatMap(\.products)
    #expect(products.count == matrices.count)
    for (product, matrix) in zip(products, matrices) {
      #expect(product.rows == matrix.rows && product.columns == matrix.columns)
      #expect(product.effectiveMACs == Double(network.nonZeroCount(of: matrix)))
    }
    let dense = try Workload(network, name: "denoiser", isDense: true)
    #expect(dense.layers.flatMap(\.products).allSatisfy { $0.weights == .dense })
    #expect(dense.denseMACs == matrices.reduce(0) { $0 + $1.count })
  }

  /// C's parts lie side by side, and B's below each other.
  @Test func complexMatricesLieAsAStepMultipliesThem() throws {
    let layer = LinearRecurrenceLayer(states: 2, discretization: .discrete)
    var parameters: [String: Tensor] = [:]
    let description = Layer.linearRecurrence(layer)
    for parameter in description.parameters(inputWidth: 3, path: "layers.0") {
      parameters[parameter.name] = Tensor(shape: parameter.shape, repeating: 0)
    }
    parameters["layers.0.B.imaginary"]!.values[1 * 3 + 2] = 1
    parameters["layers.0.C.imaginary"]!.values[2 * 2 + 1] = 1
    let network = try Network(inputWidth: 3, layers: [description], parameters: parameters)
    let products = try Workload(network, name: "").layers[0].products
    let b = try #require(products[0].weights.mask(rows: 4, columns: 3))
    #expect(b[3, 2] && b.nonZeroCount == 1)
    let c = try #require(products[1].weights.mask(rows: 3, columns: 4))
    #expect(c[2, 3] && c.nonZeroCount == 1)
  }

  @Test func productsThatWaitWithinAStepAreRefused() throws {
    func workload(_ cell: RecurrentLayer.Cell) throws -> Workload {
      let layer = Layer.residual([.recurrent(RecurrentLayer(cell, units: 4))])
      var parameters: [String: Tensor] = [:]
      for parameter in layer.parameters(inputWidth: 4, path: "layers.0") {
        parameters[parameter.name] = Tensor(shape: parameter.shape, repeating: 1)
      }
      return try Workload(
        Network(inputWidth: 4, layers: [layer], parameters: parameters), name: "a")
    }
    #expect(try workload(.gru()).denseMACs == 3 * 4 * 8)
    #expect(throws: ChipError.self) { try workload(.gru(resetsFirst: true)) }
  }

  @Test func activityIsTakenByMatrix() throws {
    let network = EmbeddedModel.denoiser.network
    let workload = try Workload(
      network, name: "denoiser", activity: ["layers.0.weight": 0.25, "layers.2.layers.0.C": 0.5])
    let products = workload.layers.flatMap(\.products)
    let nonZeros = network.nonZeroCount(of: network.matrixDescriptions[0])
    #expect(products[0].inputActivity == 0.25)
    #expect(products[1].inputActivity == 1)
    #expect(products[2].inputActivity == 0.5)
    #expect(products[0].effectiveMACs == Double(nonZeros) / 4)
  }

  @Test func cellsHaveTheGatesThatTheyHave() {
    #expect(WorkloadLayer.lstm("", inputs: 5, units: 7).products[0].denseMACs == 4 * 7 * 12)
    #expect(WorkloadLayer.gru("", inputs: 5, units: 7).products[0].denseMACs == 3 * 7 * 12)
    let recurrence = WorkloadLayer.linearRecurrence("", inputs: 5, states: 7)
    #expect(recurrence.products.map(\.denseMACs) == [2 * 7 * 5, 5 * 2 * 7])
  }

  @Test func sharesOfSequencesAverageOut() throws {
    let chip = try ArrayChip(ChipFile.named("sharp").setting("multipliers", to: 1024))
    let layer = WorkloadLayer.dense("a", inputs: 400, units: 64, inputActivity: 0.5)
    let workload = Workload(name: "a", layers: [layer], steps: 1)
    let once = try chip.simulate(workload)
    let often = try chip.simulate(workload, .init(sequences: 64))
    #expect(often.steps == 64)
    #expect(abs(often.macsPerStep / layer.products[0].effectiveMACs - 1) < 0.02)
    #expect(abs(often.cyclesPerStep / once.cyclesPerStep - 1) < 0.2)
    // Frames that come one at a time cannot overlap.
    let all = Workload(
      name: "a", layers: [.lstm("b", inputs: 64, units: 64)], steps: 1)
    #expect(
      try chip.simulate(all, .init(sequences: 5)).cycles == 5 * chip.simulate(all).cycles)
  }

  @Test func filesDescribeShapes() throws {
    let json = """
      {"name": "all", "inputs": 12, "steps": 7, "layers": [
        {"kind": "lstm", "units": 5, "directions": 2}, {"kind": "gru", "units": 4},
        {"kind": "eventGRU", "units": 6, "weightDensity": 0.5, "recurrentActivity": 0.25},
        {"kind": "linearRecurrence", "states": 3, "inputActivity": 0.5}, {"kind": "gate"},
        {"kind": "dense", "units": 2}]}
      """
    let workload = try Workload(json: json.utf8, source: "a.json")
    #expect(workload.steps == 7 && workload.name == "all")
    #expect(
      workload.layers.map(\.kind) == [.lstm, .gru, .eventGRU, .linearRecurrence, .gate, .dense])
    let products = workload.layers.flatMap(\.products)
    #expect(products.map(\.inputs) == [12, 10, 4, 6, 6, 6, 6])
    #expect(products.map(\.recurrentInputs) == [5, 4, 6, 0, 0, 0, 0])
    #expect(products[2].recurrentActivity == 0.25 && products[3].inputActivity == 0.5)
    #expect(workload.layers[0].directions == 2)
    for file in ChipFile.builtIn where file.family == .sharp || file.family == .fixedTile {
      #expect(try ArrayChip(file).simulate(workload).cycles > 0)
    }
  }

  @Test(arguments: [
    ("nothing", "valid JSON"), (#"{"name": "a"}"#, "\"inputs\""),
    (#"{"name": "a", "inputs": 3, "steps": 1, "layers": []}"#, "no layers"),
    (#"{"name": "a", "inputs": 3, "steps": 1, "layers": [{"kind": "lstm"}]}"#, "no `units`"),
    (#"{"name": "a", "inputs": 3, "steps": 1, "layers": [{"kind": "tree"}]}"#, "kind"),
    (
      #"{"name": "a", "inputs": 3, "steps": 1, "layers": [{"kind": "lstm", "units": 4611686018427387904}]}"#,
      "expected 1 to"
    ),
    (
      #"{"name": "a", "inputs": 1000000, "steps": 1, "layers": [{"kind": "dense", "units": 1000000}]}"#,
      "weights"
    ),
    (
      #"{"name": "a", "inputs": 3, "steps": 1, "layers": [{"kind": "gate", "weightDensity": 3}]}"#,
      "density"
    ),
    (
      #"{"name": "a", "inputs": 3, "steps": 1, "layers": [{"kind": "ga\n\u001bte"}]}"#,
      #"ga\n\u{1B}te"#
    ),
    (
      #"{"name": "a", "inputs": 3, "steps": 1, "layers": [{"kind": "gate", "directions": 3}]}"#,
      "directions"
    ),
    (
      #"{"name": "a", "inputs": 3, "steps": 1, "layers": [{"kind": "gate", "unit": 3}]}"#, "`unit`"
    ),
  ])
  func filesThatMakeNoSenseAreRefused(_ json: String, _ why: String) {
    let error = #expect(throws: ChipError.self) {
      _ = try Workload(json: json.utf8, source: "a.json")
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains(why) && text.contains("a.json") && !text.contains("\n"), "\(text)")
  }
}
