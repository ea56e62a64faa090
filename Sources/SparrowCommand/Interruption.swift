import Foundation
import SparrowReports

/// A request to end, by SIGTERM or Ctrl-C. A second Ctrl-C ends the program at once.
enum Interruption {
  // Written by the signal handler alone, which can do no more than this.
  nonisolated(unsafe) private static var flag: sig_atomic_t = 0

  /// Whether a signal came since ``handle()``.
  static var isRequested: Bool { flag != 0 }

  /// Whether the study that started this training has ended, without having had the time to tell.
  static var isOrphaned: Bool { parent.map { getppid() != $0 } ?? false }

  private static let parent = ProcessInfo.processInfo.environment[StudyProcess.parentVariable]
    .flatMap { pid_t($0) }

  /// Takes SIGTERM and SIGINT as requests to end in order.
  static func handle() {
    signal(SIGTERM) { _ in Interruption.flag = 1 }
    signal(SIGINT) { _ in
      Interruption.flag = 1
      signal(SIGINT, SIG_DFL)
    }
    // A program that was started by a thread which blocks signals inherits that.
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    sigaddset(&set, SIGINT)
    sigprocmask(SIG_UNBLOCK, &set, nil)
  }

  /// The request as work in the background sees it.
  struct Signal: StopSignal {
    var isRequested: Bool { Interruption.isRequested }
  }
}
