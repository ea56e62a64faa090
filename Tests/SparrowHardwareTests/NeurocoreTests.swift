import Sparrow
import SparrowHardware
import SparrowModels
import TestSupport
import Testing

@testable import SparrowHardware

@Suite struct NeurocoreTests {
  @Test func theShippedNetworkGivesTheStreamsBits() throws {
    let network = EmbeddedModel.denoiser.network
    let frames = integerFrames(network, count: 6)
    let (expected, count) = streamed(network, frames)
    for (mode, policy) in [
      (NeurocoreSimulation.Mode.fallThrough, Placement.Policy.fastest),
      (.pipelined, .fewestCores),
    ] {
      var chip = try NeurocoreSimulation(
        network, on: NeurocoreChip(ChipFile.named("loihi2")), mode: mode, policy: policy)
      #expect(chip.run(frames) == expected)
      #expect(chip.counts.matrixSynapses == count.total.effectiveMACs)
      #expect(chip.depth == 11, "encoder, three stages a block, decoder")
      #expect(chip.groups.count == 11)
    }
  }

  @Test(arguments: FixedPointNetwork.all)
  func everyLayerGivesTheStreamsBits(_ network: FixedPointNetwork) throws {
    for scheme in [QuantizationScheme.w8a16, .w8a8] {
      let network = try network.quantized(scheme)
      let frames = integerFrames(network, count: 20)
      let (expected, count) = streamed(network, frames)
      for mode in NeurocoreSimulation.Mode.allCases {
        var chip = try NeurocoreSimulation(
          network, on: NeurocoreChip(ChipFile.named("loihi2")), mode: mode)
        // In two pieces: what the cores remember goes on.
        #expect(chip.run(Array(frames[..<7])) == Array(expected[..<7]))
        #expect(chip.run(Array(frames[7...])) == Array(expected[7...]))
        #expect(chip.counts.matrixSynapses == count.total.effectiveMACs)
      }
    }
  }

  @Test func floatsBecomeTheStreamsIntegers() throws {
    let network = try FixedPointNetwork.all[0].quantized(.w8a16)
    let chip = try NeurocoreSimulation(network, on: NeurocoreChip(ChipFile.named("loihi2")))
    let scale = Float(sign: .plus, exponent: chip.inputExponent, significand: 1)
    let frame: [Float] = [0.5 / scale, 1.5 / scale, -2.5 / scale, .nan, 1e30, -.infinity, 0]
    #expect(chip.integers(frame) == [0, 2, -2, 0, 32767, -32767, 0])
  }

  @Test func pipelinesGiveMoreFramesAndFallThroughLessLatency() throws {
    let network = EmbeddedModel.denoiser.network
    let frames = integerFrames(network, count: 16)
    let file = try ChipFile.named("loihi2")
    var fast = try NeurocoreSimulation(network, on: NeurocoreChip(file), mode: .fallThrough)
    var full = try NeurocoreSimulation(network, on: NeurocoreChip(file), mode: .pipelined)
    _ = fast.run(frames)
    _ = full.run(frames)
    #expect(fast.latency < full.latency)
    #expect(fast.counts.seconds > full.counts.seconds)
    #expect(fast.counts.synapses == full.counts.synapses)
    #expect(fast.counts.timeSteps == 16 * 11)
    #expect(full.counts.timeSteps == 16 + 10)
  }

  @Test func timeAndEnergyAddUp() throws {
    // A core, a dense layer: every number can be counted by hand.
    let network = try FixedPointNetwork.dense(inputs: 3, outputs: 4).quantized(.w8a16)
    let chip = try NeurocoreChip(ChipFile.named("loihi2"))
    var simulation = try NeurocoreSimulation(network, on: chip, policy: .fewestCores)
    let frame = [100, 0, -200]
    let output = simulation.run([frame])[0]
    let weights = network["layers.0.weight"].values
    let synapses = (0..<4).reduce(0) { sum, row in
      sum + (weights[row * 3] != 0 ? 1 : 0) + (weights[row * 3 + 2] != 0 ? 1 : 0)
    }
    let events = output.count { $0 != 0 }
    let counts = simulation.counts
    #expect(counts.synapses == synapses)
    #expect(counts.updates == 4)
    #expect(counts.messages == 2 + events)
    #expect(counts.hops == 0)
    let seconds = Double(synapses) * 3.5e-9 + 4 * 8.4e-9 + 4.65e-7
    #expect(abs(counts.seconds / seconds - 1) < 1e-12)
    let energy = simulation.energy
    #expect(abs(energy[.synapses] / (Double(synapses) * 2.36e-11) - 1) < 1e-12)
    #expect(abs(energy[.neurons] / (4 * 8.1e-11) - 1) < 1e-12)
    #expect(abs(energy[.messages] / (Double(2 + events) * 1.7e-12) - 1) < 1e-12)
    #expect(abs(energy[.staticPower] / (seconds * 0.101) - 1) < 1e-12)
    #expect(energy.total == Energy.Part.allCases.reduce(0) { $0 + energy[$1] })
  }

  @Test func everyNeuronAndSynapseHasOnePlace() throws {
    let network = EmbeddedModel.denoiser.network
    let chip = try NeurocoreChip(ChipFile.named("loihi2"))
    for policy in Placement.Policy.allCases {
      let simulation = try NeurocoreSimulation(network, on: chip, policy: policy)
      var next = Array(repeating: 0, count: simulation.groups.count)
      for core in simulation.placement.cores {
        #expect(core.neurons.lowerBound == next[core.group])
        next[core.group] = core.neurons.upperBound
        #expect(core.synapseBytes <= 131_072)
        #expect(!core.neurons.isEmpty)
      }
      #expect(next == simulation.groups.map(\.count))
      #expect(simulation.coresUsed <= 128)
      let synapses = simulation.groups.reduce(0) { sum, group in
        sum + group.connections.reduce(0) { $0 + ($1.isMatrix ? $1.synapses.count : 0) }
      }
      #expect(
        synapses
          == network.matrixDescriptions.reduce(0) { $0 + network.nonZeroCount(of: $1) })
    }
  }

  @Test func networksThatDoNotFitAreRefused() throws {
    let network = try FixedPointNetwork.all.last!.quantized(.w8a16)
    for (parameter, value, part) in [
      ("cores", 2, "such chips"), ("synapseMemory", 30, "such chips"),
      ("synapseMemory", 4, "synapses of"), ("fanOut", 1, "at most 1"),
      ("inputAxons", 2, "at most 2"), ("neuronsPerCore", 2, "such chips"),
    ] {
      var file = try ChipFile.named("loihi2").setting(parameter, to: Double(value))
      if parameter != "fanOut" {
        file = try file.setting("cores", to: 16)
        if parameter == "cores" { file = try file.setting("cores", to: 2) }
        file = try file.setting("meshColumns", to: 2)
      }
      let chip = try NeurocoreChip(file)
      let text = refusal(network, chip)
      #expect(text.contains(part) && text.contains("loihi2") && !text.contains("\n"), "\(text)")
    }
    let float = try FixedPointNetwork.all[0].network
    let text = refusal(float, try NeurocoreChip(ChipFile.named("loihi2")))
    #expect(text.contains("sparrow quantize"), "\(text)")
  }

  private func refusal(_ network: Network, _ chip: NeurocoreChip) -> String {
    let error = #expect(throws: ChipError.self) {
      _ = try NeurocoreSimulation(network, on: chip)
    }
    return error.map { "\($0)" } ?? ""
  }

  @Test func messagesGoAlongRowsThenColumns() {
    let mesh = Mesh(columns: 4, rows: 3)
    #expect(mesh.path(from: 5, to: 5).isEmpty)
    // East from 0 and 1, then south from 2 and 6.
    #expect(mesh.path(from: 0, to: 10) == [0, 4, 2 * 4 + 2, 6 * 4 + 2])
    // West from 10 and 9 and 8's neighbour, then north.
    #expect(mesh.path(from: 10, to: 0) == [41, 37, 35, 19])
  }
}
