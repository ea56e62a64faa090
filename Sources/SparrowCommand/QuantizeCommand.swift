import ArgumentParser
import Sparrow
import SparrowFiles
import SparrowTasks

struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Convert a network to fixed point.",
    discussion: """
      Ranges of activations are calibrated on the recordings in folders and their subfolders, \
      which should be like those in use; for a denoiser, speech and noise. A classifier of \
      series is calibrated on the recordings of manifests (--column, --where). A network without \
      a front end is calibrated on frames: NumPy arrays or safetensors of shape [frames, width] \
      or [sequences, frames, width], whose sequences begin with a fresh state. The output of a \
      fixed-point network is the same bit for bit on every machine.

      The table has a row for every place with rounding: bits, exponent (an integer is worth \
      2^-exponent), the maximum in single precision, the number of clipped values, and the \
      signal-to-noise ratio after rounding.
      """)

  @Argument(help: "A model file in floating point.")
  var model: String

  @Option(
    parsing: .singleValue,
    help: "A folder of recordings, or a manifest; may be given more than once.")
  var data: [String] = []

  @Option(
    parsing: .singleValue,
    help: "A .npy or .safetensors file of frames; may be given more than once.")
  var frames: [String] = []

  @OptionGroup var manifest: ManifestOptions

  @Option(help: "Bits of weights and of activations: w8a16, w8a8, w4a16.")
  var scheme = "w8a16"

  @Flag(help: "One exponent per matrix instead of one per output channel (row).")
  var perTensor = false

  @Option(help: "The maximum duration that is used of a recording, in seconds.")
  var seconds = 10.0

  @OptionGroup var information: InformationOptions

  @Option(name: .shortAndLong, help: "The model file to write.")
  var output: String

  @OptionGroup var format: OutputOptions

  func validate() throws {
    guard data.isEmpty != frames.isEmpty else {
      throw ValidationError(
        data.isEmpty ? "--data or --frames is missing" : "--data and --frames exclude each other")
    }
    guard QuantizationScheme(name: scheme) != nil else {
      throw ValidationError("--scheme is \"\(scheme)\"; expected w2…w8 with a8 or a16, as in w8a16")
    }
    guard seconds > 0 else { throw ValidationError("--seconds takes more than 0") }
  }

  func run() throws {
    let model = try LoadedModel(path: model)
    guard model.network.quantization == nil else {
      throw FileError(path: model.name, reason: "the network is in fixed point already")
    }
    var scheme = QuantizationScheme(name: scheme)!
    scheme.byRow = !perTensor
    let parent = model.network.orderedForLookups()
    let task = model.network.frontEnd.flatMap { Tasks.task(ofKind: $0.kind) }
    if let option = manifest.given.first(where: {
      !frames.isEmpty || task?.options.contains($0) != true
    }) {
      throw ValidationError(
        "--\(option.rawValue) is for \(EvaluateCommand.networks(with: option)), with --data")
    }
    let sequences = try frames.isEmpty ? recordings(model, of: task) : sequences(model)
    var calibration = try Calibration(parent)
    for frames in sequences { calibration.add(frames) }
    guard sequences.contains(where: { !$0.isEmpty }) else {
      throw ValidationError("there is not a frame in any of them: there is nothing to measure")
    }
    var network = try calibration.quantized(scheme)
    network.information["sparrowVersion"] = sparrowVersion
    information.add(to: &network)
    let bytes = network.modelFile()
    let report = try QuantizationReport(of: network, parent: parent, on: sequences)
    let summary = QuantizationSummary(report, network, bytes: bytes.count, scheme: scheme.name)
    try Files.write(bytes, to: output)
    try format.write(summary, text: summary.text)
  }
}

extension QuantizeCommand {
  /// The frames of every recording in the folders or manifests.
  private func recordings(
    _ model: LoadedModel, of task: (any TaskRule.Type)?
  ) throws -> [[Float]] {
    let progress = ProgressBar()
    defer { progress.clear() }
    var data = CalibrationData(paths: data)
    data.seconds = seconds
    data.columns = manifest.columns
    data.progress = progress.show
    guard let frames = try task?.calibrationFrames(of: model.network, from: data) else {
      throw FileError(
        path: model.name,
        reason: "the network has no front end for sound; --frames takes what goes into it")
    }
    return frames
  }

  /// The sequences of all files of frames.
  private func sequences(_ model: LoadedModel) throws -> [[Float]] {
    try frames.flatMap { path in
      try NumberArray(contentsOf: path).sequences(width: model.network.inputWidth, path: path)
    }
  }
}

/// The result of `sparrow quantize`.
struct QuantizationSummary: Encodable {
  struct Place: Encodable {
    var name: String
    var bits: Int
    var exponent: Int
    var largest: Float
    var saturations: Int
    var values: Int
    /// Missing without rounding.
    var signalToNoiseDb: Double?
  }

  struct Parameters: Encodable {
    var name: String
    var bits: Int
    var leastExponent: Int
    var greatestExponent: Int
    var nonZeros: Int
    var signalToNoiseDb: Double?
  }

  var scheme: String
  var frames: Int
  var fileBytes: Int
  var nonZeroWeights: Int
  var bytesPerNonZeroWeight: Double
  var places: [Place]
  var parameters: [Parameters]

  init(_ report: QuantizationReport, _ network: Network, bytes: Int, scheme: String) {
    func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
    self.scheme = scheme
    frames = report.frames
    fileBytes = bytes
    nonZeroWeights = network.nonZeroWeightCount
    bytesPerNonZeroWeight = Double(bytes) / Double(max(nonZeroWeights, 1))
    places = report.places.map {
      Place(
        name: $0.name, bits: $0.bits, exponent: $0.exponent, largest: $0.largest,
        saturations: $0.saturations, values: $0.count, signalToNoiseDb: finite($0.signalToNoise))
    }
    parameters = report.parameters.map {
      Parameters(
        name: $0.name, bits: $0.bits, leastExponent: $0.exponents.lowerBound,
        greatestExponent: $0.exponents.upperBound, nonZeros: $0.nonZeroCount,
        signalToNoiseDb: finite($0.signalToNoise))
    }
  }

  var text: String {
    func decibels(_ value: Double?) -> String { value.map { fixed($0, 1) + " dB" } ?? "exact" }
    let activations = table(
      ["activations", "bits", "exponent", "largest", "clipped", "of", "signal to noise"],
      places.map {
        [
          $0.name, "\($0.bits)", "\($0.exponent)", fixed(Double($0.largest), 3),
          grouped($0.saturations), grouped($0.values), decibels($0.signalToNoiseDb),
        ]
      })
    let weights = table(
      ["parameters", "bits", "exponents", "non-zeros", "signal to noise"],
      parameters.map {
        [
          $0.name, "\($0.bits)",
          $0.leastExponent == $0.greatestExponent
            ? "\($0.leastExponent)" : "\($0.leastExponent)…\($0.greatestExponent)",
          grouped($0.nonZeros), decibels($0.signalToNoiseDb),
        ]
      })
    return """
      \(scheme), \(grouped(frames)) frames
      \(activations)

      \(weights)

      \(grouped(fileBytes)) bytes, \(fixed(bytesPerNonZeroWeight)) a non-zero weight
      """
  }
}
