import ArgumentParser
import Foundation
import Sparrow

@main
struct SparrowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparrow",
    abstract: "Recurrent networks whose cost follows their non-zeros.",
    discussion: """
      The environment variable SPARROW_ISA (scalar, avx2, avx512, neon, neon_i8mm, wasm) forces an \
      instruction set; without it, the fastest that the processor has is used.
      """,
    version: sparrowVersion,
    subcommands: [
      AverageCommand.self, ChipsCommand.self, ClassifyCommand.self, CompleteCommand.self,
      ConvertCommand.self,
      DenoiseCommand.self,
      EvaluateCommand.self, ExperimentsCommand.self, ImportCommand.self, InspectCommand.self,
      PackCommand.self, PerplexityCommand.self, PlanCommand.self, PruneCommand.self,
      QuantizeCommand.self,
      ReportCommand.self, RunCommand.self, ServeCommand.self, SimulateCommand.self,
      SpotCommand.self,
      StudyCommand.self, TrainCommand.self, TranscribeCommand.self,
    ])

  static func main() {
    // A write beyond the file size limit is an error like any other; by default it ends the
    // program.
    signal(SIGXFSZ, SIG_IGN)
    let arguments = CommandLine.arguments.indices.dropFirst().compactMap { index in
      CommandLine.unsafeArgv[index].map { String(systemPath: UnsafePointer($0)) }
    }
    // The parser takes the letters of -name.wav for options, h for --help among them.
    let options = arguments.prefix { $0 != "--" }
    if let name = options.first(where: { $0.count > 2 && $0.first == "-" && isName($0) }) {
      note("Error: there is no option \(name.readable); a file of that name is ./\(name.readable)")
      exit(withError: ExitCode.validationFailure)
    }
    if let name = arguments.first, !name.hasPrefix("-"), !isCommand(name) {
      note("Error: there is no command \(name.readable); see sparrow --help")
      exit(withError: ExitCode.validationFailure)
    }
    run(joiningNegativeNumbers(arguments))
  }

  private static func isCommand(_ name: String) -> Bool {
    name == "help" || configuration.subcommands.contains { $0.configuration.commandName == name }
  }

  /// Runs a command. What is wrong with its arguments alone comes with its usage; what is found
  /// wrong later, in files, is one line.
  private static func run(_ arguments: [String]) {
    var command: any ParsableCommand
    do { command = try parseAsRoot(arguments) } catch { exit(withError: error) }
    do { try command.run() } catch let error as ValidationError {
      note("Error: \(error)")
      exit(withError: ExitCode.validationFailure)
    } catch {
      exit(withError: error)
    }
  }

  /// The arguments with each negative number joined to the option before it, `--snr=-5` for
  /// `--snr -5`: the parser would take it for an option of its own.
  static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    var isOption = false
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return joined + arguments[index...] }
      if isOption, argument.hasPrefix("-"), Double(argument) != nil {
        joined[joined.count - 1] += "=\(argument)"
        isOption = false
      } else {
        joined.append(argument)
        isOption = argument.hasPrefix("--") && !argument.contains("=")
      }
    }
    return joined
  }

  /// Whether an argument with a dash before it is neither a long option nor a negative number.
  private static func isName(_ argument: String) -> Bool {
    !argument.hasPrefix("--") && Double(argument) == nil
  }
}
