import Foundation
import SparrowCore
import TestSupport
import Testing

@testable import Sparrow

/// The shipped network over long sequences, and a fixture that other implementations can check
/// themselves with.
struct FixedPointLongRunTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  /// Frames by turns ordinary, silent, loud, beyond every range, alternating, and not numbers at
  /// all.
  private static func frames(_ count: Int, width: Int) -> [Float] {
    var numbers = TestNumbers(seed: 3)
    var frames: [Float] = []
    frames.reserveCapacity(count * width)
    for step in 0..<count {
      switch step / 50 % 8 {
      case 0, 4: frames += numbers.floats(width, in: 0...2)
      case 1: frames += [Float](repeating: 0, count: width)
      case 2: frames += numbers.floats(width, in: 0...60)
      case 3: frames += numbers.floats(width, in: -1e6...1e6)
      case 5: frames += (0..<width).map { ($0 + step) % 2 == 0 ? 63 : -63 }
      case 6: frames += [Float](repeating: step % 2 == 0 ? .infinity : .nan, count: width)
      default: frames += numbers.sparseFloats(width, density: 0.1)
      }
    }
    return frames
  }

  private static func run(_ plan: Plan, _ frames: [Float]) -> (output: [Float], clipped: Int) {
    let width = plan.inputWidth
    var stream = NetworkStream(plan)
    var count = OperationCount(plan)
    var outputs: [Float] = []
    var output = [Float](repeating: 0, count: plan.outputWidth)
    for start in stride(from: 0, to: frames.count, by: width) {
      var span = output.mutableSpan
      stream.step(frames.span.extracting(start..<start + width), into: &span, counting: &count)
      outputs += output
    }
    return (outputs, count.saturations)
  }

  /// SPARROW_TEST_FRAMES makes it longer: 75000 are ten minutes.
  @Test func shippedNetworkIsTheSameOnEveryInstructionSet() throws {
    let file = Self.root.appendingPathComponent("../../Models/denoiser.safetensors")
    let network = try Network(modelFile: [UInt8](try Data(contentsOf: file)))
    #expect(network.quantization?.scheme == .w8a16)
    let length = ProcessInfo.processInfo.environment["SPARROW_TEST_FRAMES"].flatMap(Int.init)
    let frames = Self.frames(length ?? 1200, width: network.inputWidth)
    let results = InstructionSet.supported.map {
      Self.run(Plan(network, format: nil, ordersUnits: $0 == .best, instructionSet: $0), frames)
    }
    for result in results.dropFirst() {
      #expect(result.output == results[0].output)
      #expect(result.clipped == results[0].clipped)
    }
    #expect(results[0].clipped > 0, "the loudest frames have no room")
    let isFinite = results[0].output.allSatisfy { $0.isFinite }
    #expect(isFinite)
  }

  /// `Fixtures/fixed_point.safetensors` has a network; `fixed_point_frames.safetensors` 64 frames
  /// of integers, `input`, and what the network makes of them, `output`.
  @Test(arguments: InstructionSet.supported)
  func fixture(_ set: InstructionSet) throws {
    let folder = Self.root.appendingPathComponent("Fixtures")
    func read(_ name: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }
    let network = try Network(modelFile: try read("fixed_point.safetensors"))
    let frames = try SafeTensors(bytes: try read("fixed_point_frames.safetensors")).tensors
    let input = try #require(frames["input"])
    let expected = try #require(frames["output"])
    #expect(input.shape[0] == 64 && expected.shape[0] == 64)
    let output = Self.run(
      Plan(network, instructionSet: set), integers: input.values.map(Int16.init))
    #expect(output.map(Float.init) == expected.values)
  }

  private static func run(_ plan: Plan, integers: [Int16]) -> [Int16] {
    let width = plan.inputWidth
    var stream = NetworkStream(plan)
    var outputs: [Int16] = []
    var output = [Int16](repeating: 0, count: plan.outputWidth)
    for start in stride(from: 0, to: integers.count, by: width) {
      var span = output.mutableSpan
      stream.step(integers.span.extracting(start..<start + width), into: &span)
      outputs += output
    }
    return outputs
  }

  /// Makes the fixture again, by the golden model, where SPARROW_WRITE_FIXTURES is set.
  /// `fixed_point_version3.safetensors` holds the same network, written by an older version.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["SPARROW_WRITE_FIXTURES"] != nil))
  func writeFixture() throws {
    let small = SmallNetwork(
      testDescription: "", inputWidth: 24,
      layers: Layer.s5(width: 32, states: 20, blocks: 2, outputs: 24, relufied: true), density: 0.3)
    let network = try FixedPointTests.quantized(small, .w8a16)
    var golden = GoldenNetwork(network)
    var numbers = TestNumbers(seed: 5)
    var input: [Float] = []
    var output: [Float] = []
    for step in 0..<64 {
      let frame = (0..<24).map { _ in Int(numbers.float(in: -1...1) * (step < 48 ? 3000 : 32767)) }
      input += frame.map(Float.init)
      output += golden.step(frame).map(Float.init)
    }
    var frames = SafeTensors(tensors: [
      "input": Tensor(shape: [64, 24], values: input),
      "output": Tensor(shape: [64, 24], values: output),
    ])
    frames.types = ["input": .int16, "output": .int16]
    let folder = Self.root.appendingPathComponent("Fixtures")
    try Data(network.modelFile()).write(
      to: folder.appendingPathComponent("fixed_point.safetensors"))
    try Data(frames.encode()).write(
      to: folder.appendingPathComponent("fixed_point_frames.safetensors"))
  }
}
