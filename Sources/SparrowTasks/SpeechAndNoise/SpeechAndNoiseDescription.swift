/// The recordings of a recipe for training and validation.
public struct SpeechAndNoiseDescription: Codable, Equatable, Sendable {
  /// Clean speech. A file of several sources belongs to the first of them.
  public var speech: [SoundSource]
  /// Noise.
  public var noise: [SoundSource]
  /// Speech for validation alone.
  public var validation: [SoundSource]
  /// Parts of licences whose files are not used for training. They may be held out for validation.
  /// Files without a known licence are used.
  public var excludedLicences: [String]
  /// Prefixes of names of files, speech and noise, that are held out of training and used for
  /// validation.
  public var heldOut: [String]

  /// A selection of recordings.
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

  /// Reads an object; unknown keys are refused.
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
  /// The assignment of files to voices.
  public enum Grouping: String, Codable, Sendable {
    /// By the name up to its last underscore: `anna_de` is the voice of `anna_de_7.flac`.
    case prefix
    /// By the column `speaker` of the manifest.
    case speaker
    /// The source counts as one voice, or as ``SoundSource/speakers`` voices.
    case all
  }

  /// The folder below a data root; subfolders are included.
  public var folder: String
  /// Prefixes of names of files to use; empty for all.
  public var files: [String]
  /// The value of the manifest's column `split` for files to use; nil for all.
  public var split: String?
  /// Whether the folder may be missing or empty.
  public var isOptional: Bool
  /// The assignment of files to voices.
  public var group: Grouping
  /// The number of unnamed speakers behind a group.
  public var speakers: Int
  /// A factor on the probability of the source's voices.
  public var weight: Double
  /// The minimum dynamic range of recordings to use, in dB: from the 10th to the 90th percentile of
  /// the levels of 20 ms frames. Speech with audible noise has less; nil for all recordings.
  public var minimumRange: Double?

  /// A folder.
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

  /// Reads an object; only `folder` is required, unknown keys are refused.
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
