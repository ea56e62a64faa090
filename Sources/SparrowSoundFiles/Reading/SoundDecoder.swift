/// Where the samples of a file come from: a class for every family of formats.
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
  /// - Returns: the number of frames; 0 at the end. A pipe gives what is there by now, at least one.
  func decode(into buffer: UnsafeMutablePointer<Float>, limit: Int) -> Int

  /// Why decoding ended before the sound's end; nil before the end, and where all is well.
  var damage: SoundDamage? { get }
}

/// What is wrong with a file that is decoded up to there.
struct SoundDamage: Equatable {
  var reason: String
  /// The frames that the file promises, where it does.
  var frameCount: Int?
}

/// What a file says of its sound besides the samples.
public struct SoundInformation: Equatable, Sendable {
  /// What a text in a file is about. Raw values are libsndfile's.
  public enum Tag: Int32, CaseIterable, Sendable {
    case title = 1
    case copyright, software, artist, comment, date, album, license
    case trackNumber
    case genre = 0x10
  }

  /// Texts, by what they are about.
  public var tags: [Tag: String] = [:]
  /// The broadcast extension of a WAV file (EBU Tech 3285), as libsndfile keeps it; nil where there is none.
  public var broadcast: [UInt8]?
  /// The place of every channel, by libsndfile's numbers; empty where the file does not say.
  public var channelMap: [Int32] = []

  public init() {}

  /// Whether channels are where their number says that they are: one in the middle, two left and right.
  var hasUsualChannels: Bool {
    switch channelMap {
    case [], [1], [4], [7], [2, 3], [5, 6]: true
    default: false
    }
  }
}
