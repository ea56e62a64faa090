import ArgumentParser
import Foundation
import SparrowFiles

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Denoise and spot keywords over WebSockets.",
    discussion: """
      Runs the program sparrow-serve, which lies beside this one or on PATH, with the given \
      arguments; `sparrow serve --help` lists them.
      """)

  @Argument(
    parsing: .captureForPassthrough, help: "Arguments of sparrow-serve, such as --port 8080.")
  var arguments: [String] = []

  private static let program = "sparrow-serve"

  func run() throws {
    let folder = Bundle.main.executableURL?.resolvingSymlinksInPath().deletingLastPathComponent()
    let beside = folder?.appendingPathComponent(Self.program).path
    let all = [Self.program] + arguments
    var pointers = all.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    // Each returns only where there is no such program.
    if let beside { execv(beside, &pointers) }
    execvp(Self.program, &pointers)
    throw FileError(
      path: Self.program,
      reason: "it is neither beside sparrow nor on PATH; build it with "
        + "`swift build -c release --product \(Self.program)`")
  }
}
