import CSparrow
import SparrowCore

/// A stream whose inside can be looked at: what lies at every place that fixed point has an
/// exponent for.
struct ProbedStream: ~Copyable {
  private var stream: NetworkStream
  private var probe: Probe
  private let output: [Float]

  /// - Parameter network: in the form that fixed point has.
  init(_ network: Network, instructionSet: InstructionSet = .best) {
    // As in fixed point, where only rectifiers are part of what they follow.
    var packer = Packer(
      network, ordersUnits: false, fusesFunctions: false, instructionSet: instructionSet)
    let storage = packer.pack()
    do throws(PlanError) {
      stream = NetworkStream(
        try Plan(image: storage.bytes, owner: storage, instructionSet: instructionSet))
    } catch {
      preconditionFailure("a packed network is a valid plan: \(error)")
    }
    output = Array(repeating: 0, count: network.outputWidth)
    probe = Probe(
      paths: packer.recordPaths, inputWidth: network.inputWidth,
      quantization: network.quantization)
  }

  /// Takes a frame; what lies at each place afterwards, and how often a value of it had to be
  /// clipped.
  mutating func step(_ frame: Span<Float>) -> [String: Probe.Values] {
    // In integers, the probe is told what the frame has become.
    probe.places = ["input": Probe.Values(numbers: (0..<frame.count).map { frame[$0] }, clipped: 0)]
    var result = output
    var span = result.mutableSpan
    stream.step(frame, into: &span, observer: &probe)
    return probe.places
  }
}

/// Takes what layers give out of a step.
struct Probe: StepObserver {
  struct Values {
    var numbers: [Float]
    var clipped: Int
  }

  let paths: [String]
  let inputWidth: Int
  let quantization: Quantization?
  var places: [String: Values] = [:]

  mutating func layer(_ index: Int, _ layer: sparrow_layer, _ memory: StepMemory) {
    let path = paths[index]
    place(path, memory.slot(layer.output), Int(layer.width))
    if layer.isLSTM {
      let units = Int(layer.states)
      place("\(path).state", memory.state + Int(layer.state) + units, units)
    }
    guard layer.kind == SPARROW_LAYER_LINEAR_RECURRENCE.rawValue else { return }
    let states = Int(layer.states)
    let state = memory.state + Int(layer.state)
    place("\(path).state", state, 2 * states)
    let rectifies = layer.function == SPARROW_ACTIVATION_RELU.rawValue
    let read = (0..<2 * states).map {
      rectifies && !(state[$0 % states] > 0) ? 0 : state[$0]
    }
    places["\(path).read"] = Values(numbers: read, clipped: 0)
  }

  private mutating func place(_ path: String, _ values: UnsafePointer<Float>, _ count: Int) {
    places[path] = Values(
      numbers: Array(UnsafeBufferPointer(start: values, count: count)), clipped: 0)
  }

  mutating func input(_ x: UnsafePointer<Int16>, clipped: Int) {
    guard let step = step("input") else { return }
    places["input"] = Values(
      numbers: (0..<inputWidth).map { Float(x[$0]) * step }, clipped: clipped)
  }

  /// The value of the integer 1 at a place.
  private func step(_ place: String) -> Float? {
    quantization?.activations[place].map { FixedPointFormat(bits: 16, exponent: $0).step }
  }

  mutating func layer(
    _ index: Int, _ layer: sparrow_layer, _ memory: IntegerMemory, clipped: Int
  ) {
    let path = paths[index]
    guard let outputStep = step(path) else { return }
    let output = memory.slot(layer.output)
    places[path] = Values(
      numbers: (0..<Int(layer.width)).map { Float(output[$0]) * outputStep }, clipped: clipped)
    if layer.isLSTM, let step = step("\(path).state") {
      let c = memory.state + Int(layer.state) + Int(layer.states)
      places["\(path).state"] = Values(
        numbers: (0..<Int(layer.states)).map { Float(c[$0]) * step }, clipped: 0)
    }
    guard layer.kind == SPARROW_LAYER_LINEAR_RECURRENCE.rawValue,
      let stateStep = step("\(path).state"), let readStep = step("\(path).read")
    else { return }
    let states = Int(layer.states)
    let state = memory.state + Int(layer.state)
    places["\(path).state"] = Values(
      numbers: (0..<2 * states).map { Float(state[$0]) * stateStep }, clipped: 0)
    let rectifies = layer.function == SPARROW_ACTIVATION_RELU.rawValue
    let limit = Float(memory.limit) * readStep
    places["\(path).read"] = Values(
      numbers: (0..<2 * states).map {
        guard !rectifies || state[$0 % states] > 0 else { return 0 }
        let rounded = (Float(state[$0]) * stateStep / readStep).rounded() * readStep
        return min(max(rounded, -limit), limit)
      }, clipped: 0)
  }
}

extension sparrow_layer {
  fileprivate var isLSTM: Bool {
    kind == SPARROW_LAYER_RECURRENT.rawValue && cell == SPARROW_CELL_LSTM.rawValue
  }
}
