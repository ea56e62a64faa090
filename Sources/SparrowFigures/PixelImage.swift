import CZlib

/// A picture of pixels that index a palette of at most 256 colours.
public struct PixelImage: Sendable {
  /// The number of columns.
  public let width: Int
  /// The number of rows.
  public let height: Int
  /// An index of the palette per pixel, row by row from the top.
  public var pixels: [UInt8]
  /// Red, green and blue of each colour, from 0 to 255.
  public let palette: [[UInt8]]

  /// A picture whose pixels all have the first colour.
  ///
  /// - Precondition: Width and height are positive, and the palette has 1 to 256 colours.
  public init(width: Int, height: Int, palette: [[UInt8]]) {
    precondition(width > 0 && height > 0, "a picture has pixels")
    precondition((1...256).contains(palette.count), "a palette has 1 to 256 colours")
    self.width = width
    self.height = height
    self.palette = palette
    pixels = [UInt8](repeating: 0, count: width * height)
  }

  /// Sets or reads a pixel.
  public subscript(row: Int, column: Int) -> UInt8 {
    get { pixels[row * width + column] }
    set { pixels[row * width + column] = newValue }
  }

  /// The bytes of a PNG file (ISO/IEC 15948) of 8 bits per pixel.
  public var png: [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity((width + 1) * height)
    for row in 0..<height {
      // No filter, which suits indices of a palette best.
      rows.append(0)
      rows += pixels[row * width..<(row + 1) * width]
    }
    var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    Self.append(
      "IHDR", Self.word(width) + Self.word(height) + [8, 3, 0, 0, 0], to: &bytes)
    Self.append("PLTE", palette.flatMap { $0 }, to: &bytes)
    Self.append("IDAT", Self.deflated(rows), to: &bytes)
    Self.append("IEND", [], to: &bytes)
    return bytes
  }

  /// The picture as the address of an image in HTML.
  public var dataURL: String { "data:image/png;base64," + Base64.encode(png) }

  private static func append(_ type: String, _ data: [UInt8], to bytes: inout [UInt8]) {
    let body = Array(type.utf8) + data
    bytes += word(data.count)
    bytes += body
    bytes += word(Int(body.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }))
  }

  private static func word(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var count = compressBound(UInt(bytes.count))
    var result = [UInt8](repeating: 0, count: Int(count))
    let status = compress2(&result, &count, bytes, UInt(bytes.count), 9)
    precondition(status == Z_OK, "there is room for everything")
    return Array(result[..<Int(count)])
  }
}

/// The encoding of bytes as text (RFC 4648).
public enum Base64 {
  private static let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The text, padded.
  public static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let rest = min(3, bytes.count - start)
      var word = 0
      for i in 0..<3 { word = word << 8 | (i < rest ? Int(bytes[start + i]) : 0) }
      for i in 0..<4 {
        text.append(i <= rest ? letters[word >> (18 - 6 * i) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Scales of colour.
public enum ColorScale {
  /// From dark violet by red to light yellow, by rising brightness: 256 colours between the corners
  /// of a path through perceptual space that resembles matplotlib's "magma".
  public static let heat: [[UInt8]] = interpolated([
    (0, 0, 4), (28, 16, 68), (79, 18, 123), (129, 37, 129), (181, 54, 122), (229, 80, 100),
    (251, 135, 97), (254, 194, 135), (252, 253, 191),
  ])

  /// Colours between corners that are evenly spaced.
  private static func interpolated(_ corners: [(Double, Double, Double)]) -> [[UInt8]] {
    (0..<256).map { index in
      let place = Double(index) / 255 * Double(corners.count - 1)
      let low = min(Int(place), corners.count - 2)
      let share = place - Double(low)
      func mix(_ a: Double, _ b: Double) -> UInt8 { UInt8((a + share * (b - a)).rounded()) }
      let (a, b) = (corners[low], corners[low + 1])
      return [mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2)]
    }
  }
}
