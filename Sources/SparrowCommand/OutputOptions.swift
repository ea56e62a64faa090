import ArgumentParser

/// - Parameters:
///   - page: where a page is to be written; nil for none.
///   - option: the option that says so.
///   - others: the other paths that the command reads or writes.
/// - Throws: where the page would take the place of something else, or is no page by its name.
func checkPage(_ page: String?, option: String, others: [String?]) throws {
  guard let page else { return }
  guard page.hasSuffix(".html"), !others.contains(page) else {
    throw ValidationError("\(option) is \(page.readable); expected the name of a new .html file")
  }
}

/// The output format of a command.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print JSON, with keys in snake case, in place of text.")
  var json = false

  /// Writes a result to standard output: one JSON object, or text.
  func write(_ value: some Encodable, text: @autoclosure () -> String) throws {
    try show(json ? try jsonText(value) : text())
  }
}
