import Foundation

/// Runs of a study as processes on this machine.
package final class LocalStudy: @unchecked Sendable {
  private let lock = NSLock()
  private var waiting: [StudyRun]
  private var running: [StudyRun] = []
  private var ended: [(run: StudyRun, outcome: StudyTask.Outcome)] = []
  private let jobs: Int
  private let stop: any StopSignal
  private let makeTask: @Sendable (StudyRun) -> StudyTask

  /// - Parameters:
  ///   - runs: The runs that are not done.
  ///   - jobs: The number of runs at a time.
  ///   - stop: Ends all of them in order.
  ///   - task: Makes the task of a run.
  package init(
    _ runs: [StudyRun], jobs: Int, stop: any StopSignal,
    task: @escaping @Sendable (StudyRun) -> StudyTask
  ) {
    waiting = runs
    self.jobs = jobs
    self.stop = stop
    makeTask = task
  }

  /// Progress of the runs.
  package struct Progress {
    package var running: [StudyRun]
    package var ended: Int
    /// The runs that ended since the last look.
    package var news: [(run: StudyRun, outcome: StudyTask.Outcome)]
  }

  /// Works on all runs; returns how each ended.
  ///
  /// - Parameter look: Called five times a second.
  package func execute(
    _ look: (Progress) -> Void
  ) -> [(run: StudyRun, outcome: StudyTask.Outcome)] {
    let group = DispatchGroup()
    for _ in 0..<min(jobs, max(waiting.count, 1)) {
      group.enter()
      let thread = Thread { [self] in
        while let run = next() {
          let outcome = makeTask(run).execute()
          lock.withLock {
            running.removeAll { $0.id == run.id }
            ended.append((run, outcome))
          }
        }
        group.leave()
      }
      thread.start()
    }
    var told = 0
    var isOver = false
    while !isOver {
      isOver = group.wait(timeout: .now() + 0.2) == .success
      // Copies: the thread sanitizer reports a data race for an array whose buffer is shared, as it
      // does not see reference counts.
      let progress = lock.withLock {
        defer { told = ended.count }
        return Progress(
          running: running.map { $0 }, ended: ended.count, news: ended[told...].map { $0 })
      }
      look(progress)
    }
    return ended
  }

  private func next() -> StudyRun? {
    lock.withLock {
      guard !stop.isRequested, !waiting.isEmpty else { return nil }
      let run = waiting.removeFirst()
      running.append(run)
      return run
    }
  }
}
