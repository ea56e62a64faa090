import Sparrow

/// A recurrent cell over whole sequences; ``RecurrentLayer`` has the formulas, and the kernels'
/// `common/cells_training.h` those of the backward passes.
///
/// x: [rows, D], a = x Wᵀ + b: [rows, G H], of all steps at once; then step by step q = h Rᵀ + c
/// and the cell itself. A pass that goes on from another one begins with the state that the other
/// one ended with; gradients end there.
final class Recurrent<Scalar: TrainingScalar>: TrainableLayer, StatefulLayer {
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
  /// Of what the cell gives, which its products read at the next step; nil in single precision.
  private let rounding: CellRounding<Scalar>?

  private let q = Buffer<Scalar>()
  /// Inputs of the recurrent products, from the step before the first on.
  private let sent = Buffer<Scalar>()
  /// The second state of a unit: an LSTM's c, or an event-based GRU's h.
  private let kept = Buffer<Scalar>()
  /// What was sent, rounded.
  private let rounded = Buffer<Scalar>()
  private let seen = Buffer<Scalar>()
  private let reset = Buffer<Scalar>()
  /// The values of an event-based GRU's units before they sent.
  private let values = Buffer<Scalar>()
  private let da = Buffer<Scalar>()
  private let dq = Buffer<Scalar>()
  private let dSent = Buffer<Scalar>()
  private let dKept = Buffer<Scalar>()
  private let dSeen = Buffer<Scalar>()
  private let clampedThresholds = Buffer<Scalar>()
  private let thresholdGradient = Buffer<Scalar>()
  private var a: Activations<Scalar>?
  /// The last output and the last state.
  static var stateNames: [String] { ["sent", "kept"] }
  var state: CarriedState<Scalar>?
  private var firstStep = 0

  /// - Parameters:
  ///   - parameters: in the order of the layer's description.
  ///   - weightDropout: the share of recurrent weights that is dropped in training.
  ///   - place: tells this layer's masks from those of others.
  ///   - rounding: of what the cell gives; what it keeps is never rounded.
  init(
    _ context: TrainingContext<Scalar>, _ layer: RecurrentLayer, _ parameters: [Parameter<Scalar>],
    weightDropout: Double = 0, place: Int = 0, rounding: CellRounding<Scalar>? = nil
  ) {
    self.context = context
    self.layer = layer
    self.parameters = parameters
    self.rounding = rounding
    let shift = layer.resetsFirst ? 1 : 0
    dense = Dense(context, weight: parameters[0], bias: parameters[2 + shift])
    func product(_ index: Int, gates: Int) -> RecurrentProduct<Scalar> {
      RecurrentProduct(
        context,
        DropConnect(
          context, parameters[index], rate: weightDropout, place: UInt64(4 * place + index)),
        units: layer.units, gates: gates, blockSize: layer.blockSize)
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

  /// The pass's memory, before each of whose steps, and after the last, there is a row of units a
  /// clip.
  private struct Memory {
    let q: UnsafeMutablePointer<Scalar>
    let sent: UnsafeMutablePointer<Scalar>
    /// What was sent as others read it: rounded, or the same memory.
    let read: UnsafeMutablePointer<Scalar>
    let kept: UnsafeMutablePointer<Scalar>
    let seen: UnsafeMutablePointer<Scalar>
    let reset: UnsafeMutablePointer<Scalar>
    let values: UnsafeMutablePointer<Scalar>
  }

  private func memory(of x: Activations<Scalar>) -> Memory {
    let all = (x.steps + 1) * x.clips * units
    let sent = sent.take(all)
    return Memory(
      q: q.take(x.rows * width), sent: sent,
      read: rounding == nil ? sent : rounded.take(all), kept: kept.take(all), seen: seen.take(all),
      reset: reset.take(all), values: values.take(all))
  }

  /// Some clips at one step, which one worker computes.
  private struct Part {
    let step: Int
    let clips: Int
    let range: Range<Int>
    let units: Int
    let worker: Int

    var rows: Int { range.count }
    /// The first of its rows of all.
    var row: Int { step * clips + range.lowerBound }
    /// Where its units begin before the step, and after it.
    var before: Int { row * units }
    var now: Int { before + clips * units }
  }

  func forward(_ x: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    let a = dense.forward(x, pass)
    self.a = a
    let count = x.clips * units
    let memory = memory(of: x)
    begin(pass, count, memory.sent, memory.kept)
    rounding?.begin()
    rounding?.apply(count, memory.sent, memory.read)
    clampThresholds()
    product.beginForward(pass)
    candidate?.beginForward(pass)
    context.clipwise(x.clips) { range, worker in
      for step in 0..<x.steps {
        forward(
          Part(step: step, clips: x.clips, range: range, units: units, worker: worker), a, memory)
      }
    }
    keepEnd(memory.sent + x.steps * count, memory.kept + x.steps * count, count, steps: x.steps)
    rounding?.end(x.steps * count, memory.sent + count, pass)
    return x.with(memory.read + count, width: units)
  }

  private func forward(_ part: Part, _ a: Activations<Scalar>, _ memory: Memory) {
    let (rows, before, now) = (part.rows, part.before, part.now)
    let a = a.row(part.row)
    let q = memory.q + part.row * width
    let (sent, kept) = (memory.sent, memory.kept)
    if isForgotten(part.step) { zero(kept + before, rows * units) }
    gather(memory.read + before, into: memory.seen + before, rows: rows)
    product.forward(
      look(memory.read, memory.seen) + before, rows: rows, into: q, stride: width,
      bias: UnsafePointer(recurrentBias.value), worker: part.worker)
    switch layer.cell {
    case .rnn(let function):
      cells.rnn(rows, units, function == .relu ? 1 : 0, a, q, sent + now)
    case .lstm:
      cells.lstm(rows, units, a, q, kept + before, kept + now, sent + now)
    case .gru(false):
      cells.gru(rows, units, a, q, sent + before, sent + now)
    case .gru(true):
      cells.reset(rows, units, a, q, sent + before, memory.reset + before)
      rounding?.apply(rows * units, memory.reset + before, memory.reset + before)
      gather(memory.reset + before, into: memory.seen + before, rows: rows)
      candidate?.forward(
        look(memory.reset, memory.seen) + before, rows: rows, into: q + 2 * units, stride: width,
        bias: UnsafePointer(recurrentBias.value + 2 * units), worker: part.worker)
      cells.candidate(rows, units, a, q, sent + before, sent + now)
    case .eventGRU:
      cells.gru(rows, units, a, q, kept + before, kept + now)
      // What units keep may be forgotten at the next step.
      (memory.values + now).update(from: kept + now, count: rows * units)
      cells.events(rows, units, clamped, kept + now, sent + now)
    }
    rounding?.apply(rows * units, sent + now, memory.read + now)
  }

  /// Gradients of a pass: by rows of gates, and, of the step that a worker is at, by rows of units.
  private struct Gradients {
    let da: UnsafeMutablePointer<Scalar>
    let dq: UnsafeMutablePointer<Scalar>
    let sent: UnsafeMutablePointer<Scalar>
    let kept: UnsafeMutablePointer<Scalar>
    let seen: UnsafeMutablePointer<Scalar>
    /// Of the thresholds, by each clip.
    let thresholds: UnsafeMutablePointer<Scalar>
  }

  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let a else { preconditionFailure("backward before forward") }
    let count = dy.clips * units
    let memory = memory(of: dy)
    let da = da.take(dy.rows * width)
    let dq = layer.recurrentGradientsDiffer ? dq.take(dy.rows * width) : da
    let gradients = Gradients(
      da: da, dq: dq, sent: dSent.zeroed(count), kept: dKept.zeroed(count),
      seen: dSeen.take(count), thresholds: thresholdGradient.zeroed(count))
    product.beginBackward()
    candidate?.beginBackward()
    context.clipwise(dy.clips) { range, worker in
      for step in (0..<dy.steps).reversed() {
        backward(
          Part(step: step, clips: dy.clips, range: range, units: units, worker: worker), dy, a,
          memory, gradients)
      }
    }

    gather(memory.read, into: memory.seen, rows: dy.rows)
    product.addGradient(dq, look(memory.read, memory.seen), rows: dy.rows, stride: width)
    if let candidate {
      gather(memory.reset, into: memory.seen, rows: dy.rows)
      candidate.addGradient(
        dq + 2 * units, look(memory.reset, memory.seen), rows: dy.rows, stride: width)
    }
    let sums = context.columnSums(dq, rows: dy.rows, columns: width)
    for i in 0..<width { recurrentBias.gradient[i] += Scalar(sums[i]) }
    addThresholdGradient(gradients.thresholds, clips: dy.clips)
    return dense.backward(dy.with(da, width: width))
  }

  private func backward(
    _ part: Part, _ dy: Activations<Scalar>, _ a: Activations<Scalar>, _ memory: Memory,
    _ gradients: Gradients
  ) {
    let (rows, before, now) = (part.rows, part.before, part.now)
    let count = rows * units
    let first = part.range.lowerBound * units
    let gates = a.row(part.row)
    let place = part.row * width
    let (q, da, dq) = (memory.q + place, gradients.da + place, gradients.dq + place)
    let (sent, kept) = (memory.sent, memory.kept)
    let (dSent, dKept) = (gradients.sent + first, gradients.kept + first)
    func carryBack(
      _ product: RecurrentProduct<Scalar>?, _ dq: UnsafeMutablePointer<Scalar>,
      into to: UnsafeMutablePointer<Scalar>
    ) {
      let seen = order == nil ? to : gradients.seen + first
      if order != nil { zero(seen, count) }
      product?.backward(dq, rows: rows, stride: width, into: seen, worker: part.worker)
      scatter(seen, addingTo: to, rows: rows)
    }

    context.kernels.add(count, dy.row(part.row), dSent)
    switch layer.cell {
    case .rnn(let function):
      cells.rnnBackward(rows, units, function == .relu ? 1 : 0, sent + now, dSent, da)
      zero(dSent, count)
    case .lstm:
      cells.lstmBackward(rows, units, gates, kept + before, kept + now, dSent, dKept, da)
      zero(dSent, count)
    case .gru(false):
      cells.gruBackward(rows, units, gates, q, sent + before, dSent, da, dq)
    case .gru(true):
      cells.candidateBackward(rows, units, gates, sent + before, dSent, da)
      let dReset = dKept
      zero(dReset, count)
      carryBack(candidate, da + 2 * units, into: dReset)
      cells.resetBackward(rows, units, gates, sent + before, dReset, dSent, da)
    case .eventGRU(let events):
      cells.eventsBackward(
        rows, units, Double(events.damping), Double(events.support),
        events.surrogate == .output ? 1 : 0, clamped, sent + now, memory.values + now, dSent,
        dKept, gradients.thresholds + first)
      cells.gruBackward(rows, units, gates, q, kept + before, dKept, da, dq)
      zero(dSent, count)
      if isForgotten(part.step) { zero(dKept, count) }
    }
    carryBack(product, dq, into: dSent)
  }

  // MARK: State

  private func begin(
    _ pass: TrainingPass, _ count: Int, _ sent: UnsafeMutablePointer<Scalar>,
    _ kept: UnsafeMutablePointer<Scalar>
  ) {
    guard pass.continues, let state, let lastSent = state.vectors["sent"],
      let lastKept = state.vectors["kept"], lastSent.count == count, lastKept.count == count
    else {
      firstStep = 0
      zero(sent, count)
      zero(kept, count)
      return
    }
    firstStep = state.steps
    sent.update(from: lastSent, count: count)
    kept.update(from: lastKept, count: count)
  }

  private func keepEnd(
    _ sent: UnsafeMutablePointer<Scalar>, _ kept: UnsafeMutablePointer<Scalar>, _ count: Int,
    steps: Int
  ) {
    state = CarriedState(
      vectors: [
        "sent": Array(UnsafeBufferPointer(start: sent, count: count)),
        "kept": Array(UnsafeBufferPointer(start: kept, count: count)),
      ], steps: firstStep + steps)
  }

  /// Whether units forget what they kept before that step of the pass.
  private func isForgotten(_ step: Int) -> Bool {
    guard case .eventGRU(let events) = layer.cell, let interval = events.resetInterval else {
      return false
    }
    return (firstStep + step) % interval == 0
  }

  // MARK: Structure

  /// The order in which blocks see units: units in their own order, or shuffled.
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

  /// to += from, back in the units' own order; nothing where blocks see them in it.
  @_specialize(where Scalar == Float)
  private func scatter(
    _ from: UnsafeMutablePointer<Scalar>, addingTo to: UnsafeMutablePointer<Scalar>, rows: Int
  ) {
    guard let order else { return }
    for row in 0..<rows {
      for k in 0..<units { to[row * units + order[k]] += from[row * units + k] }
    }
  }

  // MARK: Thresholds

  private var clamped: UnsafeMutablePointer<Scalar> { clampedThresholds.take(units) }

  private func clampThresholds() {
    guard case .eventGRU = layer.cell else { return }
    let clamped = clamped
    for i in 0..<units { clamped[i] = min(max(threshold.value[i], 0), 1) }
  }

  /// Beyond the bounds a threshold makes no difference.
  private func addThresholdGradient(_ gradient: UnsafeMutablePointer<Scalar>, clips: Int) {
    guard case .eventGRU = layer.cell else { return }
    let sums = context.columnSums(gradient, rows: clips, columns: units)
    for i in 0..<units where threshold.value[i] >= 0 && threshold.value[i] <= 1 {
      threshold.gradient[i] += Scalar(sums[i])
    }
  }

  private func zero(_ values: UnsafeMutablePointer<Scalar>, _ count: Int) {
    values.update(repeating: 0, count: count)
  }
}
