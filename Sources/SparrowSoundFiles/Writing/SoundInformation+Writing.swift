import CSndfile

extension SoundInformation {
  /// Writes what libsndfile can put into the file's format, before the first sample.
  ///
  /// - Returns: what it could not, in words.
  func write(to handle: OpaquePointer) -> [String] {
    var lost: [String] = []
    let lostTags = Tag.allCases.filter { tag in
      tags[tag].map { sf_set_string(handle, tag.rawValue, $0) != 0 } ?? false
    }
    if !lostTags.isEmpty {
      lost.append("the tags \(lostTags.map { "\($0)" }.joined(separator: ", "))")
    }
    if var broadcast,
      sf_command(handle, Int32(SFC_SET_BROADCAST_INFO), &broadcast, Int32(broadcast.count)) == 0
    {
      lost.append("the broadcast extension (bext)")
    }
    if !hasUsualChannels {
      var map = channelMap
      if sf_command(handle, Int32(SFC_SET_CHANNEL_MAP_INFO), &map, Int32(4 * map.count)) == 0 {
        lost.append("the places of the channels")
      }
    }
    return lost
  }
}
