import ArgumentParser
import Foundation

@main
struct SparrowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparrow",
    abstract: "Recurrent networks whose cost follows their non-zeros.",
    discussion: """
      The environment variable SPARROW_ISA (scalar, avx2, avx512, neon) forces an instruction set; \
      without it, the fastest that the processor has is used.
      """,
    subcommands: [
      ChipsCommand.self, CompleteCommand.self, ConvertCommand.self, DenoiseCommand.self,
      EvaluateCommand.self, ExperimentsCommand.self, InspectCommand.self, PackCommand.self,
      PerplexityCommand.self, PlanCommand.self, QuantizeCommand.self, ReportCommand.self,
      SimulateCommand.self, SpotCommand.self,
      TrainCommand.self,
    ])

  static func main() {
    // A file that reaches the limit on its size is an error like any other, not the program's end.
    signal(SIGXFSZ, SIG_IGN)
    main(nil)
  }
}
