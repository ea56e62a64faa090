/// An Ogg file, whose sound may be several streams one after the other ("chained", RFC 3533), as
/// recordings of radio are.
///
/// libsndfile reads the first of them; here each is read as if it were a file of its own. Those at
/// another rate, or of other channels, become what the first one is.
final class OggChain: SoundDecoder {
  let sampleRate: Int
  let channelCount: Int
  let frameCount: Int?
  let sampleFormat: SampleFormat
  let mayHoldNonFinite: Bool
  let information: SoundInformation
  private(set) var damage: SoundDamage?

  private let file: OpenFile
  private let links: [OggLink]
  private var index = 0
  private var decoder: any SoundDecoder

  /// - Throws: libsndfile's words, where it does not read the first link.
  init(_ file: OpenFile) throws(SndfileRefusal) {
    let links = OggLink.all(in: file)
    let first = try SndfileDecoder(FileRange(file, links.first?.range))
    sampleRate = first.sampleRate
    channelCount = first.channelCount
    sampleFormat = first.sampleFormat
    mayHoldNonFinite = first.mayHoldNonFinite
    information = first.information
    decoder = first
    self.file = file
    self.links = links
    var count = first.frameCount
    for link in links.dropFirst() {
      guard let next = try? SndfileDecoder(FileRange(file, link.range)),
        let converted = ConvertedDecoder(next, to: first)
      else { continue }
      count = count.flatMap { sum in converted.frameCount.map { sum + $0 } }
    }
    frameCount = count
  }

  func decode(into buffer: UnsafeMutablePointer<Float>, limit: Int) -> Int {
    while damage == nil {
      let count = decoder.decode(into: buffer, limit: limit)
      if count > 0 { return count }
      if let problem = decoder.damage {
        damage = problem
      } else if index < links.count, !links[index].isWhole {
        damage = SoundDamage(reason: "the file ends before the stream does")
      } else {
        guard index + 1 < links.count else { return 0 }
        goOn()
      }
    }
    return 0
  }

  /// Opens the next link.
  private func goOn() {
    index += 1
    let name = "stream \(index + 1) of the \(links.count) in the file"
    do throws(SndfileRefusal) {
      let next = try SndfileDecoder(FileRange(file, links[index].range))
      guard let converted = ConvertedDecoder(next, to: self) else {
        damage = SoundDamage(
          reason: "\(name) has \(next.channelCount) channel(s) at \(next.sampleRate) Hz, "
            + "and the first has \(channelCount) at \(sampleRate) Hz")
        return
      }
      decoder = converted
    } catch {
      damage = SoundDamage(reason: "\(name) is not readable (\(error.reason))")
    }
  }
}

/// One of the streams that follow each other in an Ogg file.
struct OggLink: Equatable {
  /// Its pages' bytes.
  var range: Range<Int>
  /// Whether its last page is there.
  var isWhole: Bool

  /// The links of a file, by the headers of its pages.
  static func all(in file: OpenFile) -> [OggLink] {
    var links: [OggLink] = []
    var offset = 0
    var isBeginning = true
    while let page = Page(file, at: offset) {
      // A link begins with the first pages of all its streams.
      if page.isFirst && (!isBeginning || links.isEmpty) {
        links.append(OggLink(range: offset..<offset, isWhole: false))
      }
      isBeginning = page.isFirst
      let end = offset + page.byteCount
      guard !links.isEmpty, end <= file.length else { break }
      links[links.count - 1].range = links[links.count - 1].range.lowerBound..<end
      if page.isLast { links[links.count - 1].isWhole = true }
      offset = end
    }
    // What is not pages is libsndfile's to make sense of.
    if let last = links.indices.last {
      links[last].range = links[last].range.lowerBound..<file.length
    }
    return links
  }

  private struct Page {
    let byteCount: Int
    let isFirst: Bool
    let isLast: Bool

    init?(_ file: OpenFile, at offset: Int) {
      let header = file.bytes(offset..<offset + 27 + 255)
      guard header.count >= 27, header.starts(with: "OggS".utf8) else { return nil }
      let segments = Int(header[26])
      guard header.count >= 27 + segments else { return nil }
      byteCount = 27 + segments + header[27..<27 + segments].reduce(0) { $0 + Int($1) }
      isFirst = header[5] & 2 != 0
      isLast = header[5] & 4 != 0
    }
  }
}
