package import Sparrow
import SparrowFigures
package import SparrowFiles

extension NetworkReport {
  /// The page.
  ///
  /// - Parameter network: The network, whose matrices are drawn.
  package func html(_ network: Network) -> String {
    let title = information["title"] ?? name
    let body =
      HTML.tiles(tiles)
      + HTML.section("Layers", layerTable)
      + HTML.section(
        "Where the weights are", pictures(network),
        note: "Zeros are black; a pixel is a weight, the brighter the larger it is, or, of larger "
          + "matrices, a block, the brighter the more of it is not zero.")
      + HTML.section("Matrices", matrixTable, note: "Formats on this machine (\(instructionSet)).")
      + recurrences.section
      + HTML.section("On chips", chipTable, note: "Simulated, per frame.")
      + HTML.section("About", informationTable)
      + HTML.section(
        "Card", card.map { "<pre class=\"card\">\(HTML.escaped($0))</pre>" } ?? "")
    return HTML.page(
      title: title,
      subtitle: "\(name) · \(inputWidth) inputs, \(outputWidth) outputs per frame, \(arithmetic)"
        + " · Sparrow \(sparrowVersion)", body)
  }

  /// Writes the page, and its numbers as JSON beside it.
  package func write(to path: String, _ network: Network) throws(FileError) {
    try ReportJSON.write(self, to: ReportJSON.path(beside: path))
    try Files.write(Array(html(network).utf8), to: path)
  }

  private var tiles: [HTML.Tile] {
    let nonZeros = matrices.reduce(0) { $0 + $1.nonZeros }
    return [
      HTML.Tile(
        name: "parameters", value: Digits.grouped(size.parameters),
        note: "\(Digits.grouped(size.nonZeroParameters)) not zero"),
      HTML.Tile(
        name: "MACs a frame", value: Digits.grouped(nonZeros),
        note: "of \(Digits.grouped(matrices.reduce(0) { $0 + $1.rows * $1.columns })) dense ones"),
      HTML.Tile(
        name: "zeros", value: Digits.fixed(100 * size.sparsity, 1) + "\u{2009}%",
        note: "of the weights of matrices"),
      HTML.Tile(name: "model file", value: "\(Scale.magnitude(Double(fileBytes)))B"),
      HTML.Tile(
        name: "in memory, packed", value: "\(Scale.magnitude(Double(size.planBytes)))B",
        note: "\(Scale.magnitude(Double(size.stateBytes)))B of state a stream"),
      HTML.Tile(
        name: "a step here", value: Digits.text(stepUs) + "\u{2009}µs",
        note: "measured on \(instructionSet)"
          + (frameMilliseconds.map { ", of \(Digits.text($0)) ms a frame" } ?? "")),
    ]
  }

  private var layerTable: String {
    HTML.table(
      ["layer", "kind", "inputs", "outputs", "parameters", "not zero"],
      layers.map { layer in
        [
          .text(layer.path), .text(layer.kind), .number("\(layer.inputs)"),
          .number("\(layer.outputs)"), .number(Digits.grouped(layer.parameters)),
          .number(Digits.grouped(layer.nonZeroParameters)),
        ]
      })
  }

  private func pictures(_ network: Network) -> String {
    let figures = network.matrixDescriptions.map { matrix in
      HTML.figure(
        matrix.name,
        "<img alt=\"The non-zeros of \(HTML.escaped(matrix.name))\" "
          + "src=\"\(MatrixPicture.draw(matrix, of: network).dataURL)\">",
        note: "\(matrix.rows) × \(matrix.columns)")
    }
    return figures.isEmpty ? "" : "<div class=\"matrices\">\(figures.joined())</div>\n"
  }

  private var matrixTable: String {
    HTML.table(
      ["matrix", "rows × columns", "not zero", "density", "format", "bytes"],
      matrices.map { matrix in
        [
          .text(matrix.name), .number("\(matrix.rows) × \(matrix.columns)"),
          .number(Digits.grouped(matrix.nonZeros)),
          .share(Double(matrix.nonZeros) / Double(max(matrix.rows * matrix.columns, 1))),
          .text(matrix.format), .number(Digits.grouped(matrix.bytes)),
        ]
      })
  }

  private var chipTable: String {
    HTML.table(
      ["chip", "latency", "energy", ""],
      chips.map { chip in
        [
          .text(chip.chip), chip.latencyS.map { .number(Digits.si($0, "s")) } ?? .missing,
          chip.energyJ.map { .number(Digits.si($0, "J")) } ?? .missing, .text(chip.refusal ?? ""),
        ]
      })
  }

  private var informationTable: String {
    HTML.table(
      ["key", "value"],
      information.sorted { $0.key < $1.key }.map { [.text($0.key), .text($0.value)] })
  }
}
