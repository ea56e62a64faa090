import Foundation
import Sparrow
import SparrowModels
import TestSupport
import Testing

/// Aligned as images want it.
private final class ImageMemory {
  let bytes: UnsafeRawBufferPointer

  init(_ image: Data) {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: image.count, alignment: Plan.imageAlignment)
    memory.copyBytes(from: image)
    bytes = UnsafeRawBufferPointer(memory)
  }

  deinit { bytes.deallocate() }
}

@Suite struct PackCommandTests {
  let folder: TemporaryFolder
  private var noise: UInt32 = 3

  init() throws { folder = try TemporaryFolder() }

  private mutating func random() -> Float {
    noise = noise &* 1_664_525 &+ 1_013_904_223
    return Float(noise >> 8) / Float(1 << 24) - 0.5
  }

  /// Of which three weights out of four are zero.
  private mutating func network() throws -> Network {
    let layers = Layer.s5(width: 24, states: 16, blocks: 2, outputs: 9, relufied: true)
    var parameters: [String: Tensor] = [:]
    for (layer, path, width) in layers.placed(inputWidth: 11, path: "") {
      for description in layer.parameters(inputWidth: width, path: path) {
        let values = (0..<description.count).map { index in
          let value = random()
          if description.name.hasSuffix("variance") { return Float(1) }
          if description.name.hasSuffix("eigenvalues.real") { return -value.magnitude - 0.01 }
          return description.shape.count == 2 && index % 4 != 0 ? 0 : value
        }
        parameters[description.name] = Tensor(shape: description.shape, values: values)
      }
    }
    return try Network(inputWidth: 11, layers: layers, parameters: parameters)
  }

  private mutating func frames(_ network: Network) -> [Float] {
    (0..<40 * network.inputWidth).map { _ in random() }
  }

  private func run(_ plan: Plan, _ frames: [Float]) -> [UInt32] {
    var stream = NetworkStream(plan)
    let count = frames.count / plan.inputWidth * plan.outputWidth
    var output = [Float](repeating: 0, count: count)
    var span = output.mutableSpan
    stream.run(frames.span, into: &span)
    return output.map(\.bitPattern)
  }

  /// Packs the network by command and runs the image.
  private func expectSameBits(
    _ network: Network, _ frames: [Float], _ set: InstructionSet, arithmetic: String,
    options: [String] = []
  ) throws {
    let model = try folder.write(Data(network.modelFile()), to: "model.safetensors")
    let file = folder["plan.bin"]
    let result = try Command.run(["pack", model, "-o", file, "--json"] + options)
    #expect(result.status == 0, "\(result.errors)")
    let image = try Data(contentsOf: URL(fileURLWithPath: file))
    let memory = ImageMemory(image)
    let plan = try Plan(image: memory.bytes, owner: memory, instructionSet: set)
    let packed = Plan(network, instructionSet: set)
    #expect(run(plan, frames) == run(packed, frames))
    #expect(plan.withImage { $0.elementsEqual(image) })

    let json = try result.json()
    #expect(json["arithmetic"] as? String == arithmetic)
    #expect(json["instruction_set"] as? String == "\(set.name)")
    #expect(json["image_bytes"] as? Int == image.count)
    #expect(json["alignment"] as? Int == 64)
    #expect(json["layers"] as? Int == packed.layerCount)
    #expect(json["state_bytes"] as? Int == 4 * packed.stateCount)
    #expect(json["scratch_bytes"] as? Int == 4 * packed.scratchCount)
    #expect(json["stream_bytes"] as? Int == packed.streamByteCount)
  }

  @Test mutating func anImageGivesTheNetworksBits() throws {
    let network = try network()
    let frames = frames(network)
    try expectSameBits(network, frames, .best, arithmetic: "f32")
    try expectSameBits(
      network, frames, .scalar, arithmetic: "f32", options: ["--instruction-set", "scalar"])
  }

  @Test mutating func anImageInFixedPoint() throws {
    let network = try network()
    let frames = frames(network)
    var calibration = try Calibration(network)
    calibration.add(frames)
    let quantized = try calibration.quantized(.w8a16)
    try expectSameBits(quantized, frames, .best, arithmetic: "w8a16")
  }

  @Test func unwritableOutputs() throws {
    let result = try Command.run(["pack", "-o", folder["no/such/folder/plan.bin"]])
    #expect(result.status != 0)
    #expect(result.onlyErrorLine?.contains("no/such/folder") == true, "\(result.errors)")
    let taken = try Command.run(["pack", "-o", folder.path])
    #expect(taken.status != 0)
    #expect(taken.onlyErrorLine?.contains(folder.path) == true, "\(taken.errors)")
    #expect(folder.files.isEmpty)
  }

  @Test func otherInstructionSets() throws {
    let unknown = try Command.run(
      ["pack", "-o", folder["plan.bin"], "--instruction-set", "mmx"])
    #expect(unknown.status != 0)
    #expect(unknown.errors.contains("scalar, wasm, neon, neon_i8mm, avx2, avx512"))
    #expect(folder.files.isEmpty)
  }

  /// Any machine packs for any other, and kernels that this one has run it to the bit: plain C,
  /// except where pairs of activations are multiplied.
  @Test(arguments: InstructionSet.all) func everyInstructionSet(_ set: InstructionSet) throws {
    let result = try Command.run(
      ["pack", "-o", folder["plan.bin"], "--instruction-set", "\(set.name)"])
    let text = String(decoding: result.output, as: UTF8.self)
    #expect(result.status == 0 && text.contains("for \(set.name)"))
    let memory = ImageMemory(try Data(contentsOf: URL(fileURLWithPath: folder["plan.bin"])))
    if set == .avx2 || set == .wasm {
      #expect(throws: PlanError.invalidLayer(0)) {
        try Plan(image: memory.bytes, owner: memory, instructionSet: .scalar)
      }
      guard InstructionSet.avx2.isSupported else {
        #expect(throws: PlanError.otherInstructionSet) {
          try Plan(image: memory.bytes, owner: memory)
        }
        return
      }
    } else {
      let plain = try Plan(image: memory.bytes, owner: memory, instructionSet: .scalar)
      expectSteps(of: plain)
    }
    expectSteps(of: try Plan(image: memory.bytes, owner: memory))
  }

  /// Whether a plan of the embedded denoiser steps as the one of this processor does.
  private func expectSteps(of plan: Plan) {
    var packed = NetworkStream(plan)
    var own = NetworkStream(Plan(EmbeddedModel.denoiser.network))
    let width = own.plan.inputWidth
    for step in 0..<20 {
      let frame = (0..<width).map { Float(sin(Double($0 * step + 1))) }
      var (one, other) = ([Float](repeating: 0, count: width), [Float](repeating: 1, count: width))
      var span = one.mutableSpan
      packed.step(frame.span, into: &span)
      var otherSpan = other.mutableSpan
      own.step(frame.span, into: &otherSpan)
      #expect(one == other)
    }
  }

  /// Processors with AVX-512 get other matrix formats by their makers, and compute the same.
  @Test func makersOfProcessors() throws {
    let images = try ["amd", "intel"].map { maker in
      let result = try Command.run(["pack", "-o", folder["\(maker).bin"], "--processor", maker])
      #expect(result.status == 0, "\(result.errors)")
      return try Data(contentsOf: URL(fileURLWithPath: folder["\(maker).bin"]))
    }
    // Intel's windows are narrower, and rows wait longer for each other.
    #expect(images[0].count < images[1].count)
    for image in images {
      let memory = ImageMemory(image)
      expectSteps(of: try Plan(image: memory.bytes, owner: memory))
    }
  }

  @Test func microcontrollers() throws {
    func imageBytes(_ options: [String]) throws -> Int {
      let result = try Command.run(["pack", "-o", folder["plan.bin"], "--json"] + options)
      #expect(result.status == 0, "\(result.errors)")
      return try #require(result.json()["image_bytes"] as? Int)
    }
    let small = try imageBytes(["--processor", "cortex-m"])
    #expect(try small < imageBytes(["--instruction-set", "scalar"]))
    // Four fifths of what lookups took in plain C before long rows were split.
    #expect(small < 273_664)
    let unknown = try Command.run(["pack", "-o", folder["no.bin"], "--processor", "z80"])
    #expect(unknown.status != 0 && unknown.errors.contains("expected cortex-m, amd, intel"))
    let other = try Command.run(
      ["pack", "-o", folder["no.bin"], "--processor", "cortex-m", "--instruction-set", "avx2"])
    #expect(other.status != 0 && other.errors.contains("has the instruction set scalar"))
  }
}
