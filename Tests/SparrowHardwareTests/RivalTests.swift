import SparrowHardware
import Testing

@testable import SparrowHardware

@Suite struct RivalTests {
  private func workload(_ layer: WorkloadLayer, steps: Int) -> Workload {
    Workload(name: "a layer", layers: [layer], steps: steps)
  }

  @Test func matrixVectorEnginePadsEveryMatrix() throws {
    let engine = try MatrixVectorEngine(ChipFile.named("brainwave"))
    #expect(engine.multipliers == 96_000)
    // 401 units: 2 by 2 native tiles a matrix, 8 matrices, 10 cycles a tile on 6 engines.
    let one = try engine.simulate(
      workload(.lstm("a", inputs: 401, units: 401), steps: 1))
    #expect(one.multiplications == 32 * 160_000)
    #expect(one.neededMACs == 4 * 401 * 802)
    #expect(one.cycles == 60 + 500)
    // In further steps the inputs' products run while the step before is in the pipeline.
    let ten = try engine.simulate(workload(.lstm("a", inputs: 401, units: 401), steps: 10))
    #expect(ten.cycles == 560 + 9 * (30 + 500))
    #expect(ten.utilization < 1)
    let none = try engine.simulate(workload(.dense("a", inputs: 400, units: 400), steps: 600))
    #expect(none.cycles == 1000 + 500, "nothing waits: six tiles every ten cycles")
  }

  @Test(arguments: 0..<60)
  func matrixVectorEngineNeverDoesMoreThanItCan(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    let engine = try MatrixVectorEngine(ChipFile.named("brainwave"))
    let layer = WorkloadLayer.gru("a", inputs: shapes.size(900), units: shapes.size(900))
    let result = try engine.simulate(workload(layer, steps: shapes.integer(1...20)))
    #expect(result.utilization <= 1)
    #expect(result.multiplications >= result.neededMACs)
    #expect(Double(result.multiplications) <= result.cycles * Double(engine.multipliers))
  }

  @Test func matrixVectorEngineRefusesWhatDoesNotFit() throws {
    let engine = try MatrixVectorEngine(ChipFile.named("brainwave"))
    let layers = (0..<5).map { WorkloadLayer.lstm("layer \($0)", inputs: 1024, units: 1024) }
    let stack = Workload(name: "five", layers: layers, steps: 1)
    let error = #expect(throws: ChipError.self) { _ = try engine.simulate(stack) }
    #expect(error.map { "\($0)".contains("takes 2 such chips") } == true)
  }

  /// A few dozen bytes may ask for hours. Estimates alone: a simulation that is not refused would
  /// take them.
  @Test(arguments: ["sharp", "epur", "brainwave"])
  func simulationsWithoutEndAreRefused(chip: String) throws {
    let layers = (0..<40).map {
      WorkloadLayer.lstm(
        "layer \($0)", inputs: 1024, units: 1024, inputActivity: 0.5, recurrentActivity: 0.5)
    }
    let error = #expect(throws: ChipError.self) {
      try checkBudget(Workload(name: "a stack", layers: layers, steps: 1 << 24), on: chip)
    }
    #expect(error?.description.contains("60 s are allowed") == true)
    #expect(throws: Never.self) {
      try checkBudget(Workload(name: "a stack", layers: layers, steps: 1000), on: chip)
    }
  }

  private func checkBudget(_ workload: Workload, on chip: String) throws {
    switch try Chip(ChipFile.named(chip)) {
    case .array(let array): try array.checkBudget(workload, ArrayChip.Options())
    case .matrixVectorEngine(let engine): try engine.checkBudget(workload)
    case .gpu, .neurocores: Issue.record("the chip \(chip) has no budget")
    }
  }

  @Test func countsOfAllStepsAreIntegers() throws {
    let layer = WorkloadLayer.dense("a", inputs: 1 << 14, units: 1 << 14)
    let workload = Workload(
      name: "a", layers: Array(repeating: layer, count: 17), steps: 1 << 24)
    #expect(throws: ChipError.self) {
      _ = try GPU(ChipFile.named("titan-v")).simulate(workload)
    }
  }

  @Test func graphicsProcessorsTakeTheRooflineAndTheirOverheads() throws {
    let file = try ChipFile.named("jetson-orin-nano")
    let gpu = try GPU(file)
    // 1 M weights in fp32 are more than the cache: 4 MB at 102 GB/s, of which 60 % are reached.
    let dense = workload(.dense("a", inputs: 1024, units: 1024), steps: 1)
    let seconds = 4_194_304 / 102e9 / 0.6 + 1e-5 + 2e-4
    let result = try gpu.simulate(dense)
    #expect(abs(result.seconds / seconds - 1) < 1e-12)
    #expect(abs(result.energy.total / (seconds * 10) - 1) < 1e-12)
    #expect(result.utilization < 1)
    // A thousand steps of it are one product of matrices, limited by arithmetic.
    let many = try gpu.simulate(workload(.dense("a", inputs: 1024, units: 1024), steps: 1000))
    let arithmetic = 2 * 1_048_576e3 / 2.089e12 / 0.6 + 1e-5 + 2e-4
    #expect(abs(many.seconds / arithmetic - 1) < 1e-12)
    // A cell cannot do that with its states.
    let cell = try gpu.simulate(
      workload(.lstm("a", inputs: 1024, units: 1024), steps: 1000))
    #expect(cell.seconds > 1000 * 4 * 4_194_304 / 102e9 / 0.6)
  }

  /// Whatever a layer's kind: what is recurrent takes a kernel a step.
  @Test func statesHaveToBeWaitedFor() throws {
    let gpu = try GPU(ChipFile.named("titan-v"))
    func seconds(inputs: Int, recurrentInputs: Int) throws -> Double {
      let product = MatrixProduct(
        name: "a", units: 512, inputs: inputs, recurrentInputs: recurrentInputs)
      let layer = WorkloadLayer(name: "a", kind: .dense, products: [product])
      return try gpu.simulate(workload(layer, steps: 200)).seconds
    }
    #expect(
      try seconds(inputs: 512, recurrentInputs: 512)
        > 20 * seconds(inputs: 1024, recurrentInputs: 0))
  }

  @Test func zerosDoNotHelpAGraphicsProcessor() throws {
    let gpu = try GPU(ChipFile.named("titan-v"))
    let dense = try gpu.simulate(workload(.lstm("a", inputs: 300, units: 300), steps: 9))
    let sparse = try gpu.simulate(
      workload(
        .lstm(
          "a", inputs: 300, units: 300, weights: .random(density: 0.1, seed: 1),
          recurrentActivity: 0.2), steps: 9))
    #expect(dense.seconds == sparse.seconds)
    #expect(sparse.neededMACs < dense.neededMACs / 5)
    #expect(sparse.multiplications == dense.multiplications)
  }

  @Test func workloadsThatMakeNoSenseAreRefused() throws {
    let chips = try ChipFile.builtIn.filter { $0.family != .neurocores }.map { try Chip($0) }
    var bad = WorkloadLayer.lstm("bad", inputs: 10, units: 10)
    bad.products[0].inputActivity = 1.5
    var masked = WorkloadLayer.lstm("masked", inputs: 10, units: 10)
    masked.products[0].weights = .known(WeightMask(rows: 3, columns: 4))
    for (layers, steps, part) in [
      ([], 1, "no layers"), ([WorkloadLayer.lstm("a", inputs: 1, units: 1)], 0, "0 steps"),
      ([.lstm("empty", inputs: 3, units: 0)], 1, "empty: units is 0"), ([bad], 1, "1.5"),
      ([masked], 1, "3×4; expected 40×20"),
      ([.dense("none", inputs: 0, units: 4)], 1, "no columns"),
    ] {
      let workload = Workload(name: "bad", layers: layers, steps: steps)
      for chip in chips {
        let error = #expect(throws: ChipError.self) {
          switch chip {
          case .array(let chip): _ = try chip.simulate(workload)
          case .matrixVectorEngine(let chip): _ = try chip.simulate(workload)
          case .gpu(let chip): _ = try chip.simulate(workload)
          case .neurocores: break
          }
        }
        #expect(error.map { "\($0)".contains(part) } == true, "\(part)")
      }
    }
  }
}
