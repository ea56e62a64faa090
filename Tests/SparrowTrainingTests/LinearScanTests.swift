import Sparrow
import SparrowCore
import TestSupport
import Testing

@testable import SparrowTraining

/// The recurrence over whole sequences: sequential or in chunks, and against a loop.
struct LinearScanTests {
  struct Shape: Sendable {
    let states: Int
    let clips: Int
    let steps: Int
  }

  static let shapes = [
    Shape(states: 1, clips: 1, steps: 1), Shape(states: 5, clips: 3, steps: 17),
    Shape(states: 16, clips: 1, steps: 64), Shape(states: 33, clips: 2, steps: 50),
    Shape(states: 3, clips: 9, steps: 31), Shape(states: 4, clips: 2, steps: 333),
  ]

  /// Factors within the unit circle, and inputs.
  private struct Problem<Scalar: TrainingScalar> {
    let a: [Scalar]
    let f: [Scalar]
    let w: Batch<Scalar>
    let x: Batch<Scalar>

    init(_ shape: Shape) {
      var numbers = RandomNumbers(seed: 4)
      var values = [Scalar](repeating: 0, count: 2 * shape.states)
      for i in 0..<shape.states {
        let angle = numbers.uniform(in: 0...3)
        let radius = numbers.uniform(in: 0.7...0.999)
        let (cosine, sine) = (cosine(angle), cosine(angle - .pi / 2))
        values[i] = Scalar(radius * cosine)
        values[shape.states + i] = Scalar(radius * sine)
      }
      a = values
      f = randomValues(2 * shape.states, seed: 5).map { Scalar($0) }
      let count = shape.steps * shape.clips * 2 * shape.states
      w = Batch(randomValues(count, seed: 6), steps: shape.steps, clips: shape.clips)
      x = Batch(Array(repeating: .nan, count: count), steps: shape.steps, clips: shape.clips)
    }
  }

  private func run<Scalar: TrainingScalar>(
    _ shape: Shape, _ context: TrainingContext<Scalar>, chunks: Int?
  ) -> [Double] {
    let problem = Problem<Scalar>(shape)
    LinearScan(context, states: shape.states).forward(
      a: problem.a, f: problem.f, w: problem.w.activations, x: problem.x.activations,
      chunks: chunks)
    return problem.x.activations.doubles
  }

  private func reference(_ shape: Shape) -> [Double] {
    let problem = Problem<Double>(shape)
    let w = problem.w.activations.doubles
    let parts = 2 * shape.states
    var x = [Double](repeating: 0, count: w.count)
    for clip in 0..<shape.clips {
      for i in 0..<shape.states {
        var (re, im) = (0.0, 0.0)
        let (aRe, aIm) = (problem.a[i], problem.a[shape.states + i])
        let (fRe, fIm) = (problem.f[i], problem.f[shape.states + i])
        for step in 0..<shape.steps {
          let row = (step * shape.clips + clip) * parts
          let (wRe, wIm) = (w[row + i], w[row + shape.states + i])
          (re, im) = (
            aRe * re - aIm * im + fRe * wRe - fIm * wIm,
            aRe * im + aIm * re + fRe * wIm + fIm * wRe
          )
          (x[row + i], x[row + shape.states + i]) = (re, im)
        }
      }
    }
    return x
  }

  @Test(arguments: shapes) func chunksMakeNoDifference(_ shape: Shape) {
    let reference = reference(shape)
    #expect(relativeError(run(shape, TrainingContext<Double>(), chunks: 1), reference) < 1e-13)
    for chunks in [nil, 1, 2, 3, 8].filter({ $0 ?? 0 <= shape.steps }) {
      #expect(
        relativeError(run(shape, TrainingContext<Double>(), chunks: chunks), reference) < 1e-12)
      for set in InstructionSet.supported {
        let single = run(shape, TrainingContext<Float>(instructionSet: set), chunks: chunks)
        #expect(relativeError(single, reference) < 3e-6, "\(set.name), \(chunks ?? 0) chunks")
      }
    }
  }

  /// Which thread walks a chunk makes no difference to a bit of it.
  @Test(arguments: shapes, [2, 3, 5]) func threadsMakeNoDifference(_ shape: Shape, threads: Int) {
    let one = TrainingContext<Float>(workers: Workers(count: 1))
    let more = TrainingContext<Float>(workers: Workers(count: threads))
    for chunks in [1, 2, 5].filter({ $0 <= shape.steps }) {
      #expect(run(shape, more, chunks: chunks) == run(shape, one, chunks: chunks))
    }
  }

  /// Long sequences of few clips are the ones that are cut, where there are threads for it.
  /// The context's wish is followed for a few clips, and only changes the rounding.
  @Test func aContextMayAskForChunks() {
    let shape = Shape(states: 5, clips: 2, steps: 333)
    let plain = run(shape, TrainingContext<Float>(), chunks: nil)
    let chunked = run(shape, TrainingContext<Float>(timeChunks: 4), chunks: nil)
    #expect(chunked == run(shape, TrainingContext<Float>(), chunks: 4))
    #expect(relativeError(chunked, plain) < 3e-6)
    let many = Shape(states: 5, clips: 8, steps: 333)
    #expect(
      run(many, TrainingContext<Float>(timeChunks: 4), chunks: nil)
        == run(many, TrainingContext<Float>(), chunks: 1))
  }
}
