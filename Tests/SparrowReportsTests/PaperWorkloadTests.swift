import Testing

@testable import SparrowHardware
@testable import SparrowReports

@Suite struct PaperWorkloadTests {
  /// The limit on a simulation's time is far from what the published experiments take.
  @Test(arguments: PaperWorkloads.multipliers)
  func publishedSizesAreWithinTheBudget(multipliers: Int) throws {
    let workloads =
      PaperWorkloads.networks + PaperWorkloads.deepBench.map(\.workload)
      + PaperWorkloads.sweepSizes.map(PaperWorkloads.sweep)
    var options = ArrayChip.Options()
    options.budget = SimulationBudget.seconds / 10
    let engine = try MatrixVectorEngine(ChipFile.named("brainwave"))
    for workload in workloads {
      for name in ["sharp", "epur"] {
        let file = try ChipFile.named(name).setting("multipliers", to: Double(multipliers))
        #expect(throws: Never.self) { try ArrayChip(file).checkBudget(workload, options) }
      }
      #expect(throws: Never.self) { try engine.checkBudget(workload) }
    }
  }
}
