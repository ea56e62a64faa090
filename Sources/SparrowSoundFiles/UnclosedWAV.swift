import CSndfile
import SparrowFiles

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A WAV file whose writer was stopped, or could not go back in a pipe, to fill in the sizes.
///
/// Where such a header has 0 for the length of its samples, libsndfile finds none. What is behind
/// the header can still be read as raw samples, in a file that seems to start there.
final class UnclosedWAV {
  private let descriptor: Int32
  private let start: Int
  private let length: Int
  private var position = 0

  /// Opens a file that libsndfile took for a WAV without frames.
  ///
  /// - Returns: nil if that is what it is.
  init?(path: String) {
    descriptor = openFile(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.isRegularFile,
      let start = UnclosedWAV.firstSample(in: descriptor, length: Int(status.st_size))
    else {
      close(descriptor)
      return nil
    }
    self.start = start
    length = Int(status.st_size) - start
  }

  deinit { close(descriptor) }

  /// Makes a handle for the samples, which must not outlive this object.
  ///
  /// - Parameter info: what libsndfile said of the file; afterwards, with its number of frames.
  func open(_ info: inout SF_INFO) -> OpaquePointer? {
    var raw = SF_INFO()
    raw.samplerate = info.samplerate
    raw.channels = info.channels
    raw.format =
      Int32(SF_FORMAT_RAW) | Int32(SF_ENDIAN_LITTLE) | (info.format & Int32(SF_FORMAT_SUBMASK))
    var calls = SF_VIRTUAL_IO(
      get_filelen: { sf_count_t(UnclosedWAV.from($0).length) },
      seek: { offset, origin, context in
        let file = UnclosedWAV.from(context)
        let base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? file.position : file.length
        file.position = base + Int(offset)
        return sf_count_t(file.position)
      },
      read: { bytes, count, context in
        let file = UnclosedWAV.from(context)
        let result = pread(
          file.descriptor, bytes, Int(count), off_t(file.start + file.position))
        file.position += max(0, result)
        return sf_count_t(max(0, result))
      },
      write: { _, _, _ in 0 },
      tell: { sf_count_t(UnclosedWAV.from($0).position) })
    let context = Unmanaged.passUnretained(self).toOpaque()
    let handle = sf_open_virtual(&calls, Int32(SFM_READ), &raw, context)
    if handle != nil { info.frames = raw.frames }
    return handle
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> UnclosedWAV {
    Unmanaged<UnclosedWAV>.fromOpaque(context!).takeUnretainedValue()
  }

  /// Where the samples start, if the header says that there are none and is wrong about the file's
  /// own size as well. A file without samples whose header is right may have other chunks behind
  /// it.
  private static func firstSample(in descriptor: Int32, length: Int) -> Int? {
    guard let riff = chunk(at: 0, in: descriptor), riff.name == Array("RIFF".utf8),
      riff.size != length - 8
    else { return nil }

    var offset = 12
    while let chunk = chunk(at: offset, in: descriptor) {
      offset += 8
      if chunk.name == Array("data".utf8) {
        return chunk.size == 0 && offset < length ? offset : nil
      }
      offset += chunk.size + chunk.size % 2
    }
    return nil
  }

  private static func chunk(at offset: Int, in descriptor: Int32) -> (name: [UInt8], size: Int)? {
    var header = [UInt8](repeating: 0, count: 8)
    guard pread(descriptor, &header, 8, off_t(offset)) == 8 else { return nil }
    let size = header[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
    return (Array(header[..<4]), size)
  }
}
