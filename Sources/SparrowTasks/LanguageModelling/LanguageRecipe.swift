public import Sparrow
import SparrowFiles
import SparrowText
public import SparrowTraining

/// The recipe of a language model.
public struct LanguageRecipe: Sendable, Codable, Equatable {
  /// The title in model files and reports.
  public var title: String
  /// The front end: `{"kind": "language"}`.
  public var frontEnd: Kind
  /// The width of the embedding.
  public var embeddingWidth: Int
  /// The layers. The last one is dense, and its weights are also the embedding (tied weights).
  public var layers: [Layer]
  /// The size of a batch.
  public var batch: LanguageBatch
  /// The length of the run, its dropout and its intervals.
  public var run: RunOptions
  /// The optimiser and its hyperparameters.
  public var optimization: OptimizationOptions
  /// Pruning; nil for a dense network.
  public var pruning: PruningOptions?
  /// The texts.
  public var data: Texts
  /// Knowledge distillation; nil for none.
  public var teacher: TeacherOptions?

  /// The front end in the recipe of a language model; its words are those of the training text.
  public struct Kind: Sendable, Codable, Equatable {
    /// Always "language".
    public var kind = "language"

    /// The front end.
    public init() {}

    /// Reads an object; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
      kind = try values.decode(String.self, forKey: .kind)
    }
  }

  /// Text files, plain or compressed by gzip, below a data root.
  public struct Texts: Sendable, Codable, Equatable {
    /// The training text. Its words are the vocabulary.
    public var training: String
    /// The validation text.
    public var validation: String
    /// The number of words in the vocabulary, the most frequent ones; nil for all.
    public var vocabularySize: Int?

    /// Reads an object; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
      training = try values.decode(String.self, forKey: .training)
      validation = try values.decode(String.self, forKey: .validation)
      vocabularySize = try values.decodeIfPresent(Int.self, forKey: .vocabularySize)
      if let vocabularySize, vocabularySize < 2 {
        throw DecodingError.dataCorruptedError(
          forKey: .vocabularySize, in: values,
          debugDescription: "\(vocabularySize) words; expected at least 2")
      }
    }
  }

  /// Reads a recipe; unknown keys are refused.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    title = try values.decode(String.self, forKey: .title)
    frontEnd = try values.decode(Kind.self, forKey: .frontEnd)
    embeddingWidth = try values.decode(Int.self, forKey: .embeddingWidth)
    layers = try values.decode([Layer].self, forKey: .layers)
    batch = try values.decode(LanguageBatch.self, forKey: .batch)
    run = try values.decode(RunOptions.self, forKey: .run)
    optimization = try values.decode(OptimizationOptions.self, forKey: .optimization)
    pruning = try values.decodeIfPresent(PruningOptions.self, forKey: .pruning)
    data = try values.decode(Texts.self, forKey: .data)
    teacher = try values.decodeIfPresent(TeacherOptions.self, forKey: .teacher)
  }
}

extension LanguageRecipe: TrainingRecipe {
  public var inputWidth: Int { embeddingWidth }
  public var quantization: QuantizationAwareOptions? { nil }
  public var framesPerBatch: Double { Double(batch.sequences * batch.steps) }

  public func validateBatch() throws(TrainingError) { try batch.validate() }

  public func networkFrontEnd(roots: [String]) throws(TrainingError) -> FrontEnd {
    let text = try text(data.training, roots)
    do throws(VocabularyError) {
      let vocabulary = try Vocabulary(text: text, limit: data.vocabularySize ?? .max)
      return .language(LanguageFrontEnd(words: vocabulary.words))
    } catch {
      throw .data("\(data.training): \(error)")
    }
  }

  public func makeTask(
    for frontEnd: FrontEnd, roots: [String], workers: Workers, instructionSet: InstructionSet,
    unreadable: ((String) -> Void)?,
    loading: @escaping @Sendable (_ done: Int, _ count: Int) -> Void
  ) throws(TrainingError) -> any TrainingTask {
    let text = try text(data.training, roots)
    let vocabulary = try vocabulary(of: frontEnd)
    loading(1, 2)
    let validation = try self.text(data.validation, roots)
    loading(2, 2)
    func encode(_ text: [UInt8], _ path: String) throws(TrainingError) -> [Int32] {
      do throws(VocabularyError) { return try vocabulary.encode(text).indices } catch {
        throw .data("\(path): \(error)")
      }
    }
    return try LanguageTask(
      training: try encode(text, data.training),
      validation: try encode(validation, data.validation), words: vocabulary.count, batch: batch,
      seed: run.seed,
      teacher: try teacher?.teacher(
        for: frontEnd, roots: roots, products: run.matmulPrecision,
        workers: workers, instructionSet: instructionSet),
      workers: workers, instructionSet: instructionSet)
  }

  private func text(_ path: String, _ roots: [String]) throws(TrainingError) -> [UInt8] {
    let file = try DataRoots.find(path, in: roots)
    do throws(FileError) { return try TextFile.read(file) } catch {
      throw .data(error.description)
    }
  }

  private func vocabulary(of frontEnd: FrontEnd) throws(TrainingError) -> Vocabulary {
    do throws(VocabularyError) { return try Vocabulary(words: frontEnd.words ?? []) } catch {
      throw .data("\(data.training): \(error)")
    }
  }
}
