import CSparrow
import SparrowCore

/// How a signal becomes frames for a network, and how the network's answer becomes a signal:
/// features of a short-time spectrum go in, and a mask for each bin comes out.
public struct SpectralFrontEnd: Sendable, Hashable, Codable {
  /// The sample rate in hertz.
  public var sampleRate: Int
  /// Samples in a frame, from 128 to 16384. The window is the square root of Hann's, for analysis
  /// and for synthesis.
  public var window: Int
  /// Samples from one frame to the next: the window divided by an integer of 2 or more.
  public var hop: Int
  /// Samples of the Fourier transform, a power of two: the window is padded with zeros to it. nil
  /// for the length of the window.
  public var transformLength: Int?
  /// The first bin of each band, then the number of bins. Features and mask have one value per
  /// band; nil for one band per bin.
  public var bandEdges: [Int]?
  /// A band's compressed magnitude is c = (|X|² + floor)^(exponent/2), X being the spectrum of
  /// samples between -1 and 1 under the window, and |X|² its mean over the band's bins.
  public var exponent: Float
  /// The floor of the compressed magnitude; see ``exponent``.
  public var floor: Float
  /// The features of a frame, in order, each with one value per band.
  public var features: [Feature]
  /// The maximum of the mask, which is `maskGain` × sigmoid of the network's output.
  public var maskGain: Float
  /// Frames whose mean of c is at most this are silent. References are held then, and relative
  /// features are those of c = r. nil for no such threshold.
  public var silence: Float?
  /// Seconds of silence after which references start afresh; nil for never.
  public var restart: Float?

  /// A feature: one value per band.
  public struct Feature: Sendable, Hashable, Codable {
    /// The normalisation of a feature.
    public enum Kind: String, Sendable, Codable {
      /// The compressed magnitude c itself.
      case magnitude
      /// c / (r + offset), r following the same band's c: independent of level and channel.
      case relativeToBin
      /// c / (r + offset), r following the mean of c over all bands: independent of level.
      case relativeToLevel
      /// c / (m + offset), m being the mean of c over the frame's bands: independent of level,
      /// without a memory.
      case relativeToFrame
    }

    /// The normalisation.
    public var kind: Kind
    /// The time constant of r for rising c, in seconds. With equal time constants r is a running
    /// mean; with a slow rise and a fast fall it follows the noise floor.
    public var rise: Float
    /// The time constant of r for falling c, in seconds.
    public var fall: Float
    /// Avoids division by zero in silence.
    public var offset: Float
    /// The maximum value of the feature; nil for no limit.
    public var limit: Float?
    /// The initial value of r; nil for c of the first frame.
    public var initial: Float?
    /// Seconds at the start in which r is at least the running mean of `initial` and the frames so
    /// far: it moves by 1/2 of its distance to c, then 1/3, 1/4, … per frame. Silent frames do not
    /// count.
    public var settling: Float?

    /// A feature.
    public init(
      _ kind: Kind, rise: Float = 0, fall: Float = 0, offset: Float = 0, limit: Float? = nil,
      initial: Float? = nil, settling: Float? = nil
    ) {
      self.kind = kind
      self.rise = rise
      self.fall = fall
      self.offset = offset
      self.limit = limit
      self.initial = initial
      self.settling = settling
    }

    /// The compressed magnitude.
    public static let magnitude = Feature(.magnitude)
  }

  /// A front end.
  public init(
    sampleRate: Int = 16_000, window: Int = 512, hop: Int = 128, exponent: Float = 0.3,
    floor: Float = 1e-10, features: [Feature] = [.magnitude], maskGain: Float = 1,
    silence: Float? = nil, restart: Float? = nil, transformLength: Int? = nil,
    bandEdges: [Int]? = nil
  ) {
    self.sampleRate = sampleRate
    self.window = window
    self.hop = hop
    self.exponent = exponent
    self.floor = floor
    self.features = features
    self.maskGain = maskGain
    self.silence = silence
    self.restart = restart
    self.transformLength = transformLength
    self.bandEdges = bandEdges
  }

  /// Samples of the Fourier transform.
  public var fourierLength: Int { transformLength ?? window }

  /// Bins of a frame's spectrum, from 0 Hz to half the sample rate.
  public var bins: Int { fourierLength / 2 + 1 }

  /// Bands of a frame, each with one value of the mask.
  public var bands: Int { bandEdges.map { $0.count - 1 } ?? bins }

  /// The algorithmic latency in seconds, the filling of a hop included.
  public var latency: Double { Double(window) / Double(sampleRate) }

  /// Values of a frame that the network takes.
  public var inputWidth: Int { bands * features.count }
}

extension SpectralFrontEnd: FrontEndRule {
  static let kind = "spectral"
  static let network = "a denoiser"
  static let planKind: FrontEndKind? = .spectral
  var frontEnd: FrontEnd { .spectral(self) }
  var sound: SoundFrames? { SoundFrames(sampleRate: sampleRate, hop: hop, latency: latency) }
  var frameWidth: Int? { inputWidth }

  func validate(inputWidth: Int, layers: [Layer]) throws(NetworkError) {
    let outputWidth = layers.outputWidth(for: inputWidth)
    func isPowerOfTwo(_ count: Int) -> Bool { count > 0 && count & (count - 1) == 0 }
    try require(
      (1000...384_000).contains(sampleRate),
      "the sample rate is \(sampleRate); expected 1000 to 384000")
    if let length = transformLength {
      try require(
        (128...16_384).contains(window), "the window is \(window); expected 128 to 16384")
      try require(
        (window...16_384).contains(length) && isPowerOfTwo(length),
        "the transform's length is \(length); expected a power of two from the window's \(window) "
          + "to 16384")
    } else {
      try require(
        (128...16_384).contains(window) && isPowerOfTwo(window),
        "the window is \(window); expected a power of two from 128 to 16384, or a transformLength")
    }
    try require(
      hop >= 16 && hop <= window / 2 && window % hop == 0,
      "the hop is \(hop); expected 16 to half of the window's \(window), which it divides")
    if let edges = bandEdges {
      try require(
        edges.count >= 2 && edges.first == 0 && edges.last == bins
          && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 },
        "bands begin at bin 0, ascend, and end with \(bins), the number of bins")
    }
    try require(
      exponent > 0 && exponent <= 2, "the exponent is \(exponent); expected more than 0, at most 2")
    try require(
      (1e-30...1e6).contains(floor), "the floor is \(floor); expected a number from 1e-30 to 1e6")
    try require(
      (1e-3...1e3).contains(maskGain),
      "the mask's gain is \(maskGain); expected a number from 0.001 to 1000")
    try require(
      (1...8).contains(features.count), "\(features.count) features; expected 1 to 8")
    try require(
      silence.map { (1e-30...1e6).contains($0) } ?? true,
      "the level of silence is \(silence ?? 0); expected a number from 1e-30 to 1e6")
    try require(
      restart.map { $0 > 0 && $0 <= 3600 && silence != nil } ?? true,
      "features restart after \(restart ?? 0) seconds; expected up to 3600, and a level of silence")
    for feature in features {
      let references = [feature.limit, feature.initial]
      try require(
        references.allSatisfy { $0.map { (1e-30...1e6).contains($0) } ?? true }
          && feature.settling.map { (1e-3...60).contains($0) } ?? true,
        "limits and initial references are 1e-30 to 1e6, and settling times 0.001 to 60 s")
      let hasOffset = (1e-30...1e6).contains(feature.offset)
      switch feature.kind {
      case .magnitude: break
      case .relativeToFrame:
        try require(
          hasOffset,
          "a relative feature has the offset \(feature.offset); expected 1e-30 to 1e6")
      case .relativeToBin, .relativeToLevel:
        try require(
          (1e-3...1e4).contains(feature.rise) && (1e-3...1e4).contains(feature.fall) && hasOffset,
          "a relative feature has the time constants \(feature.rise) and \(feature.fall) s and the "
            + "offset \(feature.offset); expected 0.001 to 10000 s and 1e-30 to 1e6")
      }
    }
    try require(
      inputWidth == self.inputWidth && outputWidth == bands,
      "\(features.count) features of \(bands) bands need a network that takes \(self.inputWidth) "
        + "values and gives \(bands), not one that takes \(inputWidth) and gives \(outputWidth)")
  }

  func pack(into image: inout ImageBuilder, embedding: StoredEmbedding?) -> UInt32 {
    let period = Double(hop) / Double(sampleRate)
    func frames(_ seconds: Float) -> UInt32 { UInt32((Double(seconds) / period).rounded()) }
    var record = sparrow_spectral_front_end()
    record.sample_rate = UInt32(sampleRate)
    record.window = UInt32(window)
    record.hop = UInt32(hop)
    record.transform_length = UInt32(fourierLength)
    record.bands = UInt32(bands)
    record.feature_count = UInt32(features.count)
    record.floor = floor
    record.power = exponent / 2
    record.mask_gain = maskGain
    record.silence = silence ?? 0
    record.restart_frames = restart.map { max(1, frames($0)) } ?? 0
    record.twiddles_offset = image.append(SpectralTables.twiddles(length: fourierLength))
    record.unpack_offset = image.append(SpectralTables.unpacking(length: fourierLength))
    record.windows_offset = image.append(SpectralTables.windows(self))
    record.edges_offset = bandEdges.map { image.append($0.map { Int32($0) }) } ?? 0
    let features = features.map { feature in
      sparrow_feature(
        kind: feature.kind.cValue.rawValue,
        rise: SpectralTables.share(timeConstant: feature.rise, period: period),
        fall: SpectralTables.share(timeConstant: feature.fall, period: period),
        offset: feature.offset, limit: feature.limit ?? .infinity, initial: feature.initial ?? 0,
        begins_with_frame: feature.initial == nil ? 1 : 0,
        settling_frames: frames(feature.settling ?? 0))
    }
    withUnsafeMutableBytes(of: &record.features) { bytes in
      features.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
    return image.append([record])
  }
}

extension SpectralFrontEnd.Feature.Kind {
  fileprivate var cValue: sparrow_feature_kind {
    switch self {
    case .magnitude: SPARROW_FEATURE_MAGNITUDE
    case .relativeToBin: SPARROW_FEATURE_RELATIVE_TO_BIN
    case .relativeToLevel: SPARROW_FEATURE_RELATIVE_TO_LEVEL
    case .relativeToFrame: SPARROW_FEATURE_RELATIVE_TO_FRAME
    }
  }
}

extension Network {
  /// The front end of a denoiser; nil for other networks.
  public var spectralFrontEnd: SpectralFrontEnd? { frontEnd?.rule as? SpectralFrontEnd }
}
