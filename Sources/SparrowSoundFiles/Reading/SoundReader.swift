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
/// Opens WAV, RF64, FLAC, Ogg-Opus (which decodes at 48 kHz), Ogg-Vorbis, MP3 and what else
/// libsndfile opens; the format is told by the file's contents, never by its name. Files are read
/// to their true end, whatever their headers say of it: MP3 of variable bit rate, chained Ogg
/// files, WAV that came out of a pipe. A pipe in place of a file is read as it comes where it holds
/// WAV, and copied to a temporary file otherwise.
///
/// A truncated or damaged file is one whose bytes end before its header or its last page says so,
/// or cannot be decoded further. A strict reader throws there; another one gives what could be
/// decoded and says in ``damage`` what is wrong.
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
  /// Tags and the like.
  public var information: SoundInformation { decoder.information }
  /// Why the sound ended early, once ``read(upTo:into:)`` came to there; nil for a strict reader.
  public private(set) var damage: SoundFileError?

  private let decoder: any SoundDecoder
  private let isStrict: Bool
  private var position = 0
  private var interleaved: [Float] = []

  /// Opens the file at `path`.
  ///
  /// - Parameters:
  ///   - path: A sound file.
  ///   - strict: Whether a truncated or damaged file is an error.
  /// - Throws: ``SoundFileError`` if the file is missing, empty or not readable, or holds no sound.
  public init(path: String, strict: Bool = true) throws(SoundFileError) {
    // Opened here rather than by libsndfile, which tells a missing file from a forbidden one only
    // in prose and takes the name "-" for standard input.
    let descriptor = openFile(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let code = errno
      if code == ENOENT { throw .missing(path: path) }
      throw .unreadable(path: path, reason: systemReason(code))
    }
    guard let status = fileStatus(descriptor), status.isRegularFile else {
      let status = fileStatus(descriptor)
      if status?.isPipe == true {
        let stream = ByteStream(descriptor: descriptor, closes: true)
        self.init(try Self.decoder(stream, path: path), path: path, strict: strict)
        return
      }
      close(descriptor)
      let reason = status?.isDirectory == true ? systemReason(EISDIR) : "it is a device"
      throw .unreadable(path: path, reason: reason)
    }
    let file = OpenFile(descriptor: descriptor, length: Int(status.st_size))
    self.init(try Self.decoder(file, path: path), path: path, strict: strict)
  }

  /// Reads an open pipe or file from where it is.
  ///
  /// - Parameters:
  ///   - name: what errors call it.
  ///   - raw: how samples lie where they have no header; nil where they must have one.
  package init(
    descriptor: Int32, name: String, raw: PCMLayout?, strict: Bool
  ) throws(SoundFileError) {
    let stream = ByteStream(descriptor: descriptor, closes: false)
    // A header of its own wins, or it would be heard as noise. MPEG frames are told by several of
    // them, which live sound should not wait for.
    var head = stream.peek(12)
    if MPEGHeader(head[...]) != nil { head = stream.peek(SoundSignature.length) }
    if let raw, SoundSignature(head) == .unknown {
      self.init(PCMDecoder(stream, layout: raw), path: name, strict: strict)
    } else {
      self.init(try Self.decoder(stream, path: name), path: name, strict: strict)
    }
  }

  private init(_ decoder: any SoundDecoder, path: String, strict: Bool) {
    self.decoder = decoder
    self.path = path
    isStrict = strict
    sampleRate = decoder.sampleRate
    channelCount = decoder.channelCount
    frameCount = decoder.frameCount
    sampleFormat = decoder.sampleFormat
  }

  /// Whether the samples have no header.
  package var isRaw: Bool { (decoder as? PCMDecoder)?.hasHeader == false }

  /// A note of the bytes of an unfinished frame at the end of raw sound, which were left out.
  var leftOverNote: String? {
    guard let bytes = (decoder as? PCMDecoder)?.leftOver, bytes > 0 else { return nil }
    return "the input ended within a sample; its last \(bytes) byte(s) were ignored"
  }

  /// Reads the next frames.
  ///
  /// - Parameters:
  ///   - limit: the most frames to read, at least 1.
  ///   - block: becomes `channelCount` arrays of as many samples as were read; kept from call to
  ///     call, it is not allocated anew.
  /// - Returns: the number of frames read; fewer than `limit` only at the end, and 0 after it.
  /// - Throws: ``SoundFileError/damaged(path:frame:frameCount:reason:)`` if the reader is strict
  ///   and the file ends early or cannot be decoded further,
  ///   ``SoundFileError/notFinite(path:channel:frame:)`` at a NaN or an infinity.
  public mutating func read(
    upTo limit: Int, into block: inout [[Float]]
  ) throws(SoundFileError) -> Int {
    try read(upTo: limit, into: &block, waits: true)
  }

  /// Reads what a pipe has by now, at least a frame; 0 at the end.
  package mutating func readAvailable(
    upTo limit: Int, into block: inout [[Float]]
  ) throws(SoundFileError) -> Int {
    try read(upTo: limit, into: &block, waits: false)
  }

  private mutating func read(
    upTo limit: Int, into block: inout [[Float]], waits: Bool
  ) throws(SoundFileError) -> Int {
    precondition(limit > 0, "a block has at least one frame")
    let needed = limit * channelCount
    if interleaved.count < needed {
      interleaved = [Float](repeating: 0, count: needed)
    }
    var count = 0
    while count < limit && decoder.damage == nil {
      let read = interleaved.withUnsafeMutableBufferPointer { buffer in
        decoder.decode(into: buffer.baseAddress! + count * channelCount, limit: limit - count)
      }
      if read == 0 { break }
      count += read
      if !waits { break }
    }

    if decoder.mayHoldNonFinite,
      let index = interleaved.firstNonFinite(amongFirst: count * channelCount)
    {
      throw .notFinite(
        path: path, channel: index % channelCount, frame: position + index / channelCount)
    }
    if let found = decoder.damage, damage == nil {
      let error = SoundFileError.damaged(
        path: path, frame: position + count, frameCount: found.frameCount, reason: found.reason)
      if isStrict { throw error }
      damage = error
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
}

extension SoundReader {
  /// Who decodes a pipe.
  private static func decoder(
    _ stream: ByteStream, path: String
  ) throws(SoundFileError) -> any SoundDecoder {
    let head = stream.peek(SoundSignature.length)
    if stream.firstError != 0 {
      throw .unreadable(path: path, reason: systemReason(stream.firstError))
    }
    if head.isEmpty { throw .empty(path: path) }
    switch SoundSignature(head) {
    case .wav:
      do throws(WAVHeader.Refusal) {
        let header = try WAVHeader(stream)
        return PCMDecoder(
          stream, layout: header.layout, byteCount: header.dataSize, hasHeader: true)
      } catch {
        throw .notSound(path: path, reason: error.reason)
      }
    case .unknown: throw .notSound(path: path, reason: "it begins like no sound file")
    case .foreign(let name): throw .foreign(path: path, format: name)
    case .mpeg, .ogg, .other:
      return try decoder(try OpenFile(spooling: stream, path: path), path: path)
    }
  }

  /// Who decodes a file.
  private static func decoder(
    _ file: OpenFile, path: String
  ) throws(SoundFileError) -> any SoundDecoder {
    guard file.length > 0 else { throw .empty(path: path) }
    let signature = SoundSignature(file.bytes(0..<SoundSignature.length))
    if case .foreign(let name) = signature { throw .foreign(path: path, format: name) }
    if signature == .mpeg, let decoder = MPEGDecoder(file) { return decoder }
    do throws(SndfileRefusal) {
      if signature == .ogg { return try OggChain(file) }
      let range = FileRange(file, missingBytes: PromisedLength.missingBytes(in: file))
      let decoder = try SndfileDecoder(range)
      if decoder.isWAV, decoder.frameCount == 0, let unclosed = unclosedWAV(file) {
        return unclosed
      }
      return decoder
    } catch {
      throw .notSound(path: path, reason: error.reason)
    }
  }

  /// A WAV file whose writer was stopped, or could not go back in a pipe, to fill in the sizes, and
  /// of which libsndfile reads nothing: the header is wrong about the file's own size as well. A
  /// file without samples whose header is right may have other chunks behind it.
  private static func unclosedWAV(_ file: OpenFile) -> PCMDecoder? {
    let size = file.bytes(4..<8).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size != file.length - 8, lseek(file.descriptor, 0, SEEK_SET) == 0 else { return nil }
    let stream = ByteStream(descriptor: file.descriptor, closes: false)
    guard let header = try? WAVHeader(stream), header.dataSize == nil else { return nil }
    let start = Int(lseek(file.descriptor, 0, SEEK_CUR))
    let count = file.length - start
    return count > 0
      ? PCMDecoder(stream, layout: header.layout, byteCount: count, keeping: file) : nil
  }
}
