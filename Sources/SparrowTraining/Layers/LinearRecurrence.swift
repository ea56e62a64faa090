import CSparrow
import Sparrow

/// The diagonal state-space layer over whole sequences; ``LinearRecurrenceLayer`` has the formulas.
///
/// u: [rows, H]; w = u Bᵀ + b, x: [rows, 2P], real parts before imaginary ones; y = g(x) Cᵀ + d ⊙ u
/// + c, where B [2P, H] and C [H, 2P] are real matrices made of the complex ones' parts, and the
/// biases b and c are there if the layer has them. A pass that goes on from another one begins with
/// the x that the other one ended with; gradients end there.
final class LinearRecurrence<Scalar: TrainingScalar>: TrainableLayer, StatefulLayer {
  let context: TrainingContext<Scalar>
  let layer: LinearRecurrenceLayer
  let parameters: [Parameter<Scalar>]
  private let width: Int
  private let scan: LinearScan<Scalar>
  /// Rounds what the readout sees of the state.
  private let rounding: FakeQuantization<Scalar>?

  private let b = Buffer<Scalar>()
  private let inputBias = Buffer<Scalar>()
  private let c = Buffer<Scalar>()
  private let bGradient = Buffer<Scalar>()
  private let cGradient = Buffer<Scalar>()
  private let factors = Buffer<Scalar>()
  private let factorGradients = Buffer<Scalar>()
  private let w = Buffer<Scalar>()
  private let x = Buffer<Scalar>()
  private let rectified = Buffer<Scalar>()
  private let dx = Buffer<Scalar>()
  private let y = Buffer<Scalar>()
  private let du = Buffer<Scalar>()
  private var u: Activations<Scalar>?
  /// The state as the readout read it.
  private var read: UnsafePointer<Scalar>?
  static var stateNames: [String] { ["x"] }
  var state: CarriedState<Scalar>?
  /// x before the first step of the last pass, by clip; nil for zero.
  private var first: [Scalar]?

  /// - Parameters:
  ///   - parameters: in the order of the layer's description.
  ///   - rounding: of the state as it is read; the one that is carried on is never rounded.
  /// - Throws: for a discrete system, whose Ā nothing would keep stable.
  init(
    _ context: TrainingContext<Scalar>, _ layer: LinearRecurrenceLayer,
    _ parameters: [Parameter<Scalar>], rounding: FakeQuantization<Scalar>? = nil
  ) throws(TrainingError) {
    guard layer.discretization != .discrete else {
      throw .unsupported("training a linear recurrence that is discrete already")
    }
    self.context = context
    self.layer = layer
    self.parameters = parameters
    self.rounding = rounding
    width = parameters[7].count
    scan = LinearScan(context, states: layer.states)
  }

  private var eigenvaluesReal: Parameter<Scalar> { parameters[0] }
  private var eigenvaluesImaginary: Parameter<Scalar> { parameters[1] }
  private var logStep: Parameter<Scalar> { parameters[2] }
  private var bReal: Parameter<Scalar> { parameters[3] }
  private var bImaginary: Parameter<Scalar> { parameters[4] }
  private var cReal: Parameter<Scalar> { parameters[5] }
  private var cImaginary: Parameter<Scalar> { parameters[6] }
  private var d: Parameter<Scalar> { parameters[7] }

  private var inputBiasReal: Parameter<Scalar> { parameters[8] }
  private var inputBiasImaginary: Parameter<Scalar> { parameters[9] }
  /// c, where there is one.
  private var bias: Parameter<Scalar>? { layer.hasBias ? parameters[10] : nil }

  private var states: Int { layer.states }
  /// The readout's factor of Re(C x).
  private var readout: Scalar { layer.conjugateSymmetry ? 2 : 1 }

  func forward(_ u: Activations<Scalar>, _ pass: TrainingPass) -> Activations<Scalar> {
    self.u = u
    assemble()
    let parts = 2 * states
    let w = u.with(w.take(u.rows * parts), width: parts)
    context.multiply(
      u.rows, parts, width, .plain(u.values, columns: width),
      .transposed(b.take(parts * width), columns: width), into: w.values,
      bias: layer.hasBias ? UnsafePointer(inputBias.take(parts)) : nil)
    let x = u.with(x.take(u.rows * parts), width: parts)
    begin(pass, u.clips * parts)
    scan.forward(a: a, f: f, w: w, x: x, first: first)
    keepEnd(x)

    let read = read(x, pass)
    self.read = read
    let y = u.with(y.take(u.count), width: width)
    context.multiply(
      u.rows, width, parts, .plain(read, columns: parts),
      .transposed(c.take(width * parts), columns: parts), into: y.values,
      bias: bias.map { UnsafePointer($0.value) })
    context.rowwise(u.rows) { start, count in
      context.kernels.multiplyAdd(count, width, u.row(start), d.value, y.row(start))
    }
    return y
  }

  func backward(_ dy: Activations<Scalar>) -> Activations<Scalar> {
    guard let u, let read else { preconditionFailure("backward before forward") }
    let parts = 2 * states
    let w = u.with(w.take(u.rows * parts), width: parts)
    let x = u.with(x.take(u.rows * parts), width: parts)

    let dSums = context.columnSums(dy.values, times: u.values, rows: u.rows, columns: width)
    for i in 0..<width { d.gradient[i] += Scalar(dSums[i]) }
    if let bias {
      let sums = context.columnSums(dy.values, rows: dy.rows, columns: width)
      for i in 0..<width { bias.gradient[i] += Scalar(sums[i]) }
    }

    let cGradient = cGradient.take(width * parts)
    context.multiply(
      width, parts, u.rows, .transposed(dy.values, columns: width),
      .plain(read, columns: parts), into: cGradient)
    var dx = u.with(dx.take(u.rows * parts), width: parts)
    context.multiply(
      u.rows, parts, width, .plain(dy.values, columns: width),
      .plain(c.take(width * parts), columns: parts), into: dx.values)
    if let rounding { dx = rounding.backward(dx) }
    if layer.rectifiesState {
      context.rowwise(u.rows) { start, count in
        context.kernels.complexReLUBackward(count, states, x.row(start), dx.row(start))
      }
    }

    let factorGradients = factorGradients.zeroed(2 * parts)
    scan.backward(
      a: a, f: f, w: w, x: x, first: first, gradient: dx, aGradient: factorGradients,
      fGradient: factorGradients + parts)

    if layer.hasBias {
      let sums = context.columnSums(dx.values, rows: dx.rows, columns: parts)
      for i in 0..<states {
        inputBiasReal.gradient[i] += Scalar(sums[i])
        inputBiasImaginary.gradient[i] += Scalar(sums[states + i])
      }
    }
    let bGradient = bGradient.take(parts * width)
    context.multiply(
      parts, width, u.rows, .transposed(dx.values, columns: parts),
      .plain(u.values, columns: width), into: bGradient)
    let du = u.with(du.take(u.count), width: width)
    context.multiply(
      u.rows, width, parts, .plain(dx.values, columns: parts),
      .plain(b.take(parts * width), columns: width), into: du.values)
    context.rowwise(u.rows) { start, count in
      context.kernels.multiplyAdd(count, width, dy.row(start), d.value, du.row(start))
    }
    distribute(
      bGradient: bGradient, cGradient: cGradient, aGradient: factorGradients,
      fGradient: factorGradients + parts)
    return du
  }

  private func begin(_ pass: TrainingPass, _ count: Int) {
    let last = pass.continues ? state?.vectors["x"] : nil
    first = last?.count == count ? last : nil
  }

  private func keepEnd(_ x: Activations<Scalar>) {
    let before = first == nil ? 0 : state?.steps ?? 0
    let last = UnsafeBufferPointer(
      start: x.row(x.rows - x.clips), count: x.clips * x.width)
    state = CarriedState(vectors: ["x": Array(last)], steps: before + x.steps)
  }

  private var a: UnsafePointer<Scalar> { UnsafePointer(factors.take(4 * states)) }
  private var f: UnsafePointer<Scalar> { a + 2 * states }

  /// The state as the readout reads it.
  private func read(
    _ x: Activations<Scalar>, _ pass: TrainingPass
  ) -> UnsafePointer<Scalar> {
    var read = x
    if layer.rectifiesState {
      let rectified = x.with(rectified.take(x.count), width: x.width)
      context.rowwise(x.rows) { start, count in
        context.kernels.complexReLU(count, states, x.row(start), rectified.row(start))
      }
      read = rectified
    }
    if let rounding { read = rounding.forward(read, pass) }
    return UnsafePointer(read.values)
  }

  /// Makes B, b, C, a and f out of the parameters.
  @_specialize(where Scalar == Float)
  private func assemble() {
    let cells = states * width
    let b = b.take(2 * cells)
    b.update(from: bReal.value, count: cells)
    (b + cells).update(from: bImaginary.value, count: cells)
    if layer.hasBias {
      let inputBias = inputBias.take(2 * states)
      inputBias.update(from: inputBiasReal.value, count: states)
      (inputBias + states).update(from: inputBiasImaginary.value, count: states)
    }
    let c = c.take(2 * cells)
    for row in 0..<width {
      let to = c + row * 2 * states
      let real = cReal.value + row * states
      let imaginary = cImaginary.value + row * states
      for i in 0..<states {
        to[i] = readout * real[i]
        to[states + i] = -readout * imaginary[i]
      }
    }
    let factors = factors.take(4 * states)
    for i in 0..<states {
      let (a, f) = layer.discretize(eigenvalue: eigenvalue(i), logStep: Double(logStep.value[i]))
      factors[i] = Scalar(a.real)
      factors[states + i] = Scalar(a.imaginary)
      factors[2 * states + i] = Scalar(f.real)
      factors[3 * states + i] = Scalar(f.imaginary)
    }
  }

  private func eigenvalue(_ i: Int) -> ComplexDouble {
    ComplexDouble(Double(eigenvaluesReal.value[i]), Double(eigenvaluesImaginary.value[i]))
  }

  /// Carries the gradients of B, C, a and f on to the parameters.
  @_specialize(where Scalar == Float)
  private func distribute(
    bGradient: UnsafeMutablePointer<Scalar>, cGradient: UnsafeMutablePointer<Scalar>,
    aGradient: UnsafeMutablePointer<Scalar>, fGradient: UnsafeMutablePointer<Scalar>
  ) {
    let cells = states * width
    context.kernels.add(cells, bGradient, bReal.gradient)
    context.kernels.add(cells, bGradient + cells, bImaginary.gradient)
    for row in 0..<width {
      let from = cGradient + row * 2 * states
      let real = cReal.gradient + row * states
      let imaginary = cImaginary.gradient + row * states
      for i in 0..<states {
        real[i] += readout * from[i]
        imaginary[i] -= readout * from[states + i]
      }
    }
    for i in 0..<states {
      let gradient = layer.discretizeBackward(
        eigenvalue: eigenvalue(i), logStep: Double(logStep.value[i]),
        aGradient: ComplexDouble(Double(aGradient[i]), Double(aGradient[states + i])),
        fGradient: ComplexDouble(Double(fGradient[i]), Double(fGradient[states + i])))
      eigenvaluesReal.gradient[i] += Scalar(gradient.eigenvalue.real)
      eigenvaluesImaginary.gradient[i] += Scalar(gradient.eigenvalue.imaginary)
      logStep.gradient[i] += Scalar(gradient.logStep)
    }
  }
}
