package import SparrowFiles

extension Study {
  /// Writes the comparison as a page, a figure, Markdown and JSON.
  ///
  /// - Parameter suffix: The end of the files' names, before the dot.
  package func write(
    title: String, to folder: String, suffix: String = "", bytes: Bytes = .model
  ) throws(FileError) {
    let name = "report\(suffix)"
    try Files.write(Array(figure(title: title, bytes: bytes).utf8), to: "\(folder)/\(name).svg")
    try Files.write(
      Array("# \(title)\n\n![\(title)](\(name).svg)\n\n\(markdown)".utf8),
      to: "\(folder)/\(name).md")
    try ReportJSON.write(self, to: "\(folder)/\(name).json")
    try Files.write(Array(html(title: title).utf8), to: "\(folder)/\(name).html")
  }
}
