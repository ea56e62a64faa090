import ArgumentParser

/// The output format of a command.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON, with keys in snake case, in place of text.")
  var json = false

  /// Writes a result to standard output: one JSON object, or text.
  func write(_ value: some Encodable, text: @autoclosure () -> String) throws {
    try show(json ? try jsonText(value) : text())
  }
}
