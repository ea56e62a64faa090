import CSparrow
import Sparrow

/// x_t = a x_{t-1} + f w_t over whole sequences, all numbers complex; rows hold `states` real parts
/// and then `states` imaginary parts.
///
/// The scan is sequential in time and side by side in states and clips; threads share the clips.
/// Where there are too few clips for the threads, they can share the time: the sequence is cut into
/// chunks that are walked from zero states, and what each chunk should have begun with is added
/// afterwards, times a, a², … (the chunked form of a parallel prefix sum, Blelloch 1990). That is
/// twice the work, so it takes three threads to pay, and it rounds differently:
/// ``TrainingContext/timeChunks`` asks for it.
final class LinearScan<Scalar: TrainingScalar> {
  private let context: TrainingContext<Scalar>
  private let states: Int
  private let carries = Buffer<Scalar>()
  private let partials = Buffer<Scalar>()
  private let firsts = Buffer<Scalar>()

  init(_ context: TrainingContext<Scalar>, states: Int) {
    self.context = context
    self.states = states
  }

  /// - Parameters:
  ///   - a, f: `2 * states` values.
  ///   - w: the inputs. x: the states, to be written.
  ///   - first: the states before the first step, by clip; nil for zero.
  ///   - chunks: nil for what the context asks for.
  func forward(
    a: UnsafePointer<Scalar>, f: UnsafePointer<Scalar>, w: Activations<Scalar>,
    x: Activations<Scalar>, first: [Scalar]? = nil, chunks: Int? = nil
  ) {
    let parts = 2 * states
    let chunks = chunks ?? (w.clips > Self.clipsOfBlock ? 1 : context.timeChunks)
    if chunks > 1 && chunks <= w.steps && first == nil {
      forwardInChunks(chunks, a: a, f: f, w: w, x: x)
      return
    }
    let carries = carries.zeroed(w.clips * parts)
    if let first { carries.update(from: first, count: w.clips * parts) }
    forEachClips(w.clips) { clips in
      let start = clips.lowerBound * parts
      var layout = layout(w, clips: clips.count)
      context.kernels.scanForward(
        &layout, a, f, w.values + start, x.values + start, carries + start)
    }
  }

  private func forwardInChunks(
    _ chunks: Int, a: UnsafePointer<Scalar>, f: UnsafePointer<Scalar>, w: Activations<Scalar>,
    x: Activations<Scalar>
  ) {
    let row = w.clips * 2 * states
    let length = w.steps / chunks
    /// The last chunk has what the division leaves.
    func layout(of chunk: Int) -> sparrow_scan {
      var layout = self.layout(w, clips: w.clips)
      layout.steps = chunk == chunks - 1 ? w.steps - chunk * length : length
      return layout
    }
    let carries = carries.zeroed(chunks * row)
    context.workers.forEach(chunks) { chunk, _ in
      var layout = layout(of: chunk)
      let start = chunk * length * row
      context.kernels.scanForward(
        &layout, a, f, w.values + start, x.values + start, carries + chunk * row)
    }
    // From what chunks end with on their own to what they should have begun with: the true end of a
    // chunk is its own, plus a^length times its beginning.
    var beginning = [Scalar](repeating: 0, count: row)
    for chunk in 0..<chunks {
      let end = carries + chunk * row
      for i in 0..<row { swap(&beginning[i], &end[i]) }
      guard chunk < chunks - 1 else { break }
      advance(end, by: length, a: a, clips: w.clips, addingTo: &beginning)
    }
    context.workers.forEach(chunks - 1) { index, _ in
      let chunk = index + 1
      var layout = layout(of: chunk)
      context.kernels.scanCarry(
        &layout, a, x.values + chunk * length * row, carries + chunk * row)
    }
  }

  /// sum += a^steps state, for each clip.
  private func advance(
    _ state: UnsafePointer<Scalar>, by steps: Int, a: UnsafePointer<Scalar>, clips: Int,
    addingTo sum: inout [Scalar]
  ) {
    for i in 0..<states {
      let power = ComplexDouble(Double(a[i]), Double(a[states + i])).power(steps)
      for clip in 0..<clips {
        let real = clip * 2 * states + i
        let imaginary = real + states
        let product = power * ComplexDouble(Double(state[real]), Double(state[imaginary]))
        sum[real] += Scalar(product.real)
        sum[imaginary] += Scalar(product.imaginary)
      }
    }
  }

  /// - Parameters:
  ///   - gradient: by x on entry, by w on return.
  ///   - aGradient, fGradient: `2 * states` values each, added to.
  func backward(
    a: UnsafePointer<Scalar>, f: UnsafePointer<Scalar>, w: Activations<Scalar>,
    x: Activations<Scalar>, first: [Scalar]? = nil, gradient: Activations<Scalar>,
    aGradient: UnsafeMutablePointer<Scalar>, fGradient: UnsafeMutablePointer<Scalar>
  ) {
    let parts = 2 * states
    let adjoints = carries.zeroed(w.clips * parts)
    let blocks = (w.clips + Self.clipsOfBlock - 1) / Self.clipsOfBlock
    let partials = partials.zeroed(2 * blocks * parts)
    let firsts = self.firsts.take(w.clips * parts)
    if let first { firsts.update(from: first, count: w.clips * parts) }
    forEachClips(w.clips) { clips in
      let start = clips.lowerBound * parts
      var layout = layout(w, clips: clips.count)
      let partial = partials + 2 * clips.lowerBound / Self.clipsOfBlock * parts
      context.kernels.scanBackward(
        &layout, a, f, w.values + start, x.values + start,
        first == nil ? nil : UnsafePointer(firsts + start), gradient.values + start,
        adjoints + start, partial, partial + parts)
    }
    for block in 0..<blocks {
      let partial = partials + 2 * block * parts
      context.kernels.add(parts, partial, aGradient)
      context.kernels.add(parts, partial + parts, fGradient)
    }
  }

  /// Clips that one thread walks together.
  private static var clipsOfBlock: Int { 4 }

  private func forEachClips(_ clips: Int, _ body: (Range<Int>) -> Void) {
    context.workers.forEachBlock(of: clips, grain: Self.clipsOfBlock) { block, _ in body(block) }
  }

  private func layout(_ w: Activations<Scalar>, clips: Int) -> sparrow_scan {
    sparrow_scan(
      states: states, clips: clips, steps: w.steps, step_stride: w.clips * 2 * states)
  }
}
