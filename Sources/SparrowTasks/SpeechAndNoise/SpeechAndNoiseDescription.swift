/// Which recordings a denoiser learns from, and which are kept back to judge it by, as a recipe says
/// it.
public struct SpeechAndNoiseDescription: Codable, Equatable, Sendable {
  /// Clean speech. A file that several sources would take belongs to the first of them.
  public var speech: [SoundSource]
  /// Noise; voices play no part in it.
  public var noise: [SoundSource]
  /// Speech that is only used for validation.
  public var validation: [SoundSource]
  /// Files whose licence contains one of these are not trained on. They may still be held out:
  /// judging a network by a file is not learning from it. Files without a known licence are kept.
  public var excludedLicences: [String]
  /// Files whose name begins with one of these, speech and noise, are kept out of training and used
  /// for validation.
  public var heldOut: [String]

  public init(
    speech: [SoundSource], noise: [SoundSource], validation: [SoundSource] = [],
    excludedLicences: [String] = [], heldOut: [String] = []
  ) {
    self.speech = speech
    self.noise = noise
    self.validation = validation
    self.excludedLicences = excludedLicences
    self.heldOut = heldOut
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    speech = try values.decode([SoundSource].self, forKey: .speech)
    noise = try values.decode([SoundSource].self, forKey: .noise)
    validation = try values.decodeIfPresent([SoundSource].self, forKey: .validation) ?? []
    excludedLicences = try values.decodeIfPresent([String].self, forKey: .excludedLicences) ?? []
    heldOut = try values.decodeIfPresent([String].self, forKey: .heldOut) ?? []
  }
}

/// The sound files of one folder.
public struct SoundSource: Codable, Equatable, Sendable {
  /// How the files of a source are told apart by voice.
  public enum Grouping: String, Codable, Sendable {
    /// By the file's name up to its last underscore: `anna_de` is the voice of `anna_de_7.flac`.
    case prefix
    /// By the manifest's `speaker` column.
    case speaker
    /// Not at all: the source counts as one voice, or as ``SoundSource/speakers`` of them.
    case all
  }

  /// The folder, below a data root. Folders inside it count too.
  public var folder: String
  /// If not empty, only files whose name begins with one of these.
  public var files: [String]
  /// If given, only files that the manifest's `split` column gives this value.
  public var split: String?
  /// Whether the folder may be missing or empty.
  public var isOptional: Bool
  public var group: Grouping
  /// Speakers behind one group, when they are many but not named.
  public var speakers: Int
  /// Factor on the probability with which the source's voices are drawn.
  public var weight: Double
  /// If given, only recordings whose level varies by more than this, in dB: from the 10th to the
  /// 90th percentile of the levels of 20 ms frames. Speech with audible noise behind it varies less.
  public var minimumRange: Double?

  public init(
    folder: String, files: [String] = [], split: String? = nil, isOptional: Bool = false,
    group: Grouping = .prefix, speakers: Int = 1, weight: Double = 1, minimumRange: Double? = nil
  ) {
    self.folder = folder
    self.files = files
    self.split = split
    self.isOptional = isOptional
    self.group = group
    self.speakers = speakers
    self.weight = weight
    self.minimumRange = minimumRange
  }

  private enum CodingKeys: String, CodingKey {
    case folder
    case files
    case split
    case isOptional = "optional"
    case group
    case speakers
    case weight
    case minimumRange
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    self.init(folder: try values.decode(String.self, forKey: .folder))
    files = try values.decodeIfPresent([String].self, forKey: .files) ?? files
    split = try values.decodeIfPresent(String.self, forKey: .split)
    isOptional = try values.decodeIfPresent(Bool.self, forKey: .isOptional) ?? isOptional
    group = try values.decodeIfPresent(Grouping.self, forKey: .group) ?? group
    speakers = try values.decodeIfPresent(Int.self, forKey: .speakers) ?? speakers
    weight = try values.decodeIfPresent(Double.self, forKey: .weight) ?? weight
    minimumRange = try values.decodeIfPresent(Double.self, forKey: .minimumRange)
  }
}
