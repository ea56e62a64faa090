import Foundation
import Sparrow
import SparrowFiles
import SparrowSoundFiles
import TestSupport
import Testing

@testable import SparrowReports

/// Pages and what is in them.
struct PageTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A run's folder with a log.
  @discardableResult
  private func run(_ name: String, records: Int = 20, offset: Double = 0) throws -> String {
    var lines: [String] = []
    for step in 1...records {
      lines.append(
        "{\"epoch\":\(step),\"gradient_norm\":2.5,\"learning_rate\":0.001,"
          + "\"loss\":\(4.25 - Double(step) / 100 + offset),\"measure\":1,"
          + "\"seconds\":\(step * 3),\"step\":\(step * 10),\"units_per_second\":123}")
      if step % 5 == 0 {
        lines.append(
          "{\"sparsity\":{\"layers.0.weight\":0.5},\"step\":\(step * 10),"
            + "\"validation\":{\"score\":\(Double(step) + offset)}}")
      }
    }
    // A run that goes on is in the middle of a line.
    let text = lines.joined(separator: "\n") + "\n{\"epoch\":3,\"gra"
    try folder.write(text.utf8, to: "\(name)/log.jsonl")
    return folder[name]
  }

  @Test func historyOfARun() throws {
    let history = try RunHistory(log: run("a") + "/log.jsonl")
    #expect(history.lastStep == 200 && history.seconds == 60)
    #expect(history.curves["loss"]?.values.count == 20)
    let score = try #require(history.curves["validation.score"])
    #expect(score.steps == [50, 100, 150, 200] && score.values == [5, 10, 15, 20])
    #expect(score.seconds == [15, 30, 45, 60])
    // Parts of five: their means, at their last steps.
    let loss = try #require(history.curves["loss"]).thinned(to: 4)
    #expect(loss.steps == [50, 100, 150, 200])
    #expect(abs(loss.values[0] - 4.22) < 1e-12)
    try folder.write("no log\n{}\n".utf8, to: "b/log.jsonl")
    #expect(throws: FileError.self) { try RunHistory(log: folder["b/log.jsonl"]) }
  }

  /// A page is a function of its JSON, so that it has no number which is not there.
  @Test func runPagesShowTheirJSON() throws {
    let report = try RunReport([run("a"), run("b", offset: 1)])
    #expect(report.runs.map(\.bestScore) == [20, 21])
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let again = try decoder.decode(RunReport.self, from: encoder.encode(report))
    #expect(again.html == report.html)
    try check(report.html)
    #expect(report.html.contains("Training runs"))
  }

  @Test func manyRunsMakeASmallPage() throws {
    let paths = try (0..<200).map { try run("run\($0)", records: 500, offset: Double($0) / 50) }
    let html = try RunReport(paths).html
    #expect(html.utf8.count < 3_000_000, "\(html.utf8.count) bytes")
    try check(html)
  }

  /// Every element that is opened is closed, in order, and nothing is loaded from elsewhere.
  private func check(_ html: String) throws {
    var open: [Substring] = []
    let empty: Set<Substring> = ["meta", "img", "!DOCTYPE"]
    for part in html.split(separator: "<", omittingEmptySubsequences: false).dropFirst() {
      let name = part.prefix { $0.isLetter || $0.isNumber || "/!".contains($0) }
      if name.hasPrefix("/") {
        let last = open.popLast()
        #expect(last == name.dropFirst(), "\(name) closes \(last ?? "nothing")")
        guard last == name.dropFirst() else { return }
      } else if !empty.contains(name), part.prefix(while: { $0 != ">" }).last != "/" {
        open.append(name)
      }
    }
    #expect(open.isEmpty)
    #expect(!html.contains("<script") && !html.contains("<link"))
    let addresses = html.components(separatedBy: "http").dropFirst()
    // The name space of SVG is no address.
    #expect(addresses.allSatisfy { $0.hasPrefix("://www.w3.org/2000/svg") })
    #expect(!html.contains("src=\"") || html.contains("src=\"data:"))
  }

  @Test func namesAreEscaped() throws {
    let report = try RunReport([run("<b>&\"")])
    #expect(!report.html.contains("<b>&\"") && report.html.contains("&lt;b&gt;&amp;&quot;"))
    try check(report.html)
  }

  @Test func networkPage() throws {
    let network = try Network(
      initializing: [
        .dense(DenseLayer(outputs: 400)), .linearRecurrence(LinearRecurrenceLayer(states: 4)),
        .dense(DenseLayer(outputs: 3)),
      ], inputWidth: 5, seed: 1)
    let report = NetworkReport(
      network, name: "made up", fileBytes: 1234,
      chips: [.init(chip: "one", latencyS: 1e-6, energyJ: 2e-9)], instructionSet: .best,
      card: "# A <card>")
    let html = report.html(network)
    try check(html)
    #expect(html.components(separatedBy: "data:image/png").count - 1 == report.matrices.count)
    #expect(report.recurrences.first?.states == 4)
    #expect(html.contains("A &lt;card&gt;"))
  }

  /// A pixel per weight; a block per pixel where there are too many weights.
  @Test func picturesOfMatrices() throws {
    var values = [Float](repeating: 0, count: 2 * 3)
    values[4] = -2
    let layer = Layer.dense(DenseLayer(outputs: 2))
    let network = try Network(
      inputWidth: 3, layers: [layer],
      parameters: [
        "layers.0.weight": Tensor(shape: [2, 3], values: values),
        "layers.0.bias": Tensor(shape: [2], repeating: 0),
      ])
    let image = MatrixPicture.draw(network.matrixDescriptions[0], of: network)
    #expect(image.width == 3 && image.height == 2)
    #expect(image.pixels == [0, 0, 0, 0, 255, 0])
  }

  /// A sine has its level at its frequency: -6 dB of full scale at half of it.
  @Test func spectrogramOfASine() {
    let bin = 40
    let samples = (0..<8192).map { Float(0.5 * sin(2 * Double.pi * Double(bin * $0) / 512)) }
    let spectrogram = Spectrogram(samples)
    #expect(abs(spectrogram.level(above: 0.9999) + 6.02) < 0.1)
    let image = spectrogram.image(-80 ... -6)
    let column = (0..<image.height).map { image[$0, image.width / 2] }
    let brightest = column.indices.max { column[$0] < column[$1] }
    #expect(brightest == image.height - 1 - bin)
  }

  @Test func powerSpectrum() {
    let frame: [Float] = [1, -2, 3, 0.5, 0, 4, -1, 2]
    var transform = RealSpectrum(length: 8)
    let power = transform.power(of: frame)
    for k in 0..<4 {
      var (re, im) = (0.0, 0.0)
      for (n, value) in frame.enumerated() {
        re += Double(value) * cos(2 * .pi * Double(k * n) / 8)
        im -= Double(value) * sin(2 * .pi * Double(k * n) / 8)
      }
      #expect(abs(Double(power[k]) - (re * re + im * im)) < 1e-3)
    }
  }

  @Test func denoisingPage() throws {
    let rate = 8000
    func sound(_ gain: Float) -> Sound {
      Sound(
        sampleRate: rate, channels: [(0..<rate).map { gain * Float(sin(0.3 * Double($0))) }])
    }
    var report = DenoisingPageReport(
      title: "Made up", model: "m", scores: [.init("SI-SNR improvement", 3, "dB")])
    let part = try report.add(
      DenoisedSounds(name: "a", noisy: sound(0.5), denoised: sound(0.05), reference: nil))
    try check(report.html([part]))
    let item = try #require(report.cases.first)
    #expect(item.gain.allSatisfy { abs($0 + 20) < 0.1 })
    #expect(abs(item.noisy.peak + 6.02) < 0.05 && abs(item.noisy.rms + 9.03) < 0.05)
    #expect(part.components(separatedBy: "data:audio/flac").count == 3)
  }

  /// Read by the rules of TFRecord and of protocol buffers, written down here once more.
  @Test func eventFiles() throws {
    // The checksum of "123456789" that the CRC catalogue gives for CRC-32C, masked.
    let crc: UInt32 = 0xE306_9283
    #expect(
      EventFile.masked(Array("123456789".utf8)) == (crc >> 15 | crc << 17) &+ 0xA282_EAD8)
    var file = EventFile(time: 5)
    file.add("loss", 0.5, step: 300, time: 6)
    var rest = file.bytes[...]
    var records: [[UInt8]] = []
    while !rest.isEmpty {
      let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(12)
      records.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length + 4)
    }
    #expect(records.count == 2)
    #expect(records[0].suffix(15) == [3 << 3 | 2, 13] + Array("brain.Event:2".utf8))
    // Step 300 is 0xAC 0x02; the summary holds a value of 4 + 2 + 5 bytes.
    #expect(
      records[1].suffix(18)
        == [0x10, 0xAC, 0x02, 0x2A, 13, 0x0A, 11, 0x0A, 4] + Array("loss".utf8)
        + [0x15, 0, 0, 0, 0x3F])
  }
}
