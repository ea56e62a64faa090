// Runs a GRU over lines of numbers, as a sensor gives them, one line out for each line in:
//
//   printf '0.1 0.2 0.3\n0.2 0.1 0.0\n' | SensorStream gru.safetensors state.bin
//
// Without a model file at that path, one with random weights is written there first. Where there is
// a state file, the stream goes on from it: what a program learnt of its sensor survives a restart.

import Foundation
import Sparrow

/// A GRU of 16 units over three sensors, and a dense layer that gives one number.
func makeNetwork() throws -> Network {
  let layers: [Layer] = [
    .recurrent(RecurrentLayer(.gru(), units: 16)), .dense(DenseLayer(outputs: 1)),
  ]
  let shapes = [
    "layers.0.inputWeight": [48, 3], "layers.0.recurrentWeight": [48, 16],
    "layers.0.inputBias": [48], "layers.0.recurrentBias": [48],
    "layers.1.weight": [1, 16], "layers.1.bias": [1],
  ]
  return try Network(
    inputWidth: 3, layers: layers,
    parameters: shapes.mapValues { shape in
      let count = shape.reduce(1, *)
      return Tensor(shape: shape, values: (0..<count).map { _ in .random(in: -0.3...0.3) })
    })
}

guard CommandLine.arguments.count == 3 else { fatalError("usage: SensorStream MODEL STATE") }
let model = URL(fileURLWithPath: CommandLine.arguments[1])
let stateFile = URL(fileURLWithPath: CommandLine.arguments[2])
if !FileManager.default.fileExists(atPath: model.path) {
  try Data(makeNetwork().modelFile()).write(to: model)
}
let plan = Plan(try Network(modelFile: [UInt8](Data(contentsOf: model))))
var stream = NetworkStream(plan)
if let bytes = try? Data(contentsOf: stateFile) {
  stream.state = try StreamState(decoding: [UInt8](bytes), for: plan)
}

var output = [Float](repeating: 0, count: plan.outputWidth)
while let line = readLine() {
  let frame = line.split(separator: " ").compactMap { Float($0) }
  guard frame.count == plan.inputWidth else { fatalError("expected \(plan.inputWidth) numbers") }
  var result = output.mutableSpan
  stream.step(frame.span, into: &result)
  print(output.map { "\($0)" }.joined(separator: " "))
}
try Data(stream.state.encode()).write(to: stateFile, options: .atomic)
