import Sparrow
import SparrowHardware
import TestSupport
import Testing

@testable import SparrowHardware

@Suite struct FuzzTests {
  /// Whatever a file says: a chip is refused or simulates, and what it gives makes sense.
  @Test func extremeParametersAreRefusedOrWork() throws {
    let network = try FixedPointNetwork.all.last!.quantized(.w8a16)
    let frames = integerFrames(network, count: 2)
    let workload = Workload(
      name: "small",
      layers: [
        .lstm("a", inputs: 9, units: 12), .gru("b", inputs: 12, units: 10, inputActivity: 0.5),
        .linearRecurrence("c", inputs: 10, states: 4, b: .random(density: 0.3, seed: 1)),
      ], steps: 2)
    var simulated = 0
    for file in ChipFile.builtIn {
      for name in file.parameters.keys.sorted() {
        for value in [0, 1, 2, 3, 1000, 4096, 1e6, 1e9, 1e15, 0.5, 1e-30, 1e30] {
          guard let chip = try? Chip(file.setting(name, to: value)) else { continue }
          let result: SimulationResult?
          switch chip {
          case .array(let chip): result = try? chip.simulate(workload)
          case .matrixVectorEngine(let chip): result = try? chip.simulate(workload)
          case .gpu(let chip): result = try? chip.simulate(workload)
          case .neurocores(let chip):
            var simulation = try? NeurocoreSimulation(network, on: chip)
            _ = simulation?.run(frames)
            result = simulation?.result(workload: "")
          }
          guard let result else { continue }
          simulated += 1
          #expect(result.utilization >= 0 && result.utilization <= 1.000001, "\(name) \(value)")
          #expect(result.seconds >= 0 && result.energy.total >= 0, "\(name) \(value)")
          #expect(result.multiplications >= result.neededMACs)
        }
      }
    }
    #expect(simulated > 500)
  }

  @Test(arguments: 0..<150)
  func aFixedTileCountsAsAReconfigurableOneDoes(seed: Int) throws {
    var shapes = RandomShapes(seed: UInt64(seed))
    var file = try ChipFile.named("epur").setting("dotProductWidth", to: 4)
    file = try file.setting("multipliers", to: Double(256 << shapes.integer(0...6)))
    let chip = try ArrayChip(file)
    let product = shapes.product()
    let steps = shapes.integer(1...4)
    let run = chip.run(product, steps: steps, .intergate, chip.settings[0])
    #expect(run.counts.needed == steps * product.denseMACs)
    #expect(run.counts.multiplications == run.counts.tiles * chip.multipliers)
    #expect(run.counts.padding >= 0)
    #expect(run.counts.needed <= run.cycles * chip.multipliers)
    #expect(run.counts.activations == (product.hasActivation ? steps * product.rows : 0))
  }
}
