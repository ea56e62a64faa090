public import Sparrow
public import SparrowTraining

/// Everything that decides a run of training a denoiser: the same recipe and data give the same network.
public struct DenoisingRecipe: Sendable, Codable, Equatable {
  /// A line for people.
  public var title: String
  public var frontEnd: SpectralFrontEnd
  public var layers: [Layer]
  public var batch: Batch
  public var run: RunOptions
  public var optimization: OptimizationOptions
  /// How weights are made zero; nil for a dense network.
  public var pruning: PruningOptions?
  /// How weights and activations are rounded, to tune a trained network for fixed point; nil for floats.
  public var quantization: QuantizationAwareOptions?
  public var data: DenoisingDataDescription
  public var mixtures: MixtureOptions
  public var validation: ValidationSet.Options

  public struct Batch: Sendable, Codable, Equatable {
    public var clips: Int
    public var seconds: Double

    public init(clips: Int, seconds: Double) {
      self.clips = clips
      self.seconds = seconds
    }
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    title = try values.decode(String.self, forKey: .title)
    frontEnd = try values.decode(SpectralFrontEnd.self, forKey: .frontEnd)
    layers = try values.decode([Layer].self, forKey: .layers)
    batch = try values.decode(Batch.self, forKey: .batch)
    run = try values.decode(RunOptions.self, forKey: .run)
    optimization = try values.decode(OptimizationOptions.self, forKey: .optimization)
    pruning = try values.decodeIfPresent(PruningOptions.self, forKey: .pruning)
    quantization = try values.decodeIfPresent(
      QuantizationAwareOptions.self, forKey: .quantization)
    data = try values.decode(DenoisingDataDescription.self, forKey: .data)
    mixtures = try values.decode(MixtureOptions.self, forKey: .mixtures)
    validation = try values.decode(ValidationSet.Options.self, forKey: .validation)
  }

  /// Checks what can be checked without the data.
  func validate() throws(TrainingError) {
    guard (1...1024).contains(batch.clips) else {
      throw .recipe("batch: \(batch.clips) clips; expected 1 to 1024")
    }
    guard batch.seconds > 0.1, batch.seconds < 600 else {
      throw .recipe("batch: \(batch.seconds) seconds; expected 0.1 to 600")
    }
    do throws(NetworkError) {
      try Network.validate(
        inputWidth: frontEnd.inputWidth, layers: layers, frontEnd: frontEnd)
    } catch {
      throw .recipe("\(error)")
    }
  }
}

extension DenoisingRecipe {
  /// Loads the data and makes the run; ``Trainer/train()`` begins it.
  ///
  /// - Parameters:
  ///   - initial: a network to begin with, which has the recipe's layers; nil for random parameters. To
  ///     prune a trained network at once and tune what is left, let ``PruningOptions/begin`` and
  ///     ``PruningOptions/end`` be 0. Training with quantisation needs one, which it begins with after
  ///     ``Sparrow/Network/folded()``.
  ///   - roots: folders that the recipe's data are in. output: the run's folder.
  ///   - loading: told of files that are read. progress: told of every look at the log.
  public func trainer(
    from initial: Network? = nil, roots: [String], output: String, resume: Bool, workers: Workers,
    instructionSet: InstructionSet = .best,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void,
    progress: @escaping (TrainingProgress) -> Void
  ) throws(TrainingError) -> Trainer {
    try validate()
    let initial = try beginning(with: initial)
    let data = try DenoisingData(
      data, roots: roots, sampleRate: frontEnd.sampleRate, workers: workers, progress: loading)
    let task = DenoisingTask(
      frontEnd: frontEnd,
      mixtures: try MixtureMaker(data, options: mixtures, seed: run.seed, workers: workers),
      validation: try ValidationSet(data, options: validation), clips: batch.clips,
      seconds: batch.seconds, unitsPerEpoch: data.speechSeconds, seed: run.seed,
      workers: workers, instructionSet: instructionSet)
    let network: Network
    do throws(NetworkError) {
      let information = ["title": title]
      network =
        if let initial {
          try Network(
            inputWidth: frontEnd.inputWidth, layers: initial.layers,
            parameters: initial.parameters, frontEnd: frontEnd, information: information)
        } else {
          try Network(
            initializing: layers, inputWidth: frontEnd.inputWidth, frontEnd: frontEnd,
            information: information, seed: run.seed)
        }
    } catch {
      throw .recipe("\(error)")
    }
    return try Trainer(
      network, task: task, run: run, optimization: optimization, pruning: pruning,
      quantization: quantization, workers: workers, instructionSet: instructionSet,
      folder: output, resume: resume, progress: progress)
  }

  /// The network that training begins with, where it does not begin with random parameters: without
  /// normalisations where it is going to be quantised.
  private func beginning(with initial: Network?) throws(TrainingError) -> Network? {
    guard let initial else {
      guard quantization == nil else {
        throw .recipe("training with quantisation begins with a trained network; none was given")
      }
      return nil
    }
    var network = initial
    if quantization != nil {
      do throws(NetworkError) { network = try initial.folded() } catch {
        throw .recipe("the network to begin with cannot be quantised: \(error)")
      }
    }
    guard layers == initial.layers || layers == network.layers,
      initial.inputWidth == frontEnd.inputWidth
    else { throw .recipe("the network to begin with has other layers than the recipe") }
    return network
  }
}
