import Foundation
import SparrowFiles
import SparrowTasks
import TestSupport
import Testing

@testable import SparrowReports

struct SlurmScriptTests {
  @Test(arguments: [
    ([0], "0"), ([3, 1, 2], "1-3"), ([0, 2, 3, 7, 8, 9], "0,2-3,7-9"),
  ])
  func rangesOfTasks(_ numbers: [Int], _ text: String) {
    #expect(SlurmScripts.ranges(numbers) == text)
  }

  @Test func wordsOfAShell() {
    #expect(SlurmScripts.quoted("it's $HOME") == "'it'\\''s $HOME'")
  }

  /// A larger network, more steps or more data need more; more processors need less time.
  @Test func estimatesGrowWithTheWork() throws {
    let recipes = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Recipes").path
    func estimate(
      _ name: String, steps: Int64? = nil, bytes: Int = 0, cpus: Int = 1
    ) throws -> SlurmEstimate {
      var recipe = try RecipeFile.merged("\(recipes)/\(name).json")
      if let steps {
        recipe = recipe.merging(.object(["run": .object(["steps": .integer(steps)])]))
      }
      return try #require(SlurmEstimate(recipe, dataBytes: bytes, cpus: cpus))
    }
    let base = try estimate("denoiser-dense", steps: 4000)
    #expect(try estimate("denoiser-dense", steps: 8000).minutes > base.minutes)
    #expect(try estimate("denoiser-dense", steps: 4000, cpus: 4).minutes < base.minutes)
    #expect(
      try estimate("denoiser-dense", steps: 4000, bytes: 1 << 30).megabytes
        > base.megabytes + 8000)
    _ = try estimate("keywords-dense")
    _ = try estimate("shakespeare")
  }
}
