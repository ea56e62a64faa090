import Sparrow

/// A recurrent cell over whole sequences; ``RecurrentLayer`` has the formulas, and the kernels'
/// `common/cells_training.h` those of the backward passes.
///
/// x: [rows, D], a = x Wᵀ + b: [rows, G H], of all steps at once; then step by step q = h Rᵀ + c and the
/// cell itself. A pass that goes on from another one begins with the state that the other one ended with;
/// gradients end there.
final class Recurrent<Scalar: TrainingScalar>: TrainableLayer {
  let context: TrainingContext<Scalar>
  let layer: RecurrentLayer
  let parameters: [Parameter<Scalar>]
  private let dense: Dense<Scalar>
  private let product: RecurrentProduct<Scalar>
  /// Of a GRU that resets first.
  private let candidate: RecurrentProduct<Scalar>?
  /// At place k the unit that blocks see there; nil where it is k.
  private let order: [Int]?
  private let cells: CellKernels<Scalar>

  private let q = Buffer<Scalar>()
  /// What recurrent products read, from the step before the first on.
  private let sent = Buffer<Scalar>()
  /// What a unit keeps besides: an LSTM's c, or an event-based GRU's h.
  private let kept = Buffer<Scalar>()
  private let seen = Buffer<Scalar>()
  private let reset = Buffer<Scalar>()
  /// What an event-based GRU's units had before they sent.
  private let values = Buffer<Scalar>()
  private let da = Buffer<Scalar>()
  private let dq = Buffer<Scalar>()
  private let dSent = Buffer<Scalar>()
  private let dKept = Buffer<Scalar>()
  private let dSeen = Buffer<Scalar>()
  private let clamped = Buffer<Scalar>()
  private let thresholdGradient = Buffer<Scalar>()
  private var a: Activations<Scalar>?
  /// What the last pass ended with; nil before the first.
  var state: State?
  private var firstStep = 0

  /// What a pass may go on from.
  struct State {
    /// By clip, what was sent last and what was kept last.
    var sent: [Scalar]
    var kept: [Scalar]
    /// Since the beginning.
    var steps: Int
  }

  /// - Parameter parameters: in the order of the layer's description.
  init(
    _ context: TrainingContext<Scalar>, _ layer: RecurrentLayer, _ parameters: [Parameter<Scalar>]
  ) {
    self.context = context
    self.layer = layer
    self.parameters = parameters
    let shift = layer.resetsFirst ? 1 : 0
    dense = Dense(context, weight: parameters[0], bias: parameters[2 + shift])
    func product(_ index: Int, gates: Int) -> RecurrentProduct<Scalar> {
      RecurrentProduct(
        context: context, weight: parameters[index], units: layer.units, gates: gates,
        size: layer.blockSize)
    }
    self.product = product(1, gates: layer.resetsFirst ? 2 : layer.gates)
    candidate = layer.resetsFirst ? product(2, gates: 1) : nil
    let order = layer.structure.order(units: layer.units)
    self.order = order == Array(0..<layer.units) ? nil : order
    cells = Scalar.cellKernels(context.instructionSet)
  }

  private var units: Int { layer.units }
  private var width: Int { layer.gates * units }
  private var recurrentBias: Parameter<Scalar> { parameters[layer.resetsFirst ? 4 : 3] }
  private var threshold: Parameter<Scalar> { parameters[4] }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    let a = dense.forward(x, pass)
    self.a = a
    let (clips, count) = (x.clips, x.clips * units)
    let all = (x.steps + 1) * count
    let q = q.take(x.rows * width)
    let sent = sent.take(all)
    let kept = kept.take(all)
    let seen = seen.take(all)
    let (reset, values) = (reset.take(all), values.take(all))
    begin(pass, count, sent, kept)
    clampThresholds()
    for step in 0..<x.steps {
      let row = step * clips
      let before = step * count
      let now = before + count
      let a = a.row(row)
      let q = q + row * width
      forgetIfDue(step, kept + before, count)
      gather(sent + before, into: seen + before, rows: clips)
      product.forward(
        look(sent, seen) + before, rows: clips, into: q, stride: width,
        bias: UnsafePointer(recurrentBias.value))
      switch layer.cell {
      case .rnn(let function):
        cells.rnn(clips, units, function == .relu ? 1 : 0, a, q, sent + now)
      case .lstm:
        cells.lstm(clips, units, a, q, kept + before, kept + now, sent + now)
      case .gru(false):
        cells.gru(clips, units, a, q, sent + before, sent + now)
      case .gru(true):
        cells.reset(clips, units, a, q, sent + before, reset + before)
        gather(reset + before, into: seen + before, rows: clips)
        candidate?.forward(
          look(reset, seen) + before, rows: clips, into: q + 2 * units, stride: width,
          bias: UnsafePointer(recurrentBias.value + 2 * units))
        cells.candidate(clips, units, a, q, sent + before, sent + now)
      case .eventGRU:
        cells.gru(clips, units, a, q, kept + before, kept + now)
        // What units keep may be forgotten at the next step.
        (values + now).update(from: kept + now, count: count)
        cells.events(clips, units, clamped.take(units), kept + now, sent + now)
      }
    }
    keepEnd(sent + x.steps * count, kept + x.steps * count, count, steps: x.steps)
    return x.with(sent + count, width: units)
  }

  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let a else { preconditionFailure("backward before forward") }
    let (clips, count) = (dy.clips, dy.clips * units)
    let all = (dy.steps + 1) * count
    let (q, sent, kept) = (q.take(dy.rows * width), sent.take(all), kept.take(all))
    let (seen, reset, values) = (seen.take(all), reset.take(all), values.take(all))
    let da = da.take(dy.rows * width)
    let isTwofold = layer.recurrentGradientsDiffer
    let dq = isTwofold ? dq.take(dy.rows * width) : da
    let dSent = dSent.zeroed(count)
    let dKept = dKept.zeroed(count)
    let thresholdGradient = thresholdGradient.zeroed(units)

    for step in (0..<dy.steps).reversed() {
      let row = step * clips
      let before = step * count
      let now = before + count
      let (gates, q, da, dq) = (
        a.row(row), q + row * width, da + row * width, dq + row * width
      )
      context.kernels.add(count, dy.row(row), dSent)
      switch layer.cell {
      case .rnn(let function):
        cells.rnnBackward(clips, units, function == .relu ? 1 : 0, sent + now, dSent, da)
        zero(dSent, count)
      case .lstm:
        cells.lstmBackward(
          clips, units, gates, kept + before, kept + now, dSent, dKept, da)
        zero(dSent, count)
      case .gru(false):
        cells.gruBackward(clips, units, gates, q, sent + before, dSent, da, dq)
      case .gru(true):
        cells.candidateBackward(clips, units, gates, sent + before, dSent, da)
        let dReset = dKept
        zero(dReset, count)
        carryBack(candidate, da + 2 * units, rows: clips, into: dReset)
        cells.resetBackward(clips, units, gates, sent + before, dReset, dSent, da)
      case .eventGRU(let events):
        cells.eventsBackward(
          clips, units, Double(events.damping), Double(events.support), clamped.take(units),
          sent + now, values + now, dSent, dKept, thresholdGradient)
        cells.gruBackward(clips, units, gates, q, kept + before, dKept, da, dq)
        zero(dSent, count)
        if isForgotten(step) { zero(dKept, count) }
      }
      carryBack(product, dq, rows: clips, into: dSent)
    }

    gather(sent, into: seen, rows: dy.rows)
    product.addGradient(dq, look(sent, seen), rows: dy.rows, stride: width)
    if let candidate {
      gather(reset, into: seen, rows: dy.rows)
      candidate.addGradient(dq + 2 * units, look(reset, seen), rows: dy.rows, stride: width)
    }
    let sums = context.columnSums(dq, rows: dy.rows, columns: width)
    for i in 0..<width { recurrentBias.gradient[i] += Scalar(sums[i]) }
    addThresholdGradient(thresholdGradient)
    return dense.backward(dy.with(da, width: width))
  }

  // MARK: State

  private func begin(
    _ pass: TrainingPass, _ count: Int, _ sent: UnsafeMutablePointer<Scalar>,
    _ kept: UnsafeMutablePointer<Scalar>
  ) {
    guard pass.continues, let state, state.sent.count == count else {
      firstStep = 0
      zero(sent, count)
      zero(kept, count)
      return
    }
    firstStep = state.steps
    sent.update(from: state.sent, count: count)
    kept.update(from: state.kept, count: count)
  }

  private func keepEnd(
    _ sent: UnsafeMutablePointer<Scalar>, _ kept: UnsafeMutablePointer<Scalar>, _ count: Int,
    steps: Int
  ) {
    state = State(
      sent: Array(UnsafeBufferPointer(start: sent, count: count)),
      kept: Array(UnsafeBufferPointer(start: kept, count: count)), steps: firstStep + steps)
  }

  /// Whether units forget what they kept before that step of the pass.
  private func isForgotten(_ step: Int) -> Bool {
    guard case .eventGRU(let events) = layer.cell, let interval = events.resetInterval else {
      return false
    }
    return (firstStep + step) % interval == 0
  }

  private func forgetIfDue(_ step: Int, _ kept: UnsafeMutablePointer<Scalar>, _ count: Int) {
    if isForgotten(step) { zero(kept, count) }
  }

  // MARK: Structure

  /// What blocks look at: units in their own order, or shuffled.
  private func look(
    _ plain: UnsafeMutablePointer<Scalar>, _ shuffled: UnsafeMutablePointer<Scalar>
  ) -> UnsafePointer<Scalar> {
    UnsafePointer(order == nil ? plain : shuffled)
  }

  @_specialize(where Scalar == Float)
  private func gather(
    _ from: UnsafeMutablePointer<Scalar>, into to: UnsafeMutablePointer<Scalar>, rows: Int
  ) {
    guard let order else { return }
    for row in 0..<rows {
      for k in 0..<units { to[row * units + k] = from[row * units + order[k]] }
    }
  }

  /// to += dq R, back in the units' own order.
  @_specialize(where Scalar == Float)
  private func carryBack(
    _ product: RecurrentProduct<Scalar>?, _ dq: UnsafeMutablePointer<Scalar>, rows: Int,
    into to: UnsafeMutablePointer<Scalar>
  ) {
    guard let order else {
      product?.backward(dq, rows: rows, stride: width, into: to)
      return
    }
    let seen = dSeen.zeroed(rows * units)
    product?.backward(dq, rows: rows, stride: width, into: seen)
    for row in 0..<rows {
      for k in 0..<units { to[row * units + order[k]] += seen[row * units + k] }
    }
  }

  // MARK: Thresholds

  private func clampThresholds() {
    guard case .eventGRU = layer.cell else { return }
    let clamped = clamped.take(units)
    for i in 0..<units { clamped[i] = min(max(threshold.value[i], 0), 1) }
  }

  /// Beyond the bounds a threshold makes no difference.
  private func addThresholdGradient(_ gradient: UnsafeMutablePointer<Scalar>) {
    guard case .eventGRU = layer.cell else { return }
    for i in 0..<units where threshold.value[i] >= 0 && threshold.value[i] <= 1 {
      threshold.gradient[i] += gradient[i]
    }
  }

  private func zero(_ values: UnsafeMutablePointer<Scalar>, _ count: Int) {
    values.update(repeating: 0, count: count)
  }
}

extension RecurrentLayer {
  /// Whether the gradients by both products are two: a gate lies between them.
  fileprivate var recurrentGradientsDiffer: Bool {
    switch cell {
    case .rnn, .lstm, .gru(true): false
    case .gru(false), .eventGRU: true
    }
  }
}
