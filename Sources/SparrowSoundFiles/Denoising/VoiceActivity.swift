/// Where in a sound there is speech, by what a denoiser leaves of it.
public struct VoiceActivity: Sendable, Equatable, Encodable {
  /// A stretch of speech, in seconds from the sound's beginning.
  public struct Segment: Sendable, Equatable, Encodable {
    /// Its beginning.
    public var begin: Double
    /// Its end.
    public var end: Double
  }

  /// The time of the first value, the centre of its frame, in seconds.
  public var firstSeconds: Double
  /// The time from one value to the next, in seconds.
  public var intervalSeconds: Double
  /// The fraction of the amplitude between 200 and 4,000 Hz that the denoiser left, a value a
  /// frame, smoothed over four frames; the maximum over channels. From 0, only noise, to 1, only
  /// speech.
  public var values: [Float]
  /// Stretches of speech.
  public var segments: [Segment]

  /// The value at which speech begins.
  ///
  /// Chosen on 48 held-out mixtures from -5 to 20 dB: 89 % of the frames are told as by the clean
  /// sound, whose frames within 35 dB of its loudest count as speech.
  public static let threshold: Float = 0.13
  /// Pauses up to this time are part of a segment, in seconds.
  static let longestPause = 0.25
  /// Segments below this time are none, in seconds.
  static let shortestSegment = 0.1
  /// The weight of the newest frame in the smoothed value.
  private static let newest: Float = 0.25

  /// - Parameters:
  ///   - channels: for each channel, a value a frame.
  ///   - first: the time of the first frame's centre, in seconds.
  ///   - interval: the time from frame to frame, in seconds.
  ///   - duration: of the sound, in seconds.
  init(channels: [[Float]], first: Double, interval: Double, duration: Double) {
    let count = channels.map(\.count).min() ?? 0
    var smooth = [Float](repeating: 0, count: channels.count)
    values = (0..<count).map { frame in
      for (channel, frames) in channels.enumerated() {
        smooth[channel] += Self.newest * (frames[frame] - smooth[channel])
      }
      return smooth.max() ?? 0
    }
    firstSeconds = first
    intervalSeconds = interval
    segments = []
    for (frame, value) in values.enumerated() where value > Self.threshold {
      let centre = first + Double(frame) * interval
      let begin = max(0, centre - interval / 2)
      let end = min(duration, centre + interval / 2)
      guard begin < end else { continue }
      if let last = segments.last, begin - last.end <= Self.longestPause {
        segments[segments.count - 1].end = end
      } else {
        segments.append(Segment(begin: begin, end: end))
      }
    }
    segments.removeAll { $0.end - $0.begin < Self.shortestSegment }
  }
}
