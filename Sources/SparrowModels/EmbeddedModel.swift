import CSparrowModels
public import Sparrow

/// A network that was trained for Sparrow and comes with it. `Models/` has a card for each: what it
/// was trained on, its scores, its limits.
public struct EmbeddedModel: Sendable {
  /// The model file.
  public let bytes: [UInt8]

  /// Removes noise from speech at 16 kHz.
  public static let denoiser = EmbeddedModel(sparrow_denoiser_model)

  /// Spots 17 Arabic words in sound at 16 kHz.
  public static let keywords = EmbeddedModel(sparrow_keywords_model)

  /// Goes on with texts in the manner of Shakespeare's plays.
  public static let shakespeare = EmbeddedModel(sparrow_shakespeare_model)

  private init(_ model: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>) {
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
