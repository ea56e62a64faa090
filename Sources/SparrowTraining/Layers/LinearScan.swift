import CSparrow

/// x_t = a x_{t-1} + f w_t over whole sequences, all numbers complex; rows hold `states` real parts and
/// then `states` imaginary parts.
///
/// The scan is sequential in time and side by side in states and clips. Where those are too few to fill
/// the processor's pipelines, it is also side by side in time: the sequence is cut into chunks that are
/// walked together from zero states, and what each chunk should have begun with is added afterwards,
/// times a, a², … (the chunked form of a parallel prefix sum, Blelloch 1990).
final class LinearScan<Scalar: TrainingScalar> {
  private let context: TrainingContext<Scalar>
  private let states: Int
  private let carries = Buffer<Scalar>()
  private let partials = Buffer<Scalar>()

  init(_ context: TrainingContext<Scalar>, states: Int) {
    self.context = context
    self.states = states
  }

  /// Chunks that time is cut into for a batch; 1 is the plain sequential form.
  ///
  /// Measured on one AVX-512 core, chunks pay below some 64 complex numbers a step, where the latency of
  /// one step's multiply-adds is longer than the work of all its states.
  func chunks(steps: Int, clips: Int) -> Int {
    let lanes = states * clips
    guard lanes < 64, steps >= 256 else { return 1 }
    return lanes <= 16 ? 8 : 4
  }

  /// - Parameters:
  ///   - a, f: `2 * states` values.
  ///   - w: the inputs. x: the states, to be written.
  ///   - chunks: nil to choose.
  func forward(
    a: UnsafePointer<Scalar>, f: UnsafePointer<Scalar>, w: Activations<Scalar>,
    x: Activations<Scalar>, chunks: Int? = nil
  ) {
    let parts = 2 * states
    let chunks = chunks ?? self.chunks(steps: w.steps, clips: w.clips)
    if chunks > 1 {
      forwardInChunks(chunks, a: a, f: f, w: w, x: x)
      return
    }
    let carries = carries.zeroed(w.clips * parts)
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
    var layout = layout(w, clips: w.clips)
    layout.steps = length
    layout.groups = chunks
    layout.group_stride = length * row
    let carries = carries.zeroed(chunks * row)
    context.kernels.scanForward(&layout, a, f, w.values, x.values, carries)

    // Chunk by chunk, what the one before really ended with.
    layout.groups = 1
    let carry = carries
    for chunk in 1..<chunks {
      let last = x.values + (chunk * length - 1) * row
      carry.update(from: last, count: row)
      context.kernels.scanCarry(&layout, a, x.values + chunk * length * row, carry)
    }
    let rest = w.steps - chunks * length
    guard rest > 0 else { return }
    carry.update(from: x.values + (chunks * length - 1) * row, count: row)
    layout.steps = rest
    let start = chunks * length * row
    context.kernels.scanForward(&layout, a, f, w.values + start, x.values + start, carry)
  }

  /// - Parameters:
  ///   - gradient: by x on entry, by w on return.
  ///   - aGradient, fGradient: `2 * states` values each, added to.
  func backward(
    a: UnsafePointer<Scalar>, f: UnsafePointer<Scalar>, w: Activations<Scalar>,
    x: Activations<Scalar>, gradient: Activations<Scalar>,
    aGradient: UnsafeMutablePointer<Scalar>, fGradient: UnsafeMutablePointer<Scalar>
  ) {
    let parts = 2 * states
    let adjoints = carries.zeroed(w.clips * parts)
    let blocks = (w.clips + Self.clipsOfBlock - 1) / Self.clipsOfBlock
    let partials = partials.zeroed(2 * blocks * parts)
    forEachClips(w.clips) { clips in
      let start = clips.lowerBound * parts
      var layout = layout(w, clips: clips.count)
      let partial = partials + 2 * clips.lowerBound / Self.clipsOfBlock * parts
      context.kernels.scanBackward(
        &layout, a, f, w.values + start, x.values + start, nil, gradient.values + start,
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
      states: states, clips: clips, steps: w.steps, step_stride: w.clips * 2 * states, groups: 1,
      group_stride: 0)
  }
}
