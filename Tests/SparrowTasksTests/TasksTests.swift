import Foundation
import Testing

@testable import Sparrow
@testable import SparrowTasks

struct TasksTests {
  /// A kind of front end without a task could be read and not be trained or scored.
  @Test func everyKindOfFrontEndHasOneTask() {
    #expect(Tasks.all.map { $0.kind } == FrontEnd.rules.map { $0.kind })
    #expect(Tasks.task(ofKind: "series")?.networks == "classifiers of series")
    #expect(Tasks.task(ofKind: "weather") == nil)
  }

  /// An option that no task has would always be refused.
  @Test func everyOptionIsOneOfATask() {
    for option in EvaluationOption.allCases {
      #expect(Tasks.all.contains { $0.options.contains(option) }, "\(option)")
    }
  }

  /// Evaluations are told apart by the keys of their scores.
  @Test func measuresHaveKeysOfTheirOwn() {
    let keys = Tasks.measures.map(\.key)
    #expect(Set(keys).count == keys.count)
  }

  @Test func aRecipeOfAnUnknownTaskIsRefused() throws {
    let json = #"{"frontEnd": {"kind": "weather", "sampleRate": 16000}}"#
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(AnyTrainingRecipe.self, from: Data(json.utf8))
    }
    #expect(
      "\(try #require(error))".contains(
        "no task of the kind \"weather\"; expected one of spectral, keywords, language, series, "
          + "speech"
      ))
  }
}
