import Sparrow

/// All tasks.
public enum Tasks {
  /// The tasks. Recipes and networks name a task by the kind of their front end; those without a
  /// kind are of the first.
  public static let all: [any TaskRule.Type] = [
    Denoising.self,
    KeywordSpotting.self,
    LanguageModelling.self,
    SeriesClassification.self,
    SpeechRecognition.self,
  ]

  /// The task of a kind of front end; nil for an unknown one.
  public static func task(ofKind kind: String) -> (any TaskRule.Type)? {
    all.first { $0.kind == kind }
  }

  /// The scores by which networks are compared, each once.
  package static var measures: [StudyMeasure] {
    all.reduce(into: []) { measures, task in
      if !measures.contains(task.measure) { measures.append(task.measure) }
    }
  }
}

/// A recipe of any task, which the kind of its front end determines.
public struct AnyTrainingRecipe: Decodable {
  /// The recipe.
  public let recipe: any TrainingRecipe

  private enum CodingKeys: String, CodingKey { case frontEnd }

  private struct Kind: Decodable { var kind: String? }

  /// Reads a recipe by the kind of its front end.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let kind =
      try values.decode(Kind.self, forKey: .frontEnd).kind ?? FrontEnd.usualKind
    guard let task = Tasks.task(ofKind: kind) else {
      let known = Tasks.all.map { $0.kind }.joined(separator: ", ")
      throw DecodingError.dataCorruptedError(
        forKey: .frontEnd, in: values,
        debugDescription: "there is no task of the kind \"\(kind)\"; expected one of \(known)")
    }
    recipe = try task.recipe.init(from: decoder)
  }
}
