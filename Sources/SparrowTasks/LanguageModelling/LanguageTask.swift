import Foundation
public import Sparrow
public import SparrowTraining

/// The training task of a language model: chunks of a text, and the cross-entropy of each next
/// word.
///
/// In each epoch the text, as a ring, is cut at a random place into sequences of equal length, and
/// these into chunks.
public final class LanguageTask: TrainingTask {
  private let training: [Int32]
  private let validation: [Int32]
  private let batch: LanguageBatch
  private let seed: UInt64
  private let workers: Workers
  private let instructionSet: InstructionSet
  private let loss: CrossEntropy
  private let teacher: Teacher?
  private let input: BatchMemory
  private var targets: [Int32] = []
  /// The words of a sequence in an epoch.
  private let length: Int
  private var passages: [Passage] = []

  private struct Passage {
    /// The index of the first word of the first sequence.
    var start: Int
    var firstStep: Int
    /// The start of each chunk in its sequence, and the end of the last one.
    var bounds: [Int]
  }

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The training text as indices of words.
  ///   - validation: The validation text as indices of words.
  ///   - words: The size of the vocabulary.
  ///   - batch: The size of a batch.
  ///   - seed: The seed of batches.
  ///   - teacher: The teacher of knowledge distillation; nil for none.
  ///   - workers: The threads.
  ///   - instructionSet: An instruction set of this processor.
  /// - Throws: `TrainingError.data` if a text is too short for the batch.
  public init(
    training: [Int32], validation: [Int32], words: Int, batch: LanguageBatch, seed: UInt64,
    teacher: Teacher? = nil, workers: Workers, instructionSet: InstructionSet = .best
  ) throws(TrainingError) {
    length = training.count / batch.sequences
    guard length >= 5 else {
      throw .data(
        "the text has \(training.count) words; \(batch.sequences) sequences need at least "
          + "\(5 * batch.sequences)")
    }
    precondition((training + validation).allSatisfy { 0 <= $0 && $0 < words })
    guard validation.count >= 2 else { throw .data("the validation text has fewer than two words") }
    self.training = training
    self.validation = validation
    self.batch = batch
    self.seed = seed
    self.workers = workers
    self.instructionSet = instructionSet
    loss = CrossEntropy(workers: workers, instructionSet: instructionSet)
    self.teacher = teacher
    input = BatchMemory(batch.longest * batch.sequences)
  }

  public var unit: String { "words" }
  public var dataFingerprint: UInt64 {
    var hash = FNV1a()
    for text in [training, validation] {
      hash.add(UInt64(text.count))
      for word in text { hash.add(UInt64(UInt32(bitPattern: word))) }
    }
    return hash.value
  }
  public var unitsPerEpoch: Double { Double(length * batch.sequences) }
  /// The mean number of words of a batch.
  public var unitsPerBatch: Double {
    let share = batch.variesSteps ? 0.975 : 1
    return share * Double(batch.steps * batch.sequences)
  }

  public func makeBatch(step: Int) -> Activations<Float> {
    guard let teacher else { return batch(step: step) }
    // The teacher has a state, too; after a resumption it reads the epoch again up to this step.
    let first = step - place(of: step).chunk
    for earlier in (teacher.lastStep < step ? max(first, teacher.lastStep + 1) : first)..<step {
      teacher.take(batch(step: earlier), step: earlier, continues: continues(step: earlier))
    }
    let batch = batch(step: step)
    teacher.take(batch, step: step, continues: continues(step: step))
    return batch
  }

  private func batch(step: Int) -> Activations<Float> {
    let (passage, chunk) = place(of: step)
    let first = passage.bounds[chunk]
    let steps = passage.bounds[chunk + 1] - first
    targets.removeAll(keepingCapacity: true)
    for step in 0..<steps {
      for sequence in 0..<batch.sequences {
        let word = passage.start + sequence * length + first + step
        input.values[step * batch.sequences + sequence] = Float(training[word % training.count])
        targets.append(training[(word + 1) % training.count])
      }
    }
    return Activations(values: input.values, steps: steps, clips: batch.sequences, width: 1)
  }

  public func continues(step: Int) -> Bool { place(of: step).chunk > 0 }

  public func rateFactor(step: Int) -> Double {
    let (passage, chunk) = place(of: step)
    return Double(passage.bounds[chunk + 1] - passage.bounds[chunk]) / Double(batch.steps)
  }

  private func place(of step: Int) -> (passage: Passage, chunk: Int) {
    while true {
      if let passage = passages.last(where: { $0.firstStep <= step }),
        step - passage.firstStep < passage.bounds.count - 1
      {
        return (passage, step - passage.firstStep)
      }
      var random = RandomNumbers(seed: seed, stream: 0x7e47 &+ UInt64(passages.count))
      var bounds = [0]
      for chunk in batch.chunks(of: length, &random) { bounds.append(bounds.last! + chunk) }
      let firstStep = passages.last.map { $0.firstStep + $0.bounds.count - 1 } ?? 0
      passages.append(
        Passage(
          start: random.index(below: training.count), firstStep: firstStep, bounds: bounds))
    }
  }

  /// The mean cross-entropy of the next words, in nats; the gradient includes the teacher's part.
  public func loss(
    of output: Activations<Float>
  ) -> (loss: Loss, gradient: Activations<Float>) {
    let value = loss.replaceByGradient(output, targets: targets)
    teacher?.teach(output, targets: targets)
    return (Loss(value: value, measure: exp(value), measureUnit: "perplexity"), output)
  }

  /// The perplexity of the validation text, cut into up to 32 sequences of at least 1,000 words. It
  /// is slightly higher than that of one stream, because each sequence starts without context.
  public func validate(_ network: Network) -> [String: Double] {
    let context = TrainingContext<Float>(workers: workers, instructionSet: instructionSet)
    guard let trainable = try? TrainableNetwork(network, context: context) else { return [:] }
    let sequences = min(32, max(1, validation.count / 1000))
    let length = (validation.count - 1) / sequences
    let values = BatchMemory(batch.steps * sequences)
    var sum = 0.0
    for first in stride(from: 0, to: length, by: batch.steps) {
      let steps = min(batch.steps, length - first)
      var targets: [Int32] = []
      for step in 0..<steps {
        for sequence in 0..<sequences {
          let word = sequence * length + first + step
          values.values[step * sequences + sequence] = Float(validation[word])
          targets.append(validation[word + 1])
        }
      }
      let output = trainable.forward(
        Activations(values: values.values, steps: steps, clips: sequences, width: 1),
        TrainingPass(isTraining: false, continues: first > 0))
      sum += loss.replaceByGradient(output, targets: targets) * Double(targets.count)
    }
    let perplexity = exp(sum / Double(length * sequences))
    return ["perplexity": perplexity, "score": -perplexity]
  }
}
