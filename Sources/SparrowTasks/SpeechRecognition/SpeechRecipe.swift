public import Sparrow
import SparrowFiles
import SparrowSoundFiles
public import SparrowTraining

/// The recipe of speech recognition.
public struct SpeechRecipe: Sendable, Codable, Equatable {
  /// The title in model files and reports.
  public var title: String
  /// A front end of the kind "speech".
  public var frontEnd: FrontEnd
  /// The layers of the network.
  public var layers: [Layer]
  /// The size of a batch.
  public var batch: SpeechBatch
  /// The length of the run, its dropout and its intervals.
  public var run: RunOptions
  /// The optimiser and its hyperparameters.
  public var optimization: OptimizationOptions
  /// Pruning; nil for a dense network.
  public var pruning: PruningOptions?
  /// Quantisation-aware training; nil for single precision.
  public var quantization: QuantizationAwareOptions?
  /// The data.
  public var data: SpeechDataDescription
  /// Data augmentation.
  public var augmentation: SpeechAugmentation

  /// Reads a recipe; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    title = try values.decode(String.self, forKey: .title)
    frontEnd = try values.decode(FrontEnd.self, forKey: .frontEnd)
    layers = try values.decode([Layer].self, forKey: .layers)
    batch = try values.decode(SpeechBatch.self, forKey: .batch)
    run = try values.decode(RunOptions.self, forKey: .run)
    optimization = try values.decode(OptimizationOptions.self, forKey: .optimization)
    pruning = try values.decodeIfPresent(PruningOptions.self, forKey: .pruning)
    quantization = try values.decodeIfPresent(
      QuantizationAwareOptions.self, forKey: .quantization)
    data = try values.decode(SpeechDataDescription.self, forKey: .data)
    augmentation =
      try values.decodeIfPresent(SpeechAugmentation.self, forKey: .augmentation)
      ?? SpeechAugmentation()
  }
}

/// The data of speech recognition in a recipe.
public struct SpeechDataDescription: Codable, Equatable, Sendable {
  /// A ``SpeechManifest`` below a data root.
  public var manifest: String
  /// Folders with recordings, relative to the manifest's; empty for all. A folder that is
  /// named twice counts twice as much in training.
  public var folders: [String]
  /// The values that columns may have, of rows to train on.
  public var training: [String: [String]]
  /// Values of the column `speaker` whose rows are not trained on, but used for validation.
  public var heldOutSpeakers: [String]
  /// Folders with noise, for augmentation.
  public var noise: [SoundSource]

  /// Reads an object; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    manifest = try values.decode(String.self, forKey: .manifest)
    folders = try values.decodeIfPresent([String].self, forKey: .folders) ?? []
    training = try values.decodeIfPresent([String: [String]].self, forKey: .training) ?? [:]
    heldOutSpeakers = try values.decodeIfPresent([String].self, forKey: .heldOutSpeakers) ?? []
    noise = try values.decodeIfPresent([SoundSource].self, forKey: .noise) ?? []
  }

  /// The rows to train on and to validate with.
  func rows(
    of manifest: SpeechManifest
  ) throws(FileError) -> (training: [Int], validation: [Int]) {
    let rows = try manifest.rows(in: folders, where: training)
    let speakers = rows.map { manifest.value("speaker", row: $0) ?? "" }
    for speaker in heldOutSpeakers where !speakers.contains(speaker) {
      throw FileError(
        path: manifest.path,
        reason: "no chosen row is of the speaker \"\(speaker)\", who is held out")
    }
    let heldOut = Set(heldOutSpeakers)
    let chosen = zip(rows, speakers)
    return (
      chosen.filter { !heldOut.contains($0.1) }.map(\.0),
      Set(chosen.filter { heldOut.contains($0.1) }.map(\.0)).sorted()
    )
  }

  fileprivate func noises(
    roots: [String], sampleRate: Int, workers: Workers, unreadable: ((String) -> Void)?
  ) throws(TrainingError) -> [Recording] {
    guard !noise.isEmpty else { return [] }
    let files = try SoundFileSelection(
      SpeechAndNoiseDescription(speech: [], noise: noise), roots: roots, unreadable: unreadable
    ).files
    let results = workers.map(files.count) { index -> Result<Recording?, TrainingError> in
      do {
        let sound = try Sound(contentsOf: files[index].path).mono().resampled(to: sampleRate)
        return .success(Recording(name: files[index].name, samples: sound.channels[0]))
      } catch { return .failure(.data("\(error)")) }
    }
    var recordings: [Recording] = []
    for result in results {
      if case .failure(let error) = result, let unreadable {
        unreadable("\(error)")
        continue
      }
      if let recording = try result.get() { recordings.append(recording) }
    }
    return recordings
  }
}

extension SpeechRecipe: TrainingRecipe {
  public var inputWidth: Int {
    // makeTask refuses other front ends.
    frontEnd.frameWidth ?? 1
  }

  public var framesPerBatch: Double {
    guard case .speech(let frontEnd) = frontEnd else { return 0 }
    return Double(batch.recordings) * batch.maximumSeconds / frontEnd.stepSeconds
  }

  public func validateBatch() throws(TrainingError) {
    try batch.validate()
    try augmentation.validate()
    guard augmentation.noiseProbability == 0 || !data.noise.isEmpty else {
      throw .recipe("augmentation: noise has a probability, but the data name no folder of noise")
    }
    // The loss overwrites the output of the last layer, which a cell needs for its backward pass.
    guard case .dense? = layers.last else {
      throw .recipe("a network that recognises speech ends with a dense layer")
    }
  }

  public func networkFrontEnd(roots: [String]) -> FrontEnd { frontEnd }

  public func makeTask(
    for frontEnd: FrontEnd, roots: [String], workers: Workers, instructionSet: InstructionSet,
    unreadable: ((String) -> Void)?,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask {
    guard case .speech(let frontEnd) = frontEnd else {
      throw .recipe("the front end is not of the kind \"speech\"")
    }
    let path = try DataRoots.find(data.manifest, in: roots)
    let training: [SpeechRecording]
    let validation: [SpeechRecording]
    do throws(FileError) {
      let manifest = try SpeechManifest(contentsOf: path)
      let rows = try data.rows(of: manifest)
      training = try manifest.recordings(
        rows.training, frontEnd: frontEnd, workers: workers, unreadable: unreadable,
        progress: loading)
      validation = try manifest.recordings(
        rows.validation, frontEnd: frontEnd, workers: workers, unreadable: unreadable)
    } catch {
      throw .data("\(error)")
    }
    let noises = try data.noises(
      roots: roots, sampleRate: frontEnd.sampleRate, workers: workers, unreadable: unreadable)
    return try SpeechTask(
      frontEnd: frontEnd, training: training, validation: validation, noises: noises,
      batch: batch, augmentation: augmentation, seed: run.seed, workers: workers,
      instructionSet: instructionSet)
  }
}
