/// Seconds that a simulation may take, as they are estimated before it begins: a file of a few
/// bytes may ask for any number of steps.
enum SimulationBudget {
  /// The default, in seconds on one core of a current processor.
  static let seconds = 60.0

  /// Refuses a simulation that would take longer than it may.
  ///
  /// - Throws: ``ChipError/workload(_:)`` with both times.
  static func check(
    _ estimate: Double, for workload: Workload, budget: Double = seconds
  ) throws(ChipError) {
    guard estimate <= budget else {
      throw .workload(
        "\(workload.steps) steps of \(workload.name) would take about "
          + "\(Int(min(estimate, 1e15).rounded())) s to simulate; "
          + "at most \(Int(budget)) s are allowed: take fewer steps")
    }
  }
}
