/// The options of a study's Slurm jobs. What is not given is left to the cluster or estimated.
package struct SlurmOptions: Codable, Sendable, Hashable {
  package var partition: String?
  package var account: String?
  package var qos: String?
  /// The time limit of a run, as sbatch takes it.
  package var time: String?
  /// The memory of a run, as sbatch takes it.
  package var memory: String?
  /// Processors of a run.
  package var cpus: Int?
  /// The greatest number of runs at a time; nil for no limit.
  package var concurrent: Int?
  /// The number of times that a run which was killed is started again.
  package var restarts: Int?
  /// Seconds before the time limit at which a run is told to end.
  package var grace: Int?
  /// Shell lines before the command, as `module load …`.
  package var setup: [String]?
  /// Further options of sbatch, as `--gres=…`.
  package var options: [String]?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case partition, account, qos, time, memory, cpus, concurrent, restarts, grace, setup, options
  }

  package init() {}

  package init(from decoder: any Decoder) throws {
    let values = try decoder.strictContainer(keyedBy: CodingKeys.self)
    partition = try values.decodeIfPresent(String.self, forKey: .partition)
    account = try values.decodeIfPresent(String.self, forKey: .account)
    qos = try values.decodeIfPresent(String.self, forKey: .qos)
    time = try values.decodeIfPresent(String.self, forKey: .time)
    memory = try values.decodeIfPresent(String.self, forKey: .memory)
    cpus = try values.decodeIfPresent(Int.self, forKey: .cpus)
    concurrent = try values.decodeIfPresent(Int.self, forKey: .concurrent)
    restarts = try values.decodeIfPresent(Int.self, forKey: .restarts)
    grace = try values.decodeIfPresent(Int.self, forKey: .grace)
    setup = try values.decodeIfPresent([String].self, forKey: .setup)
    options = try values.decodeIfPresent([String].self, forKey: .options)
  }

  func check() throws(StudyProblem) {
    for (name, count) in [("cpus", cpus), ("concurrent", concurrent)] {
      if let count, count < 1 {
        throw StudyProblem("`slurm.\(name)` is \(count); expected 1 or more")
      }
    }
    for (name, count) in [("restarts", restarts), ("grace", grace)] {
      if let count, count < 0 {
        throw StudyProblem("`slurm.\(name)` is \(count); expected 0 or more")
      }
    }
    let words = [partition, account, qos, time, memory].compactMap { $0 } + (options ?? [])
    if let word = words.first(where: { $0.contains(where: \.isNewline) }) {
      throw StudyProblem("`slurm` has \"\(word)\", which is no line")
    }
  }
}
