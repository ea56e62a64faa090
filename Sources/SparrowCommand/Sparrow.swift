import ArgumentParser

@main
struct SparrowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "sparrow", subcommands: [TrainCommand.self])
}
