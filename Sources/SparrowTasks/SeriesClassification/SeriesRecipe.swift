public import Sparrow
import SparrowFiles
public import SparrowTraining

/// The recipe of a classifier of series.
public struct SeriesRecipe: Sendable, Codable, Equatable {
  /// The title in model files and reports.
  public var title: String
  /// A front end of the kind "series"; without `classes`, they are the labels of the data.
  public var frontEnd: FrontEnd
  /// The values of a frame.
  public var inputWidth: Int
  /// The layers of the network.
  public var layers: [Layer]
  /// The size of a batch.
  public var batch: SeriesBatch
  /// The length of the run, its dropout and its intervals.
  public var run: RunOptions
  /// The optimiser and its hyperparameters.
  public var optimization: OptimizationOptions
  /// Pruning; nil for a dense network.
  public var pruning: PruningOptions?
  /// Quantisation-aware training; nil for single precision.
  public var quantization: QuantizationAwareOptions?
  /// The data.
  public var data: SeriesDataDescription
  /// Data augmentation.
  public var augmentation: SeriesAugmentation
  /// The loss.
  public var loss: SeriesLoss

  /// Reads a recipe; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    title = try values.decode(String.self, forKey: .title)
    frontEnd = try values.decode(FrontEnd.self, forKey: .frontEnd)
    inputWidth = try values.decode(Int.self, forKey: .inputWidth)
    layers = try values.decode([Layer].self, forKey: .layers)
    batch = try values.decode(SeriesBatch.self, forKey: .batch)
    run = try values.decode(RunOptions.self, forKey: .run)
    optimization = try values.decode(OptimizationOptions.self, forKey: .optimization)
    pruning = try values.decodeIfPresent(PruningOptions.self, forKey: .pruning)
    quantization = try values.decodeIfPresent(
      QuantizationAwareOptions.self, forKey: .quantization)
    data = try values.decode(SeriesDataDescription.self, forKey: .data)
    augmentation =
      try values.decodeIfPresent(SeriesAugmentation.self, forKey: .augmentation)
      ?? SeriesAugmentation()
    loss = try values.decodeIfPresent(SeriesLoss.self, forKey: .loss) ?? SeriesLoss()
  }
}

/// The data of a classifier of series in a recipe.
public struct SeriesDataDescription: Codable, Equatable, Sendable {
  /// A ``SeriesManifest`` below a data root.
  public var manifest: String
  /// The column with the frames; "frames" if it is left out.
  public var column: String
  /// The rows to train on, without those of ``validation``: the values that columns may have.
  public var training: [String: [String]]
  /// The rows to validate with, in the same way; nil for none, if the network is the one after the
  /// last step.
  public var validation: [String: [String]]?

  /// Reads an object; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    manifest = try values.decode(String.self, forKey: .manifest)
    column =
      try values.decodeIfPresent(String.self, forKey: .column) ?? SeriesManifest.usualColumn
    training = try values.decode([String: [String]].self, forKey: .training)
    validation = try values.decodeIfPresent([String: [String]].self, forKey: .validation)
  }

  fileprivate func open(_ roots: [String]) throws(TrainingError) -> SeriesManifest {
    let path = try DataRoots.find(manifest, in: roots)
    do throws(FileError) { return try SeriesManifest(contentsOf: path) } catch {
      throw .data(error.description)
    }
  }

  /// The rows to train on and to validate with.
  fileprivate func rows(
    of manifest: SeriesManifest
  ) throws(TrainingError) -> (training: [Int], validation: [Int]) {
    do throws(FileError) {
      let heldOut = try validation.map { rows throws(FileError) in
        try manifest.rows(where: rows)
      }
      let chosen = try manifest.rows(where: training)
      let isHeldOut = Set(heldOut ?? [])
      return (chosen.filter { !isHeldOut.contains($0) }, heldOut ?? [])
    } catch {
      throw .data(error.description)
    }
  }
}

extension SeriesRecipe: TrainingRecipe {
  public var framesPerBatch: Double { Double(batch.recordings * batch.maximumFrames) }

  public func validateBatch() throws(TrainingError) {
    try batch.validate()
    try augmentation.validate(width: inputWidth)
    try loss.validate()
    // The loss overwrites the output of the last layer, which a cell needs for its backward pass.
    guard case .dense? = layers.last else {
      throw .recipe("a classifier ends with a dense layer")
    }
  }

  public func networkFrontEnd(roots: [String]) throws(TrainingError) -> FrontEnd {
    var frontEnd = try seriesFrontEnd(of: frontEnd)
    if frontEnd.classes.isEmpty {
      let manifest = try data.open(roots)
      frontEnd.classes = manifest.labels(of: try data.rows(of: manifest).training)
    }
    return .series(frontEnd)
  }

  public func makeTask(
    for frontEnd: FrontEnd, roots: [String], workers: Workers, instructionSet: InstructionSet,
    unreadable: ((String) -> Void)?,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask {
    let frontEnd = try seriesFrontEnd(of: frontEnd)
    let manifest = try data.open(roots)
    let rows = try data.rows(of: manifest)
    func load(_ rows: [Int]) throws(TrainingError) -> [SeriesRecording] {
      do throws(FileError) {
        return try manifest.recordings(
          rows, column: data.column, classes: frontEnd.classes, width: inputWidth,
          unreadable: unreadable)
      } catch {
        throw .data(error.description)
      }
    }
    let training = try load(rows.training)
    loading(rows.training.count, rows.training.count + rows.validation.count)
    return try SeriesTask(
      width: inputWidth, training: training, validation: try load(rows.validation),
      frontEnd: frontEnd, batch: batch, augmentation: augmentation, loss: loss, seed: run.seed,
      workers: workers, instructionSet: instructionSet)
  }

  private func seriesFrontEnd(of frontEnd: FrontEnd) throws(TrainingError) -> SeriesFrontEnd {
    guard case .series(let frontEnd) = frontEnd else {
      throw .recipe("the front end is not of the kind \"series\"")
    }
    return frontEnd
  }
}
