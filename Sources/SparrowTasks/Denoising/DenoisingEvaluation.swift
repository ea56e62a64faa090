import Foundation
public import Sparrow
public import SparrowAudio
import SparrowFiles
import SparrowSoundFiles
public import SparrowTraining

/// Scores a denoiser on a folder of pairs: `noisy/NAME` and `clean/NAME`, aligned and as long, and
/// `mixtures.tsv` where nominal ratios are known.
public struct DenoisingEvaluation: Sendable {
  private let plan: Plan
  private let sampleRate: Int

  /// - Throws: `FrontEndError` for a plan of a network that is no denoiser.
  public init(_ plan: Plan) throws(FrontEndError) {
    sampleRate = try ShortTimeTransform(of: plan).sampleRate
    self.plan = plan
  }

  /// Scores of all recordings, and the operations of all their frames: those, too, in which the
  /// last samples leave the inverse transform.
  public struct Outcome: Sendable {
    /// The scores of all recordings.
    public var scores: DenoisingScores
    /// The operations of the network.
    public var count: OperationCount
    /// SI-SNR of each recording before and after, in dB, by the recording's name.
    package var recordings: [(name: String, noisy: Double, denoised: Double)]
  }

  /// How recordings follow each other.
  public enum Order: Sendable, Hashable {
    /// Each from a fresh state.
    case oneByOne
    /// All as one stream, in the order of their names, after `gap` seconds of digital silence each.
    case stream(gap: Double)
  }

  /// - Throws: where a file is missing, has no partner, cannot be read or has nothing to be scored
  ///   by.
  public func run(
    folder: String, order: Order = .oneByOne, workers: Workers
  ) throws -> Outcome {
    let names = try soundFiles(in: "\(folder)/noisy")
    let snrs = try nominalSNRs("\(folder)/mixtures.tsv")
    var count = OperationCount(plan)
    var pairs: [Pair] = []
    switch order {
    case .oneByOne:
      // A recording is forgotten as soon as it has been scored.
      let results = workers.map(names.count) { index in
        Result {
          let recording = try read(names[index], folder: folder)
          let (output, operations) = try denoise(recording.noisy)
          return (try recording.pair(output), operations)
        }
      }
      for result in results {
        let (pair, operations) = try result.get()
        pairs.append(pair)
        count += operations
      }
    case .stream(let gap):
      let recordings = try workers.map(names.count) { index in
        Result { try read(names[index], folder: folder) }
      }.map { try $0.get() }
      let outputs = try denoiseAsStream(recordings, gap: gap, counting: &count)
      pairs = try zip(recordings, outputs).map { try $0.pair($1) }
    }
    var scores = scores(names, pairs, snrs)
    if case .stream(let gap) = order { scores.gap = gap }
    return Outcome(
      scores: scores, count: count,
      recordings: zip(names, pairs).map { ($0, $1.noisy, $1.denoised) })
  }

  private func scores(
    _ names: [String], _ pairs: [Pair], _ snrs: [String: Double]
  ) -> DenoisingScores {
    var bySNR: [Double: [Pair]] = [:]
    for (name, pair) in zip(names, pairs) {
      if let snr = snrs[(name as NSString).deletingPathExtension] {
        bySNR[snr, default: []].append(pair)
      }
    }
    var scores = DenoisingScores(pairs)
    scores.bySNR = bySNR.sorted { $0.key < $1.key }.map { DenoisingScores.BySNR($0.key, $0.value) }
    return scores
  }

  /// SI-SNR of one recording, before and after, in dB.
  struct Pair: Sendable {
    var noisy: Double
    var denoised: Double
  }

  /// A pair of files, by channel.
  private struct Recording: Sendable {
    var path: String
    var noisy: [[Float]]
    var clean: [[Float]]

    /// - Parameter output: as `noisy`.
    func pair(_ output: [[Float]]) throws -> Pair {
      var pair = Pair(noisy: 0, denoised: 0)
      let share = 1 / Double(noisy.count)
      for channel in noisy.indices {
        let reference = clean[channel]
        pair.noisy += share * scaleInvariantSNR(noisy[channel], reference: reference)
        pair.denoised += share * scaleInvariantSNR(output[channel], reference: reference)
      }
      guard pair.noisy.isFinite, pair.denoised.isFinite else {
        throw FileError(path: path, reason: "its samples are too large to be scored")
      }
      return pair
    }
  }

  private func read(_ name: String, folder: String) throws -> Recording {
    let noisy = try Sound(contentsOf: "\(folder)/noisy/\(name)")
    let clean = try Sound(contentsOf: "\(folder)/clean/\(name)")
    guard noisy.sampleRate == clean.sampleRate, noisy.channels.count == clean.channels.count,
      noisy.frameCount == clean.frameCount
    else {
      throw FileError(
        path: "\(folder)/clean/\(name)",
        reason: "it differs from the noisy recording in rate, channels or length")
    }
    let rate = sampleRate
    let recording = Recording(
      path: "\(folder)/noisy/\(name)", noisy: try noisy.resampled(to: rate).channels,
      clean: try clean.resampled(to: rate).channels)
    guard recording.clean.allSatisfy({ $0.contains { $0 != 0 } }) else {
      throw FileError(
        path: "\(folder)/clean/\(name)", reason: "it is silent: there is no ratio to it")
    }
    return recording
  }

  private func denoise(_ channels: [[Float]]) throws -> ([[Float]], OperationCount) {
    var count = OperationCount(plan)
    let outputs = try channels.map { signal in
      let denoiser = try ChannelDenoiser(plan)
      var output: [Float] = []
      denoiser.process(signal, into: &output)
      denoiser.finish(into: &output)
      count += denoiser.count
      return output
    }
    return (outputs, count)
  }

  private func denoiseAsStream(
    _ recordings: [Recording], gap: Double, counting count: inout OperationCount
  ) throws -> [[[Float]]] {
    let channels = recordings[0].noisy.count
    if let other = recordings.first(where: { $0.noisy.count != channels }) {
      throw FileError(
        path: other.path,
        reason: "it has \(other.noisy.count) channels where the stream has \(channels)")
    }
    let silence = Int(gap * Double(sampleRate))
    let streams = (0..<channels).map { channel in
      var stream = JoinedStream()
      for recording in recordings { stream.append(recording.noisy[channel], after: silence) }
      return stream
    }
    let (outputs, operations) = try denoise(streams.map(\.samples))
    count += operations
    let pieces = zip(streams, outputs).map { $0.pieces(of: $1) }
    return recordings.indices.map { recording in pieces.map { $0[recording] } }
  }

  private func soundFiles(in folder: String) throws -> [String] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw FileError(path: folder, reason: "the folder is missing or cannot be read")
    }
    let files = names.filter { !$0.hasPrefix(".") }.sorted()
    guard !files.isEmpty else { throw FileError(path: folder, reason: "the folder is empty") }
    return files
  }

  /// Nominal ratios in dB by name; empty where there is no such file.
  private func nominalSNRs(_ path: String) throws -> [String: Double] {
    guard Files.exists(path) else { return [:] }
    let table = try TabSeparatedValues(contentsOf: path)
    let id = try table.requiredColumn("id")
    let snr = try table.requiredColumn("snr_db")
    var snrs: [String: Double] = [:]
    for row in table.rows {
      guard let ratio = Double(row[snr]), ratio.isFinite else {
        throw FileError(
          path: path, reason: "snr_db of \(row[id]) is \"\(row[snr])\"; expected a number of dB")
      }
      snrs[row[id]] = ratio
    }
    return snrs
  }
}

/// Mean scores over recordings. Ratios are scale-invariant signal-to-noise ratios (SI-SNR; Le Roux
/// et al. 2019) in dB.
public struct DenoisingScores: Sendable, Codable {
  /// The number of recordings.
  public var files: Int
  /// SI-SNR of the noisy recordings, in dB.
  public var noisySISNR: Double
  /// SI-SNR of the denoised recordings, in dB.
  public var siSNR: Double
  /// SI-SNR of the denoised recordings minus that of the noisy ones, in dB.
  public var siSNRImprovement: Double
  /// Scores by nominal signal-to-noise ratio, lowest first.
  public var bySNR: [BySNR] = []
  /// Digital silence before each recording of one stream, in seconds; nil where each recording
  /// begins with a fresh state.
  public var gap: Double?

  private enum CodingKeys: String, CodingKey {
    case files
    case noisySISNR = "noisySiSnrDb"
    case siSNR = "siSnrDb"
    case siSNRImprovement = "siSnrImprovementDb"
    case bySNR = "bySnr"
    case gap = "gapS"
  }

  /// Mean scores over the recordings of one nominal signal-to-noise ratio.
  public struct BySNR: Sendable, Codable {
    /// The nominal signal-to-noise ratio of the mixtures, in dB.
    public var snr: Double
    /// The number of recordings.
    public var files: Int
    /// SI-SNR of the noisy recordings, in dB.
    public var noisySISNR: Double
    /// SI-SNR of the denoised recordings, in dB.
    public var siSNR: Double
    /// SI-SNR of the denoised recordings minus that of the noisy ones, in dB.
    public var siSNRImprovement: Double

    private enum CodingKeys: String, CodingKey {
      case snr = "snrDb"
      case files
      case noisySISNR = "noisySiSnrDb"
      case siSNR = "siSnrDb"
      case siSNRImprovement = "siSnrImprovementDb"
    }

    init(_ snr: Double, _ pairs: [DenoisingEvaluation.Pair]) {
      let scores = DenoisingScores(pairs)
      self.snr = snr
      files = scores.files
      noisySISNR = scores.noisySISNR
      siSNR = scores.siSNR
      siSNRImprovement = scores.siSNRImprovement
    }
  }

  init(_ pairs: [DenoisingEvaluation.Pair]) {
    let count = Double(max(pairs.count, 1))
    files = pairs.count
    noisySISNR = pairs.reduce(0) { $0 + $1.noisy } / count
    siSNR = pairs.reduce(0) { $0 + $1.denoised } / count
    siSNRImprovement = siSNR - noisySISNR
  }
}
