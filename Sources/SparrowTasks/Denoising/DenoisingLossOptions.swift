import Sparrow
import SparrowTraining

/// Weights of the terms of a denoiser's loss. Keys that a recipe leaves out have the values here.
public struct DenoisingLossOptions: Codable, Equatable, Sendable {
  /// Of the negative SI-SNR in dB.
  public var signal = 1.0
  /// dB; errors this far below the speech no longer matter. nil for no ceiling.
  public var ceiling: Double?
  /// Of the relative error of the compressed spectrum, as if it were dB.
  public var spectrum = 0.0
  /// |X|^exponent is the compressed magnitude.
  public var exponent = 0.3
  /// The share of the error that also sees the phase: of compressed complex spectra.
  public var phaseShare = 0.3
  /// Additional weight of an error of the magnitude where speech was attenuated.
  public var removal = 0.0
  /// Of what is left of the noise, in dB, where there is no speech.
  public var silence = 0.1

  /// The default loss: the negative SI-SNR, and a tenth of noise that is left where there is no
  /// speech.
  public init() {}

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    func decode<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try decode(.signal, &signal)
    ceiling = try values.decodeIfPresent(Double.self, forKey: .ceiling)
    try decode(.spectrum, &spectrum)
    try decode(.exponent, &exponent)
    try decode(.phaseShare, &phaseShare)
    try decode(.removal, &removal)
    try decode(.silence, &silence)
  }

  func validate() throws(TrainingError) {
    func require(_ condition: Bool, _ what: String) throws(TrainingError) {
      guard condition else { throw .recipe("loss: \(what)") }
    }
    let weights = [signal, spectrum, removal, silence]
    try require(
      weights.allSatisfy { $0 >= 0 && $0.isFinite } && signal + spectrum > 0,
      "weights are not negative, and signal or spectrum counts")
    try require(exponent > 0 && exponent <= 1, "the exponent is more than 0, at most 1")
    try require((0...1).contains(phaseShare), "the phase's share is from 0 to 1")
    try require(ceiling.map { (0...200).contains($0) } ?? true, "the ceiling is from 0 to 200 dB")
  }
}
