// Simulated numbers beside the published ones, and what parameters do to them.
extension SharpExperiments {
  /// Mean speed-ups over ASIC, FPGA and GPU.
  struct SpeedUps {
    var asic: Double
    var fpga: Double
    var gpu: Double
  }

  private mutating func speedUps(
    over workloads: [Workload], changing change: (ChipFile) -> ChipFile = { $0 }
  ) throws(ChipError) -> SpeedUps {
    var asic: [Double] = []
    var fpga: [Double] = []
    var gpu: [Double] = []
    for workload in workloads {
      let result = try compare(workload, changing: change)
      asic.append(result.asic.seconds / result.sharp.seconds)
      if let own = result.fpga { fpga.append(own.seconds / result.sharp.seconds) }
      gpu.append(result.gpu.seconds / result.sharp.seconds)
    }
    return SpeedUps(
      asic: geometricMean(asic), fpga: geometricMean(fpga), gpu: geometricMean(gpu))
  }

  mutating func summary() throws(ChipError) -> ResultTable {
    let sets: [(String, [Workload])] = [
      ("the four networks", PaperWorkloads.networks),
      ("LSTM layers of 128 to 1024", PaperWorkloads.sweepSizes.map(PaperWorkloads.sweep)),
      ("DeepBench", PaperWorkloads.deepBench.map(\.workload)),
    ]
    var rows: [[String]] = []
    for (name, workloads) in sets {
      let own = try speedUps(over: workloads)
      rows.append([
        name, Digits.ratio(own.asic), Digits.ratio(own.fpga), Digits.ratio(own.gpu),
      ])
    }
    rows.append(["published, average", "2×", "2.8×", "82×"])
    return ResultTable(
      title: "SHARP over its rivals: simulated and published",
      note:
        "Geometric means of simulated speed-ups at 64 K multipliers, weights on the chip; "
        + "published: abstract of arXiv 1911.01258 v3. Which networks and sizes the published "
        + "averages are over is not known.",
      heading: ["workloads", "over ASIC", "over FPGA", "over GPU"], rows: rows)
  }

  mutating func sensitivity(
    _ progress: (Double) -> Void
  ) throws(ChipError) -> ResultTable {
    let workloads = PaperWorkloads.networks
    let base = try speedUps(over: workloads)
    let files = ["sharp", "epur", "brainwave", "titan-v"]
    var names: [(name: String, kinds: Set<ChipParameter.Kind>)] = []
    for name in files {
      for (parameter, value) in try ChipFile.named(name).parameters {
        guard value.kind != .published else { continue }
        if let known = names.firstIndex(where: { $0.name == parameter }) {
          names[known].kinds.insert(value.kind)
        } else {
          names.append((parameter, [value.kind]))
        }
      }
    }
    names.sort { $0.name < $1.name }
    var rows: [[String]] = []
    var still: [String] = []
    for (index, entry) in names.enumerated() {
      progress(Double(index) / Double(names.count))
      var cells: [String] = []
      var moves = false
      for factor in [0.5, 2] {
        let change: (ChipFile) -> ChipFile = { file in
          guard let old = file.parameters[entry.name]?.values,
            let changed = try? file.setting(entry.name, to: old.map { $0 * factor }),
            (try? Chip(changed)) != nil
          else { return file }
          return changed
        }
        guard let own = try? speedUps(over: workloads, changing: change) else {
          cells.append("does not fit")
          moves = true
          continue
        }
        cells.append(
          [own.asic, own.fpga, own.gpu].map(Digits.text).joined(separator: " / "))
        for (before, after) in [(base.asic, own.asic), (base.fpga, own.fpga), (base.gpu, own.gpu)]
        where abs(after / before - 1) > 0.02 {
          moves = true
        }
      }
      let kinds = entry.kinds.map(\.rawValue).sorted().joined(separator: ", ")
      if moves {
        rows.append(["\(entry.name) (\(kinds))"] + cells)
      } else {
        still.append(entry.name)
      }
    }
    let unchanged = [base.asic, base.fpga, base.gpu].map(Digits.text).joined(separator: " / ")
    return ResultTable(
      title: "SHARP over its rivals: sensitivity",
      note:
        "Geometric means over the four networks, over ASIC / FPGA / GPU, with a parameter that is "
        + "recalled or assumed halved and doubled, on every chip that has it; \(unchanged) as "
        + "it is. A value that a chip cannot have leaves that chip as it is. Less than 2 % come "
        + "from: "
        + still.joined(separator: ", ") + ".",
      heading: ["parameter", "halved", "doubled"], rows: rows)
  }
}
