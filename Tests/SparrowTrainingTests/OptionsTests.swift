import Foundation
import Testing

@testable import SparrowTraining

/// Options that make no sense are refused, each by its name.
struct OptionsTests {
  private func refusal(_ change: (inout OptimizationOptions) -> Void) -> String? {
    var options = OptimizationOptions()
    change(&options)
    do throws(TrainingError) {
      try options.validate()
      return nil
    } catch {
      return error.description
    }
  }

  @Test func optimization() {
    #expect(refusal { _ in } == nil)
    for value in [-1, 0, Double.nan] {
      #expect(refusal { $0.learningRate = value }?.contains("learning rates") == true)
      #expect(refusal { $0.stateSpaceLearningRate = value }?.contains("learning rates") == true)
      #expect(refusal { $0.epsilon = value }?.contains("epsilon") == true)
      #expect(refusal { $0.clippingFactor = value }?.contains("clipping") == true)
    }
    for value in [-0.1, 1, 2, Double.nan] {
      #expect(refusal { $0.beta1 = value }?.contains("betas") == true)
      #expect(refusal { $0.beta2 = value }?.contains("betas") == true)
      #expect(refusal { $0.emaDecay = value }?.contains("EMA") == true)
      #expect(refusal { $0.weightDecay = value }?.contains("decay") == true)
    }
    #expect(refusal { $0.warmupFraction = 1.5 }?.contains("warm-up") == true)
    #expect(refusal { $0.warmupFraction = -0.5 }?.contains("warm-up") == true)
  }

  @Test func run() {
    func refusal(_ change: (inout RunOptions) -> Void) -> String? {
      var options = RunOptions(steps: 10)
      change(&options)
      do throws(TrainingError) {
        try options.validate()
        return nil
      } catch {
        return error.description
      }
    }
    #expect(refusal { _ in } == nil)
    for value in [0, -1] {
      #expect(refusal { $0.steps = value }?.contains("steps") == true)
      #expect(refusal { $0.logEvery = value }?.contains("intervals") == true)
      #expect(refusal { $0.validateEvery = value }?.contains("intervals") == true)
      #expect(refusal { $0.checkpointEvery = value }?.contains("intervals") == true)
    }
    for value in [-0.1, 1, Double.nan] {
      #expect(refusal { $0.dropout = value }?.contains("dropout") == true)
    }
  }

  /// Runs that don't ask for rounded products are the ones that they were before one could.
  @Test func matmulPrecisionInTheFingerprint() throws {
    func options(_ precision: String) throws -> RunOptions {
      try JSONDecoder().decode(
        RunOptions.self,
        from: Data(
          """
          {"steps": 1, "seed": 1, "dropout": 0, "logEvery": 1, "validateEvery": 1,
          "checkpointEvery": 1\(precision)}
          """.utf8))
    }
    func fingerprint(_ options: RunOptions) -> String {
      options.fingerprint(OptimizationOptions(), nil, nil)
    }
    let plain = try options("")
    #expect(!fingerprint(plain).contains("products"))
    #expect(try fingerprint(options(#", "matmulPrecision": "float32""#)) == fingerprint(plain))
    #expect(
      try fingerprint(options(#", "matmulPrecision": "bfloat16""#)).contains("products bfloat16"))
    #expect {
      try options(#", "matmulPrecision": "float16""#)
    } throws: {
      "\($0)".contains("`float16`; expected `float32` or `bfloat16`")
    }
  }

  @Test func progressInWords() {
    #expect(TrainingProgress.fixed(-0.0004, 3) == "0.000")
    #expect(TrainingProgress.fixed(-1.05, 1) == "-1.1")
    #expect(TrainingProgress.fixed(3.14159, 2) == "3.14")
    #expect(TrainingProgress.fixed(0.996, 2) == "1.00")
    #expect(TrainingProgress.fixed(.infinity, 2) == "inf")
    #expect(TrainingProgress.duration(12.2) == "12 s")
    #expect(TrainingProgress.duration(90) == "2 min")
    #expect(TrainingProgress.duration(3 * 3600 + 300) == "3 h 5 min")
    #expect(TrainingProgress.duration(.nan) == "?")
  }
}
