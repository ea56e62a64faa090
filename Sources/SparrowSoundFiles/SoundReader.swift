import CSndfile
import SparrowFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads a sound file block by block, in memory that does not grow with the file's length.
///
/// Opens what libsndfile opens: WAV, FLAC, Ogg-Opus (which decodes at 48 kHz), Ogg-Vorbis, MP3 and
/// more; the format is told by the file's contents, never by its name.
///
/// A WAV file whose header promises more than there is, or nothing because it came out of a pipe,
/// is read up to where it ends.
public struct SoundReader: ~Copyable {
  /// Where the file is, as given.
  public let path: String
  /// Frames a second.
  public let sampleRate: Int
  /// Samples a frame, at least one.
  public let channelCount: Int
  /// Frames in the whole file, or nil where the file does not say and could not be measured.
  public let frameCount: Int?
  /// The format for a copy of this file without loss, or 16-bit integers where the file is lossy.
  public let sampleFormat: SampleFormat

  private let handle: OpaquePointer
  // Kept for `handle`, which reads through it.
  private let unclosed: UnclosedWAV?
  private let promisesFrames: Bool
  private let mayHoldNonFinite: Bool
  private var position = 0
  private var interleaved: [Float] = []

  /// Opens the file at `path`.
  ///
  /// - Throws: ``SoundFileError`` if the file is missing, empty or not readable, or holds no sound.
  public init(path: String) throws(SoundFileError) {
    // Opened here rather than by libsndfile, which tells a missing file from a forbidden one only
    // in prose and takes the name "-" for standard input.
    let descriptor = openFile(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      if code == ENOENT { throw .missing(path: path) }
      throw .unreadable(path: path, reason: systemReason(code))
    }
    var status = stat()
    if fstat(descriptor, &status) == 0 {
      var problem: SoundFileError?
      if status.isDirectory {
        problem = .unreadable(path: path, reason: systemReason(EISDIR))
      } else if status.isRegularFile && status.st_size == 0 {
        problem = .empty(path: path)
      }
      if let problem {
        close(descriptor)
        throw problem
      }
    }

    // libsndfile closes the descriptor, with the handle or when it refuses the file. Told not to,
    // it does the latter all the same in some versions.
    var info = SF_INFO()
    guard var handle = sf_open_fd(descriptor, Int32(SFM_READ), &info, Int32(SF_TRUE)) else {
      throw .notSound(path: path, reason: SoundReader.openFailure())
    }
    let container = Int(info.format) & SF_FORMAT_TYPEMASK
    if info.frames == 0 && (container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX),
      let file = UnclosedWAV(path: path), let samples = file.open(&info)
    {
      sf_close(handle)
      handle = samples
      unclosed = file
    } else {
      unclosed = nil
    }

    self.path = path
    self.handle = handle
    sampleRate = Int(info.samplerate)
    channelCount = Int(info.channels)
    // libsndfile says "unknown" with the largest count for FLAC and with none for a pipe.
    let isUnknown =
      info.frames == sf_count_t.max || info.frames < 0 || (info.frames == 0 && info.seekable == 0)
    frameCount = isUnknown ? nil : Int(info.frames)
    sampleFormat = SampleFormat(storing: info.format)
    mayHoldNonFinite = sampleFormat == .float32
    // MP3 and Ogg measure their length by decoding or by the last page, so a difference there is no
    // sign of damage.
    promisesFrames = container != SF_FORMAT_MPEG && container != SF_FORMAT_OGG
  }

  deinit {
    sf_close(handle)
  }

  /// Reads the next frames.
  ///
  /// - Parameters:
  ///   - limit: the most frames to read, at least 1.
  ///   - block: becomes `channelCount` arrays of as many samples as were read; kept from call to
  ///     call, it is not allocated anew.
  /// - Returns: the number of frames read; fewer than `limit` only at the end, and 0 after it.
  /// - Throws: ``SoundFileError/damaged(path:frame:frameCount:)`` if the file ends early or cannot
  ///   be decoded further, ``SoundFileError/notFinite(path:channel:frame:)`` at a NaN or an infinity.
  public mutating func read(
    upTo limit: Int, into block: inout [[Float]]
  ) throws(SoundFileError) -> Int {
    precondition(limit > 0, "a block has at least one frame")
    let needed = limit * channelCount
    if interleaved.count < needed {
      interleaved = [Float](repeating: 0, count: needed)
    }
    let count = interleaved.withUnsafeMutableBufferPointer { buffer in
      Int(sf_readf_float(handle, buffer.baseAddress, sf_count_t(limit)))
    }

    if mayHoldNonFinite, let index = firstNonFinite(in: count * channelCount) {
      throw .notFinite(
        path: path, channel: index % channelCount, frame: position + index / channelCount)
    }
    if count < limit {
      let isShort = promisesFrames && frameCount.map { position + count < $0 } == true
      if isShort || sf_error(handle) != 0 {
        throw .damaged(path: path, frame: position + count, frameCount: frameCount)
      }
    }

    deinterleave(count, into: &block)
    position += count
    return count
  }

  private func deinterleave(_ count: Int, into block: inout [[Float]]) {
    if block.count != channelCount {
      block = [[Float]](repeating: [], count: channelCount)
    }
    for channel in 0..<channelCount {
      if block[channel].count != count {
        block[channel].removeAll(keepingCapacity: true)
        block[channel].append(contentsOf: repeatElement(0, count: count))
      }
      interleaved.withUnsafeBufferPointer { source in
        block[channel].withUnsafeMutableBufferPointer { target in
          for frame in 0..<count { target[frame] = source[frame * channelCount + channel] }
        }
      }
    }
  }

  private func firstNonFinite(in count: Int) -> Int? {
    interleaved.withUnsafeBufferPointer { samples in
      // Bits, not floats: the compiler vectorises this reduction.
      var found = false
      for index in 0..<count { found = found || !samples[index].isFinite }
      guard found else { return nil }
      return samples[..<count].firstIndex { !$0.isFinite }
    }
  }

  private static func openFailure() -> String {
    var reason = String(cString: sf_strerror(nil))
    while reason.last == "." || reason.last == "\n" { reason.removeLast() }
    return reason
  }
}
