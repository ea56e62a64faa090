import Foundation
import Sparrow
import TestSupport
import Testing

/// Networks on frames of numbers: `run`, `prune`, and `quantize --frames`.
@Suite struct RunCommandTests {
  let folder: TemporaryFolder
  let network: Network
  let path: String
  private let frames: [Float]

  init() throws {
    folder = try TemporaryFolder()
    var numbers = TestNumbers(seed: 3)
    func tensor(_ shape: Int...) -> Tensor {
      Tensor(shape: shape, values: numbers.floats(shape.reduce(1, *)).map { 0.3 * $0 })
    }
    network = try Network(
      inputWidth: 6,
      layers: [.recurrent(RecurrentLayer(.gru(), units: 20)), .dense(DenseLayer(outputs: 4))],
      parameters: [
        "layers.0.inputWeight": tensor(60, 6), "layers.0.inputBias": tensor(60),
        "layers.0.recurrentWeight": tensor(60, 20), "layers.0.recurrentBias": tensor(60),
        "layers.1.weight": tensor(4, 20), "layers.1.bias": tensor(4),
      ])
    frames = numbers.floats(2 * 50 * 6)
    path = try folder.write(Data(network.modelFile()), to: "model.safetensors")
  }

  /// An array as NumPy writes it, by its documentation.
  private func npy(_ type: String, _ shape: String, _ elements: Data, version: UInt8 = 1) -> Data {
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    while (header.utf8.count + (version == 1 ? 11 : 13)) % 64 != 0 { header += " " }
    header += "\n"
    var data = Data([0x93]) + Data("NUMPY".utf8) + Data([version, 0])
    let length = header.utf8.count
    data.append(contentsOf: [UInt8(length & 255), UInt8(length >> 8)])
    if version > 1 { data.append(contentsOf: [0, 0]) }
    return data + Data(header.utf8) + elements
  }

  private func bytes(_ values: [Float]) -> Data {
    values.withUnsafeBytes { Data($0) }
  }

  private func run(_ network: Network, _ frames: ArraySlice<Float>) -> [Float] {
    var stream = NetworkStream(Plan(network))
    var output = [Float](
      repeating: 0, count: frames.count / network.inputWidth * network.outputWidth)
    var span = output.mutableSpan
    stream.run(frames.span, into: &span)
    return output
  }

  private func expected(_ network: Network, sequences: Int) -> [Float] {
    let length = frames.count / sequences
    return (0..<sequences).flatMap { run(network, frames[$0 * length..<($0 + 1) * length]) }
  }

  /// The values of an output file, behind the header.
  private func read(_ name: String, count: Int) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder[name]))
    #expect((data.count - 4 * count) % 64 == 0)
    return data.suffix(4 * count).withUnsafeBytes { bytes in
      (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }

  @Test func sequencesAreIndependent() throws {
    for (shape, sequences) in [("(100, 6)", 1), ("(2, 50, 6)", 2)] {
      let input = try folder.write(npy("<f4", shape, bytes(frames)), to: "in.npy")
      let result = try Command.run(["run", path, input, "-o", folder["out.npy"], "--json"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(try read("out.npy", count: 400) == expected(network, sequences: sequences))
      #expect(
        try result.json()["shape"] as? [Int] == (sequences == 1 ? [100, 4] : [2, 50, 4]))
    }
  }

  @Test func everyTypeOfElement() throws {
    let integers = frames.map { ($0 * 20).rounded() }
    let expected = run(network, integers[...])
    let doubles = integers.map(Double.init).withUnsafeBytes { Data($0) }
    let swapped = integers.map(\.bitPattern.bigEndian).withUnsafeBytes { Data($0) }
    let shorts = integers.map { Int16($0) }.withUnsafeBytes { Data($0) }
    let bytes = integers.map { Int8($0) }.withUnsafeBytes { Data($0) }
    let longs = integers.map { Int64($0) }.withUnsafeBytes { Data($0) }
    for (type, data) in [
      ("<f8", doubles), (">f4", swapped), ("<i2", shorts), ("|i1", bytes), ("<i8", longs),
    ] {
      let input = try folder.write(npy(type, "(100, 6)", data, version: 2), to: "in.npy")
      let result = try Command.run(["run", path, input, "-o", folder["out.npy"]])
      #expect(result.status == 0, "\(type): \(result.errors)")
      #expect(try read("out.npy", count: 400) == expected, "\(type)")
    }
  }

  @Test func safetensorsAndPipes() throws {
    let tensor = Tensor(shape: [100, 6], values: frames)
    let file = SafeTensors(tensors: ["a": tensor, "b": Tensor(shape: [2], values: [1, 2])])
    let input = try folder.write(Data(file.encode()), to: "in.safetensors")
    let output = folder["out.safetensors"]
    let result = try Command.run(["run", path, input, "--tensor", "a", "-o", output])
    #expect(result.status == 0, "\(result.errors)")
    let written = try SafeTensors(bytes: [UInt8](Data(contentsOf: URL(fileURLWithPath: output))))
    #expect(written.tensors["output"]?.values == expected(network, sequences: 1))
    #expect(written.tensors["output"]?.shape == [100, 4])

    let piped = try Command.run(["run", path, "-"], input: bytes(frames))
    #expect(piped.status == 0, "\(piped.errors)")
    #expect(piped.output == bytes(expected(network, sequences: 1)))
    let cut = try Command.run(["run", path, "-"], input: bytes(frames).dropLast(3))
    #expect(cut.status != 0 && cut.onlyErrorLine?.contains("within a frame") == true)
  }

  @Test func badArrays() throws {
    func refusal(_ data: Data, _ options: [String] = []) throws -> String {
      let input = try folder.write(data, to: "bad.npy")
      let result = try Command.run(["run", path, input, "-o", folder["none.npy"]] + options)
      #expect(result.status != 0 && !FileManager.default.fileExists(atPath: folder["none.npy"]))
      return try #require(result.onlyErrorLine)
    }
    let good = bytes(frames)
    #expect(try refusal(npy("<f4", "(60, 10)", good)).contains("[frames, 6]"))
    #expect(try refusal(npy("<f4", "(600,)", good)).contains("[600]"))
    #expect(try refusal(npy("<f4", "(101, 6)", good)).contains("[101, 6]"))
    #expect(try refusal(npy("<c8", "(50, 6)", good)).contains("<c8"))
    #expect(try refusal(npy("<f4", "(4611686018427387904, 6)", good)).contains("bytes"))
    #expect(try refusal(npy("<f4", "(100, 6)", good).prefix(50)).contains("cut off"))
    #expect(try refusal(Data("neither".utf8)).contains("neither"))
    let columns = Data(
      String(decoding: npy("<f4", "(100, 6)", Data()).dropFirst(), as: UTF8.self)
        .replacingOccurrences(of: "False", with: "True ").utf8)
    #expect(try refusal(Data([0x93]) + columns + good).contains("Fortran"))
    var broken = frames
    broken[13] = .nan
    #expect(try refusal(npy("<f4", "(100, 6)", bytes(broken))).contains("[2, 1] is nan"))
    #expect(try refusal(npy("<f4", "(100, 6)", good), ["--tensor", "a"]).contains("tensors"))
  }

  /// A network that fixed point has a form for.
  private func pointwise() throws -> Network {
    var numbers = TestNumbers(seed: 8)
    func tensor(_ shape: [Int]) -> Tensor {
      Tensor(shape: shape, values: numbers.floats(shape.reduce(1, *)))
    }
    return try Network(
      inputWidth: 6,
      layers: [
        .dense(DenseLayer(outputs: 12)), .activation(.relu), .dense(DenseLayer(outputs: 3)),
      ],
      parameters: [
        "layers.0.weight": tensor([12, 6]), "layers.0.bias": tensor([12]),
        "layers.2.weight": tensor([3, 12]), "layers.2.bias": tensor([3]),
      ])
  }

  @Test func quantizesOnFrames() throws {
    let model = try folder.write(Data(pointwise().modelFile()), to: "dense.safetensors")
    let input = try folder.write(npy("<f4", "(2, 50, 6)", bytes(frames)), to: "in.npy")
    let output = folder["fixed.safetensors"]
    let result = try Command.run(["quantize", model, "--frames", input, "-o", output, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(try result.json()["frames"] as? Int == 100)
    let run = try Command.run(["run", output, input, "-o", folder["out.npy"]])
    #expect(run.status == 0, "\(run.errors)")
    let exact = try expected(pointwise(), sequences: 1)
    let errors = try zip(read("out.npy", count: 300), exact).map { abs($0 - $1) }
    #expect(try #require(errors.max()) < 0.02 * (exact.map(abs).max() ?? 0))
    let without = try Command.run(["quantize", model, "--data", folder.path, "-o", output])
    #expect(without.status != 0 && without.onlyErrorLine?.contains("--frames") == true)
    let both = try Command.run(
      ["quantize", model, "--frames", input, "--data", folder.path, "-o", output])
    #expect(both.status != 0 && both.errors.contains("exclude"))
  }

  @Test func prunes() throws {
    let output = folder["pruned.safetensors"]
    let result = try Command.run(
      ["prune", path, "--sparsity", "0.5", "--distribution", "global", "-o", output, "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let pruned = try Network(modelFile: [UInt8](Data(contentsOf: URL(fileURLWithPath: output))))
    // The largest half of all weights of matrices, and everything else, stay.
    var (kept, lost, count) = (Float.infinity, Float(0), 0)
    for parameter in network.parameterDescriptions {
      for (before, after) in zip(network[parameter.name].values, pruned[parameter.name].values) {
        #expect(after == before || (after == 0 && parameter.role == .weight))
        guard parameter.role == .weight else { continue }
        count += after == 0 ? 1 : 0
        if after == 0 { lost = max(lost, abs(before)) } else { kept = min(kept, abs(before)) }
      }
    }
    #expect(lost <= kept)
    let weights = network.matrixDescriptions.reduce(0) { $0 + $1.count }
    #expect(count == weights / 2)
    let wrong = try Command.run(["prune", path, "--exclude", "none", "-o", output])
    #expect(wrong.status != 0 && wrong.errors.contains("no matrix"))
    let much = try Command.run(["prune", path, "--sparsity", "1", "-o", output])
    #expect(much.status != 0)
  }
}
