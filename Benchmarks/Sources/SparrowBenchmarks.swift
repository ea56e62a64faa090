import ArgumentParser

@main
struct SparrowBenchmarks: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparrow-benchmarks",
    abstract: "Times what Sparrow does. Compare figures of one run only.",
    subcommands: [
      StepBenchmark.self, CellBenchmark.self, MatvecBenchmark.self, TrainingBenchmark.self,
      LanguageBenchmark.self, MatmulBenchmark.self, SoakBenchmark.self, LoadBenchmark.self,
      GroupBenchmark.self,
    ])
}
