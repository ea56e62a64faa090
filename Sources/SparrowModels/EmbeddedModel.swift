import CSparrowModels
public import Sparrow
import SparrowAudioCore

/// A network that was trained for Sparrow and comes with it. `Models/` has a card for each: what it
/// was trained on, its scores, its limits.
public struct EmbeddedModel: Sendable {
  /// The name of its file in `Models/`, without the extension.
  public let name: String
  /// Its title in reports and errors, as "the embedded denoiser".
  public let title: String
  /// The model file.
  public let bytes: [UInt8]

  /// Removes noise from speech at 16 kHz.
  public static let denoiser = EmbeddedModel(
    "denoiser", "the embedded denoiser", sparrow_denoiser_model)

  /// Removes noise from speech at 48 kHz, in the whole band.
  public static let fullBandDenoiser = EmbeddedModel(
    "denoiser-full-band", "the embedded denoiser at 48 kHz", sparrow_full_band_denoiser_model)

  /// Spots 17 Arabic words in sound at 16 kHz.
  public static let keywords = EmbeddedModel(
    "keywords", "the embedded keyword spotter", sparrow_keywords_model)

  /// Goes on with texts in the manner of Shakespeare's plays.
  public static let shakespeare = EmbeddedModel(
    "shakespeare", "the embedded language model", sparrow_shakespeare_model)

  /// The denoiser for sound of a sample rate: ``denoiser`` up to 16 kHz, and above
  /// ``fullBandDenoiser``.
  ///
  /// - Parameter sampleRate: In samples a second.
  public static func denoiser(sampleRate: Int) -> EmbeddedModel {
    DenoisedBand(sampleRate: sampleRate) == .wide ? denoiser : fullBandDenoiser
  }

  /// The model of a name; nil where there is none.
  public init?(named name: String) {
    switch name {
    case "denoiser": self = .denoiser
    case "denoiser-full-band": self = .fullBandDenoiser
    case "keywords": self = .keywords
    case "shakespeare": self = .shakespeare
    default: return nil
    }
  }

  private init(
    _ name: String, _ title: String, _ model: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>
  ) {
    self.name = name
    self.title = title
    var count = 0
    let start = model(&count)
    bytes = Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// The network in the file.
  public var network: Network {
    do throws(ModelFileError) {
      return try Network(modelFile: bytes)
    } catch {
      preconditionFailure("an embedded model is a valid one: \(error)")
    }
  }
}
