public import Sparrow
public import SparrowTraining

/// An evaluation of a classifier on recordings, each from a fresh state.
public struct SeriesValidation: Sendable {
  private let recordings: [SeriesRecording]
  private let frontEnd: SeriesFrontEnd
  private let instructionSet: InstructionSet

  /// An evaluation.
  ///
  /// - Parameters:
  ///   - recordings: The recordings.
  ///   - frontEnd: The front end of the network.
  ///   - instructionSet: An instruction set of this processor.
  public init(
    _ recordings: [SeriesRecording], frontEnd: SeriesFrontEnd,
    instructionSet: InstructionSet = .best
  ) {
    self.recordings = recordings
    self.frontEnd = frontEnd
    self.instructionSet = instructionSet
  }

  /// Scores a network.
  ///
  /// - Precondition: The recordings have its width.
  public func run(
    _ network: Network, workers: Workers
  ) -> (scores: SeriesScores, count: OperationCount) {
    run(Plan(network, instructionSet: instructionSet), workers: workers)
  }

  /// Scores a plan.
  public func run(
    _ plan: Plan, workers: Workers
  ) -> (scores: SeriesScores, count: OperationCount) {
    let results = workers.map(recordings.count) { index in
      var classifier = SeriesClassifier(plan, frontEnd: frontEnd)
      var count = OperationCount(plan)
      let answer = SeriesAnswer(recordings[index].frames, &classifier, counting: &count)
      return (answer, count)
    }
    var scores = SeriesScores(classes: frontEnd.classes)
    var count = OperationCount(plan)
    for (recording, result) in zip(recordings, results) {
      scores.add(result.0, label: recording.label, rate: Double(frontEnd.rate))
      count += result.1
    }
    return (scores, count)
  }
}

/// The answer of a classifier to a recording.
public struct SeriesAnswer: Sendable {
  /// The class at the end.
  public var best: Int
  /// Its averaged probability.
  public var confidence: Float
  /// The first class that reached the threshold, and the number of frames by then; nil if none.
  public var decision: (class: Int, frames: Int)?
  /// The class after a quarter, a half, three quarters and all of the frames.
  public var quarters: [Int]
  /// The number of frames.
  public var frames: Int

  /// Runs a classifier from a fresh state.
  public init(
    _ frames: [Float], _ classifier: inout SeriesClassifier, counting count: inout OperationCount
  ) {
    classifier.reset()
    let width = classifier.plan.inputWidth
    self.frames = frames.count / width
    quarters = []
    for frame in 0..<self.frames {
      classifier.step(
        frames.span.extracting(frame * width..<(frame + 1) * width), counting: &count)
      while quarters.count < 4, frame + 1 >= ((quarters.count + 1) * self.frames + 3) / 4 {
        quarters.append(classifier.best)
      }
    }
    best = classifier.best
    confidence = classifier.confidence
    decision = classifier.decision
  }
}

/// The scores of a classifier on recordings.
public struct SeriesScores: Sendable, Codable {
  /// The number of recordings.
  public var recordings = 0
  /// The fraction whose class is right at the end, from 0 to 1.
  public var accuracy = 0.0
  /// The fractions whose class is right after a quarter, a half, three quarters and all frames.
  public var accuracyByQuarter = [0.0, 0, 0, 0]
  /// The fraction in which a class reached the threshold before the end.
  public var decided = 0.0
  /// The fraction of those whose first such class is right.
  public var decidedRight = 0.0
  /// The mean time to that decision, in seconds.
  public var timeToDecision = 0.0
  /// The mean fraction of a recording at that decision, from 0 to 1.
  public var fractionToDecision = 0.0
  /// The classes.
  public var classes: [String]
  /// The confusion matrix [label][answer] in recordings.
  public var confusion: [[Int]]

  private var counts = Counts()

  private struct Counts: Sendable {
    var right = [0, 0, 0, 0]
    var decided = 0
    var decidedRight = 0
    var seconds = 0.0
    var fractions = 0.0
  }

  private enum CodingKeys: String, CodingKey {
    case recordings, accuracy, accuracyByQuarter, decided, decidedRight, fractionToDecision
    case timeToDecision = "secondsToDecision"
    case classes, confusion
  }

  init(classes: [String]) {
    self.classes = classes
    confusion = Array(repeating: Array(repeating: 0, count: classes.count), count: classes.count)
  }

  mutating func add(_ answer: SeriesAnswer, label: Int, rate: Double) {
    recordings += 1
    confusion[label][answer.best] += 1
    for (quarter, best) in answer.quarters.enumerated() where best == label {
      counts.right[quarter] += 1
    }
    if let decision = answer.decision {
      counts.decided += 1
      if decision.class == label { counts.decidedRight += 1 }
      counts.seconds += Double(decision.frames) / rate
      counts.fractions += Double(decision.frames) / Double(answer.frames)
    }
    let all = Double(recordings)
    let decisions = Double(max(counts.decided, 1))
    accuracyByQuarter = counts.right.map { Double($0) / all }
    accuracy = accuracyByQuarter[3]
    decided = Double(counts.decided) / all
    decidedRight = Double(counts.decidedRight) / decisions
    timeToDecision = counts.seconds / decisions
    fractionToDecision = counts.fractions / decisions
  }
}
