public import Sparrow
import SparrowFiles
import SparrowText
public import SparrowTraining

/// Everything that decides a run of training a language model: the same recipe and text give the same
/// network.
public struct LanguageRecipe: Sendable, Codable, Equatable {
  /// A line for people.
  public var title: String
  public var frontEnd: Kind
  /// Values that stand for a word.
  public var embeddingWidth: Int
  /// The last one is dense, and its weights are the words' values too.
  public var layers: [Layer]
  public var batch: LanguageBatch
  public var run: RunOptions
  public var optimization: OptimizationOptions
  /// How weights are made zero; nil for a dense network.
  public var pruning: PruningOptions?
  public var data: Texts
  /// A trained model that teaches this one; nil for none.
  public var teacher: TeacherOptions?

  /// That the recipe is one for a language model; the words are those of the text.
  public struct Kind: Sendable, Codable, Equatable {
    public var kind = "language"

    public init() {}

    public init(from decoder: any Decoder) throws {
      let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
      kind = try values.decode(String.self, forKey: .kind)
    }
  }

  /// Texts, plain or compressed by gzip, below a data root.
  public struct Texts: Sendable, Codable, Equatable {
    /// What is learned from. Its words are the vocabulary.
    public var training: String
    /// What a network is chosen by.
    public var validation: String
    /// Words of the vocabulary, the most frequent ones; nil for all.
    public var vocabularySize: Int?

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
