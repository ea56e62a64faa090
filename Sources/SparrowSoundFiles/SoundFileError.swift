import SparrowFiles

/// An error in a sound file: the file, what was found, and what was expected.
///
/// `description` is one line, made to be printed as it is.
public enum SoundFileError: Error, Equatable, Sendable {
  /// There is no file at `path`.
  case missing(path: String)
  /// The file exists but could not be opened or read; `reason` is the system's.
  case unreadable(path: String, reason: String)
  /// The file has no bytes.
  case empty(path: String)
  /// The file holds something other than sound, or sound in a format that this build cannot decode;
  /// `reason` is libsndfile's.
  case notSound(path: String, reason: String)
  /// The file is in a format that is known and not read, AAC for one.
  case foreign(path: String, format: String)
  /// Decoding stopped at `frame`, before the end of `frameCount` frames, where the file says how
  /// many it has.
  case damaged(path: String, frame: Int, frameCount: Int?, reason: String)
  /// A sample is NaN or infinite.
  case notFinite(path: String, channel: Int, frame: Int)
  /// The name of the output ends in something other than `.wav`, `.wave` or `.flac`.
  case unknownExtension(path: String)
  /// The output format cannot hold this sample rate or this number of channels.
  case unsupportedLayout(path: String, sampleRate: Int, channelCount: Int)
  /// The output could not be created, written or put in its place; `reason` is the system's.
  case unwritable(path: String, reason: String)
  /// The disk, the quota or the limit on a file's size was reached.
  case diskFull(path: String)
  /// The output does not fit in a WAV file, whose sizes have 32 bits, and its length was not known
  /// before.
  case tooLong(path: String)
}

extension SoundFileError: CustomStringConvertible {
  private static func name(_ path: String) -> String { path.isEmpty ? "\"\"" : path.readable }

  public var description: String {
    switch self {
    case .missing(let path):
      "\(Self.name(path)): there is no such file"
    case .unreadable(let path, let reason):
      "\(Self.name(path)): cannot be read: \(reason)"
    case .empty(let path):
      "\(Self.name(path)): the file is empty; expected a sound file"
    case .notSound(let path, let reason):
      "\(Self.name(path)): not a readable sound file (\(reason)); "
        + "expected WAV, FLAC, Ogg-Opus, Ogg-Vorbis or MP3"
    case .foreign(let path, let format):
      "\(Self.name(path)): the format, \(format), is not read; "
        + "convert the file first: ffmpeg -i INPUT OUTPUT.wav"
    case .damaged(let path, let frame, let frameCount?, let reason):
      "\(Self.name(path)): truncated or damaged: \(reason); decoded up to frame \(frame) "
        + "of \(frameCount)"
    case .damaged(let path, let frame, nil, let reason):
      "\(Self.name(path)): truncated or damaged: \(reason); decoded up to frame \(frame)"
    case .notFinite(let path, let channel, let frame):
      "\(Self.name(path)): sample \(frame) of channel \(channel) is not a finite number"
    case .unknownExtension(let path):
      "\(Self.name(path)): cannot tell the output format from the name; "
        + "expected one ending in .wav or .flac"
    case .unsupportedLayout(let path, let sampleRate, let channelCount):
      "\(Self.name(path)): this format cannot hold \(channelCount) channels at \(sampleRate) Hz"
    case .unwritable(let path, let reason):
      "\(Self.name(path)): cannot be written: \(reason)"
    case .diskFull(let path):
      "\(Self.name(path)): cannot be written: the disk is full or a limit on file sizes was reached"
    case .tooLong(let path):
      "\(Self.name(path)): longer than a WAV file can be (4 GiB); write a .flac file instead"
    }
  }
}

extension SoundFileError {
  /// The reason why an output was not written.
  init(_ error: FileError) {
    self =
      error.isDiskFull
      ? .diskFull(path: error.path) : .unwritable(path: error.path, reason: error.reason)
  }
}
