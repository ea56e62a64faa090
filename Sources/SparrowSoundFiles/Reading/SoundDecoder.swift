/// A decoder of a family of formats.
protocol SoundDecoder: AnyObject {
  /// Frames a second.
  var sampleRate: Int { get }
  /// Samples a frame.
  var channelCount: Int { get }
  /// Frames in all, or nil where that is not known before the end.
  var frameCount: Int? { get }
  /// The format for a copy without loss, or 16-bit integers where the encoding is lossy.
  var sampleFormat: SampleFormat { get }
  /// Whether a sample may be NaN or infinite.
  var mayHoldNonFinite: Bool { get }
  /// Tags and the like.
  var information: SoundInformation { get }

  /// Decodes the next frames, their samples one after the other.
  ///
  /// - Returns: the number of frames; 0 at the end. A pipe gives what is there by now, at least
  ///   one.
  func decode(into buffer: UnsafeMutablePointer<Float>, limit: Int) -> Int

  /// Why decoding ended before the sound's end; nil before the end, and where all is well.
  var damage: SoundDamage? { get }
}

/// Damage of a file that is decoded up to there.
struct SoundDamage: Equatable {
  var reason: String
  /// The frames that the file promises, where it does.
  var frameCount: Int?
}

/// The metadata of a sound file.
public struct SoundInformation: Equatable, Sendable {
  /// The kind of a tag. Raw values are those of libsndfile.
  public enum Tag: Int32, CaseIterable, Sendable {
    /// The title.
    case title = 1
    /// The copyright.
    case copyright
    /// The software that made the file.
    case software
    /// The artist.
    case artist
    /// A comment.
    case comment
    /// The date.
    case date
    /// The album.
    case album
    /// The licence.
    case license
    /// The number of the track.
    case trackNumber
    /// The genre.
    case genre = 0x10
  }

  /// Tags by kind.
  public var tags: [Tag: String] = [:]
  /// The broadcast extension of a WAV file (EBU Tech 3285), in the structure of libsndfile; nil if
  /// there is none.
  public var broadcast: [UInt8]?
  /// The position of every channel, by libsndfile's numbers; empty if unknown.
  public var channelMap: [Int32] = []

  /// No metadata.
  public init() {}

  /// Whether channels are where their number says that they are: one in the middle, two left and
  /// right.
  var hasUsualChannels: Bool {
    switch channelMap {
    case [], [1], [4], [7], [2, 3], [5, 6]: true
    default: false
    }
  }
}
