import Foundation
import Sparrow
import SparrowAudio
import SparrowFigures
package import SparrowFiles
package import SparrowSoundFiles

/// Everything that the page of denoised recordings shows: the JSON beside it. The sounds and
/// their spectrograms are in the page alone.
package struct DenoisingPageReport: Codable, Sendable {
  package var title: String
  package var sparrowVersion: String
  package var model: String
  /// Numbers for all recordings, by name, with their units in the name.
  package var scores: [Score]
  package var cases: [Case]

  /// A number that stands out.
  package struct Score: Codable, Sendable {
    package var name: String
    package var value: Double
    package var unit: String

    package init(_ name: String, _ value: Double, _ unit: String) {
      self.name = name
      self.value = value
      self.unit = unit
    }
  }

  /// One recording.
  package struct Case: Codable, Sendable {
    package var name: String
    package var seconds: Double
    package var sampleRate: Int
    package var noisy: Level
    package var denoised: Level
    package var reference: Level?
    /// SI-SNR in dB before and after; nil without a reference.
    package var noisySISNR: Double?
    package var denoisedSISNR: Double?
    /// The level of the output minus that of the input, in dB, over time.
    package var gain: [Double]
    /// Seconds between values of ``gain``.
    package var gainStep: Double
    /// Levels of the darkest and the brightest colour of all its spectrograms, in dB.
    package var darkest: Double
    package var brightest: Double
  }

  /// Levels in dB of full scale.
  package struct Level: Codable, Sendable {
    /// Root mean square.
    package var rms: Double
    package var peak: Double

    init(_ samples: [Float]) {
      let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) }
      rms = 10 * log10(power / Double(max(samples.count, 1)) + 1e-12)
      peak = 20 * log10(Double(samples.reduce(0) { max($0, abs($1)) }) + 1e-6)
    }
  }

  /// - Parameters:
  ///   - title: The title.
  ///   - model: The network's name.
  ///   - scores: Numbers for all recordings.
  package init(title: String, model: String, scores: [Score]) {
    self.title = title
    self.model = model
    self.scores = scores
    sparrowVersion = Sparrow.sparrowVersion
    cases = []
  }
}

/// Recordings as a page shows them.
package struct DenoisedSounds: Sendable {
  package var name: String
  package var noisy: Sound
  package var denoised: Sound
  package var reference: Sound?

  /// - Parameter seconds: The maximum duration; of longer recordings the middle is taken.
  package init(
    name: String, noisy: Sound, denoised: Sound, reference: Sound?, seconds: Double = 15
  ) {
    func part(_ sound: Sound) -> Sound {
      let mono = sound.mono()
      let count = min(mono.frameCount, Int(seconds * Double(mono.sampleRate)))
      let start = (mono.frameCount - count) / 2
      return Sound(
        sampleRate: mono.sampleRate, channels: [Array(mono.channels[0][start..<start + count])])
    }
    self.name = name
    self.noisy = part(noisy)
    self.denoised = part(denoised)
    self.reference = reference.map(part)
  }
}

extension DenoisingPageReport {
  /// Adds a recording; returns its part of the page.
  package mutating func add(_ sounds: DenoisedSounds) throws -> String {
    let rate = sounds.noisy.sampleRate
    let signals = [sounds.noisy, sounds.denoised] + [sounds.reference].compactMap { $0 }
    let spectrograms = signals.map { Spectrogram($0.channels[0]) }
    let brightest = (spectrograms.map { $0.level(above: 0.999) }.max() ?? 0).rounded(.up)
    let range = brightest - 70...brightest
    let (gain, step) = Self.gain(sounds.noisy.channels[0], sounds.denoised.channels[0], rate)
    func ratio(_ sound: Sound) -> Double? {
      sounds.reference.map { scaleInvariantSNR(sound.channels[0], reference: $0.channels[0]) }
    }
    let item = Case(
      name: sounds.name, seconds: sounds.noisy.duration, sampleRate: rate,
      noisy: Level(sounds.noisy.channels[0]), denoised: Level(sounds.denoised.channels[0]),
      reference: sounds.reference.map { Level($0.channels[0]) }, noisySISNR: ratio(sounds.noisy),
      denoisedSISNR: ratio(sounds.denoised), gain: gain, gainStep: step,
      darkest: range.lowerBound, brightest: range.upperBound)
    cases.append(item)
    var figures: [String] = []
    for (index, name) in ["Noisy", "Denoised", "Reference"].prefix(signals.count).enumerated() {
      figures.append(
        HTML.figure(
          name,
          "<img alt=\"Spectrogram of the \(name.lowercased()) sound\" "
            + "src=\"\(spectrograms[index].image(range).dataURL)\">"
            + "<audio controls preload=\"none\" src=\"\(try Self.dataURL(signals[index]))\">"
            + "</audio>"))
    }
    return item.html(figures)
  }

  /// The gain over time, in at most 400 parts of at least 32 ms.
  private static func gain(
    _ input: [Float], _ output: [Float], _ rate: Int
  ) -> (gain: [Double], step: Double) {
    let count = min(input.count, output.count)
    let part = max(rate * 32 / 1000, count / 400, 1)
    func level(_ samples: [Float], _ start: Int) -> Double {
      let end = min(start + part, count)
      return samples[start..<end].reduce(1e-10) { $0 + Double($1) * Double($1) }
    }
    let gain = stride(from: 0, to: count, by: part).map {
      10 * log10(level(output, $0) / level(input, $0))
    }
    return (gain, Double(part) / Double(rate))
  }

  /// The sound as the address of a FLAC file in HTML.
  private static func dataURL(_ sound: Sound) throws -> String {
    let path = NSTemporaryDirectory() + "/sparrow-\(UUID().uuidString).flac"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try sound.write(to: path)
    return "data:audio/flac;base64," + Base64.encode(try Files.read(path))
  }

  /// The page.
  ///
  /// - Parameter cases: What ``add(_:)`` returned.
  package func html(_ cases: [String]) -> String {
    let tiles = scores.map {
      HTML.Tile(name: $0.name, value: Digits.fixed($0.value) + "\u{2009}\($0.unit)")
    }
    return HTML.page(
      title: title, subtitle: "\(model) · Sparrow \(sparrowVersion)",
      HTML.tiles(tiles) + cases.joined())
  }

  /// Writes the page, and its numbers as JSON beside it.
  package func write(to path: String, _ cases: [String]) throws(FileError) {
    try ReportJSON.write(self, to: ReportJSON.path(beside: path))
    try Files.write(Array(html(cases).utf8), to: path)
  }
}

extension DenoisingPageReport.Case {
  /// - Parameter figures: Spectrograms with players.
  fileprivate func html(_ figures: [String]) -> String {
    var drawing = Drawing(
      width: 1080, height: 190, title: "Gain", description: "The gain over time in dB")
    let points = gain.enumerated().map { index, value in
      LineChart.DataPoint(x: (Double(index) + 0.5) * gainStep, y: max(value, -60))
    }
    drawing.draw(
      LineChart(
        x: LineChart.Axis("seconds", margin: 0), y: LineChart.Axis("dB", margin: 0.06),
        series: [LineChart.Series("gain", points, isCurve: true)]),
      in: Rectangle(left: 0, top: 0, right: 1080, bottom: 190))
    func row(_ name: String, _ level: DenoisingPageReport.Level, _ ratio: Double?) -> [HTML.Cell] {
      [
        .text(name), .number(Digits.fixed(level.rms, 1)), .number(Digits.fixed(level.peak, 1)),
        ratio.map { .number(Digits.fixed($0)) } ?? .missing,
      ]
    }
    var rows = [row("noisy", noisy, noisySISNR), row("denoised", denoised, denoisedSISNR)]
    if let reference { rows.append(row("reference", reference, nil)) }
    let improvement = zip2(noisySISNR, denoisedSISNR).map { before, after in
      "SI-SNR \(Digits.fixed(before)) → \(Digits.fixed(after)) dB. "
    }
    return HTML.section(
      name, "<div class=\"three\">\(figures.joined())</div>", "<div class=\"wide\"></div>",
      HTML.figure("Gain over time", drawing.svg), "<div class=\"wide\"></div>",
      HTML.table(["", "RMS, dBFS", "peak, dBFS", "SI-SNR, dB"], rows),
      note: (improvement ?? "")
        + "\(Digits.text(seconds)) s; frequency from 0 to "
        + "\(Digits.text(Double(sampleRate) / 2000)) kHz, colours from "
        + "\(Digits.fixed(darkest, 0)) to \(Digits.fixed(brightest, 0)) dBFS.")
  }
}

private func zip2<A, B>(_ a: A?, _ b: B?) -> (A, B)? {
  if let a, let b { (a, b) } else { nil }
}
