import SparrowHardware

// Simulated beside published numbers, and their sensitivity to parameters.
extension SharpExperiments {
  /// Mean speed-ups over ASIC, FPGA and GPU.
  struct SpeedUps {
    var asic: Double
    var fpga: Double
    var gpu: Double
    /// Operations a joule of SHARP, in billions.
    var efficiency: Double

    var text: String { [asic, fpga, gpu].map(Digits.text).joined(separator: " / ") }

    func differs(from other: SpeedUps) -> Bool {
      [asic / other.asic, fpga / other.fpga, gpu / other.gpu].contains { abs($0 - 1) > 0.02 }
    }
  }

  private mutating func speedUps(
    over workloads: [Workload], multipliers: Int = 65536,
    changing change: (ChipFile) throws(ChipError) -> ChipFile = { $0 }
  ) throws(ChipError) -> SpeedUps {
    var asic: [Double] = []
    var fpga: [Double] = []
    var gpu: [Double] = []
    var efficiency: [Double] = []
    for workload in workloads {
      let result = try compare(workload, multipliers: multipliers, changing: change)
      asic.append(result.asic.seconds / result.sharp.seconds)
      if let own = result.fpga { fpga.append(own.seconds / result.sharp.seconds) }
      gpu.append(result.gpu.seconds / result.sharp.seconds)
      efficiency.append(result.sharp.gigaoperationsPerWatt)
    }
    return SpeedUps(
      asic: geometricMean(asic), fpga: geometricMean(fpga), gpu: geometricMean(gpu),
      efficiency: geometricMean(efficiency))
  }

  mutating func summary() throws(ChipError) -> ResultTable {
    let sets: [(String, [Workload], [Int])] = [
      ("the four networks", PaperWorkloads.networks, PaperWorkloads.multipliers),
      ("LSTM layers of 128 to 1024", PaperWorkloads.sweepSizes.map(PaperWorkloads.sweep), [65536]),
      ("DeepBench", PaperWorkloads.deepBench.map(\.workload), [65536]),
    ]
    var rows: [[String]] = []
    for (name, workloads, sizes) in sets {
      for multipliers in sizes {
        let own = try speedUps(over: workloads, multipliers: multipliers)
        rows.append(
          [name, "\(multipliers / 1024) K"]
            + [own.asic, own.fpga, own.gpu].map(Digits.ratio) + [Digits.text(own.efficiency)])
      }
    }
    rows.append(["published, average", "", "2×", "2.8×", "82×", "321"])
    return ResultTable(
      title: "SHARP over its rivals: simulated and published",
      note:
        "Geometric means of simulated speed-ups, weights on the chip; the ASIC has as many "
        + "multipliers, FPGA and GPU are as built. Published: abstract of arXiv 1911.01258 v3; "
        + "which networks and sizes its averages are over, and whether its operations count a "
        + "multiply-accumulate as one or as two (as here), is not known.",
      heading: [
        "workloads", "multipliers", "over ASIC", "over FPGA", "over GPU", "GFLOPS/W",
      ], rows: rows)
  }

  /// Chips that share a process have a parameter changed together.
  private static let groups = [["sharp", "epur"], ["brainwave"], ["titan-v"]]

  mutating func sensitivity(
    _ progress: (Double) -> Void
  ) throws(ChipError) -> ResultTable {
    let workloads = PaperWorkloads.networks
    let base = try speedUps(over: workloads)
    var rows: [[String]] = []
    var still: [String] = []
    for (index, group) in Self.groups.enumerated() {
      var kinds: [String: ChipParameter.Kind] = [:]
      for name in group {
        for (parameter, value) in try ChipFile.named(name).parameters
        where value.kind != .published { kinds[parameter] = value.kind }
      }
      for (place, entry) in kinds.sorted(by: { $0.key < $1.key }).enumerated() {
        progress(
          (Double(index) + Double(place) / Double(kinds.count)) / Double(Self.groups.count))
        var cells: [String] = []
        var moves = false
        for factor in [0.5, 2] {
          do throws(ChipError) {
            let own = try speedUps(over: workloads) { file throws(ChipError) in
              guard group.contains(file.name), let old = file.parameters[entry.key] else {
                return file
              }
              return try file.setting(entry.key, to: old.values.map { $0 * factor })
            }
            cells.append(own.text)
            if own.differs(from: base) { moves = true }
          } catch {
            cells.append("not possible")
          }
        }
        if moves {
          rows.append(
            ["\(group.joined(separator: ", ")): \(entry.key) (\(entry.value.rawValue))"] + cells)
        } else {
          still.append(entry.key)
        }
      }
    }
    return ResultTable(
      title: "SHARP over its rivals: sensitivity",
      note:
        "Geometric means over the four networks at 64 K multipliers, over ASIC / FPGA / GPU, "
        + "with a parameter that is recalled or assumed halved and doubled; \(base.text) as it is. "
        + "Less than 2 % come from: " + Set(still).sorted().joined(separator: ", ") + ".",
      heading: ["parameter", "halved", "doubled"], rows: rows)
  }
}
