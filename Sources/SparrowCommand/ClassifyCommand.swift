import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowTasks

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Classify series of numbers: movements, sensors.",
    discussion: """
      Prints a line per series: the class at its end, its probability averaged over the network's \
      duration of smoothing, and when a class first reached the network's threshold. With \
      --frames there is a line per frame.

      INPUT: a NumPy array (.npy), a safetensors file, or text with a frame per line, its values \
      separated by commas, semicolons, tabs or spaces, after an optional line of names. Arrays \
      have the shape [frames, width] or [sequences, frames, width]; every sequence begins with a \
      fresh state.

      -: text from standard input. A line appears whenever the class changes, and with --frames \
      for every frame; an empty line in the input begins a new series.
      """)

  @Argument(help: "A model file.")
  var model: String

  @Argument(help: "Files of frames, or - for standard input.")
  var inputs: [String]

  @Option(help: "The tensor of a safetensors INPUT with several.")
  var tensor: String?

  @Option(help: "The averaged probability that decides (default: the network's).")
  var threshold: Float?

  @Flag(help: "A line per frame.")
  var frames = false

  @OptionGroup var format: OutputOptions

  func validate() throws {
    if let threshold, !(threshold > 0 && threshold < 1) {
      throw ValidationError("--threshold takes a number between 0 and 1")
    }
    guard !inputs.contains("-") || inputs.count == 1 else {
      throw ValidationError("standard input is classified alone")
    }
    guard !inputs.contains("-") || tensor == nil else {
      throw ValidationError("standard input is text, which has no tensors")
    }
  }

  func run() throws {
    let model = try LoadedModel(path: model)
    var (plan, frontEnd) = try model.plan(
      model.network.seriesFrontEnd, to: "classify series of numbers")
    if let threshold { frontEnd.threshold = threshold }
    var classifier = SeriesClassifier(plan, frontEnd: frontEnd)
    if inputs == ["-"] { return try follow(&classifier) }
    for input in inputs {
      let array = try NumberArray(contentsOf: input, tensor: tensor)
      let sequences = try array.sequences(width: plan.inputWidth, path: input)
      for (index, sequence) in sequences.enumerated() {
        guard !sequence.isEmpty else {
          throw FileError(path: input, reason: "it has no frames")
        }
        classifier.reset()
        for start in stride(from: 0, to: sequence.count, by: plan.inputWidth) {
          classifier.step(sequence.span.extracting(start..<start + plan.inputWidth))
          if frames { try write(FrameLine(classifier)) }
        }
        try write(
          SeriesLine(
            classifier, input: input, sequence: sequences.count > 1 ? index + 1 : nil))
      }
    }
  }

  /// From standard input, line by line as they come.
  private func follow(_ classifier: inout SeriesClassifier) throws {
    let width = classifier.plan.inputWidth
    var last: Int?
    var number = 0
    var hasBegun = false
    var frameCount = 0
    while let text = readLine() {
      number += 1
      let fields = SeparatedNumbers.fields(of: text.utf8)
      if fields.isEmpty {
        // A comment is no empty line.
        if text.allSatisfy(\.isWhitespace), classifier.frames > 0 {
          try write(SeriesLine(classifier, input: "standard input"))
          classifier.reset()
          last = nil
        }
        continue
      }
      if !hasBegun, SeparatedNumbers.isNames(fields) {
        hasBegun = true
        guard fields.count == width else {
          throw FileError(
            path: "standard input",
            reason: "line \(number) has \(fields.count) names; expected \(width)")
        }
        continue
      }
      hasBegun = true
      let frame = try SeparatedNumbers.row(
        fields, width: width, line: number, path: "standard input")
      classifier.step(frame.span)
      frameCount += 1
      if frames || classifier.best != last { try write(FrameLine(classifier)) }
      last = classifier.best
    }
    guard frameCount > 0 else {
      throw FileError(path: "standard input", reason: "it has no frames")
    }
    if classifier.frames > 0 { try write(SeriesLine(classifier, input: "standard input")) }
  }

  private func write(_ line: some ClassifyLine) throws {
    try show(format.json ? jsonText(line) : line.text)
  }
}

private protocol ClassifyLine: Encodable {
  var text: String { get }
}

/// The class after a frame.
private struct FrameLine: ClassifyLine {
  var seconds: Double
  var `class`: String
  var confidence: Float

  init(_ classifier: borrowing SeriesClassifier) {
    let frontEnd = classifier.frontEnd
    seconds = Double(classifier.frames) / Double(frontEnd.rate)
    self.class = frontEnd.classes[classifier.best]
    confidence = classifier.confidence
  }

  var text: String { "\(fixed(seconds)) s  \(self.class)  \(fixed(Double(confidence)))" }
}

/// The class of a series.
private struct SeriesLine: ClassifyLine {
  var input: String
  /// From 1; nil for the only one of an input.
  var sequence: Int?
  var `class`: String
  var confidence: Float
  var seconds: Double
  /// The first class that reached the threshold, and the seconds by then.
  var decidedClass: String?
  var secondsToDecision: Double?

  init(_ classifier: borrowing SeriesClassifier, input: String, sequence: Int? = nil) {
    let frontEnd = classifier.frontEnd
    self.input = input
    self.sequence = sequence
    self.class = frontEnd.classes[classifier.best]
    confidence = classifier.confidence
    seconds = Double(classifier.frames) / Double(frontEnd.rate)
    let decision = classifier.decision
    decidedClass = decision.map { frontEnd.classes[$0.class] }
    secondsToDecision = decision.map { Double($0.frames) / Double(frontEnd.rate) }
  }

  var text: String {
    let decision =
      decidedClass.map { "\($0) decided after \(fixed(secondsToDecision ?? 0)) s" }
      ?? "undecided"
    let place = sequence.map { ", sequence \($0)" } ?? ""
    return "\(input.readable)\(place): \(self.class)  \(fixed(Double(confidence))), "
      + "\(fixed(seconds)) s, \(decision)"
  }
}
