import SparrowFigures
import Testing

struct PixelImageTests {
  /// The test vectors of RFC 4648.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func base64(_ text: String, _ encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == encoded)
  }

  /// Chunks of the right lengths, in order.
  @Test func chunksOfAPNG() {
    var image = PixelImage(width: 3, height: 2, palette: [[0, 0, 0], [255, 0, 0]])
    image[1, 2] = 1
    let png = image.png
    #expect(png.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10])
    var names: [String] = []
    var place = 8
    while place < png.count {
      let length = png[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      names.append(String(decoding: png[place + 4..<place + 8], as: UTF8.self))
      place += length + 12
    }
    #expect(place == png.count && names == ["IHDR", "PLTE", "IDAT", "IEND"])
    #expect(png[16..<24] == [0, 0, 0, 3, 0, 0, 0, 2])
    // The checksum of an empty IEND chunk is the same in every PNG.
    #expect(png.suffix(4) == [0xAE, 0x42, 0x60, 0x82])
  }

  @Test func heatBecomesBrighter() {
    let brightness = ColorScale.heat.map { $0.reduce(0) { $0 + Int($1) } }
    #expect(brightness.count == 256 && zip(brightness, brightness.dropFirst()).allSatisfy(<=))
  }
}
