#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Metrics in the text format of Prometheus, version 0.0.4.
struct PrometheusText {
  private(set) var text = ""

  init(_ metrics: Metrics) {
    let networks = metrics.networks.map { (labels: $0.labels, counts: $1) }
      .sorted { $0.labels < $1.labels }
    func samples(_ value: (Metrics.Network) -> Int) -> [(String, String)] {
      networks.map { ("{\($0.labels)}", "\(value($0.counts))") }
    }
    add("connections", "gauge", "Open connections.", samples(\.connections))
    add("capacity", "gauge", "Maximum number of connections.", samples(\.capacity))
    add("accepted_total", "counter", "Connections that were accepted.", samples(\.accepted))
    add(
      "resumed_total", "counter", "Connections that went on from a state.", samples(\.resumed))
    add("states_total", "counter", "States that were sent.", samples(\.states))
    add("samples_in_total", "counter", "Samples that came.", samples(\.samplesIn))
    add("samples_out_total", "counter", "Samples that were sent.", samples(\.samplesOut))
    add("words_total", "counter", "Words that were recognised.", samples(\.words))
    add(
      "refused_total", "counter", "Connections that were refused, by HTTP status.",
      metrics.refused.sorted { $0.key < $1.key }.map { ("{status=\"\($0.key)\"}", "\($0.value)") })
    add(
      "closed_total", "counter", "Connections that ended, by reason.",
      Metrics.Ending.allCases.map {
        ("{reason=\"\($0.rawValue)\"}", "\(metrics.closed[$0] ?? 0)")
      })
    add("requests_total", "counter", "Connections that began.", [("", "\(metrics.requests)")])
    add("rounds_total", "counter", "Steps of a group.", samples(\.rounds))
    add(
      "round_streams_total", "counter", "Hops that were processed; per round, its streams.",
      samples(\.roundStreams))
    add(
      "round_seconds_total", "counter", "Time in rounds.",
      networks.map { ("{\($0.labels)}", seconds($0.counts.roundNanoseconds)) })
    addLatency(networks)
    addProcess()
  }

  private mutating func add(
    _ name: String, _ type: String, _ help: String, _ samples: [(labels: String, value: String)],
    prefix: String = "sparrow_"
  ) {
    text += "# HELP \(prefix)\(name) \(help)\n# TYPE \(prefix)\(name) \(type)\n"
    for sample in samples { text += "\(prefix)\(name)\(sample.labels) \(sample.value)\n" }
  }

  private mutating func addLatency(_ networks: [(labels: String, counts: Metrics.Network)]) {
    let name = "latency_seconds"
    add(name, "histogram", "From a hop's last sample to its output.", [])
    for (labels, counts) in networks {
      var sum = 0
      for (i, count) in counts.latency.counts.enumerated() {
        sum += count
        let bound = i < Histogram.bounds.count ? "\(Histogram.bounds[i] / 1000)" : "+Inf"
        text += "sparrow_\(name)_bucket{\(labels),le=\"\(bound)\"} \(sum)\n"
      }
      text += "sparrow_\(name)_sum{\(labels)} \(seconds(counts.latency.nanoseconds))\n"
      text += "sparrow_\(name)_count{\(labels)} \(sum)\n"
    }
  }

  private mutating func addProcess() {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    add(
      "cpu_seconds_total", "counter", "Processor time of the process.",
      [("", seconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)))],
      prefix: "process_")
    if let memory = Self.residentBytes {
      add(
        "resident_memory_bytes", "gauge", "Memory of the process.", [("", "\(memory)")],
        prefix: "process_")
    }
  }

  /// nil where the system does not say.
  private static var residentBytes: Int? {
    guard let file = fopen("/proc/self/statm", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 128)
    guard fgets(&line, Int32(line.count), file) != nil else { return nil }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return pages.map { $0 * sysconf(Int32(_SC_PAGESIZE)) }
  }

  private func seconds(_ nanoseconds: Int64) -> String { "\(Double(nanoseconds) * 1e-9)" }
}

extension StreamNetwork {
  /// As labels of Prometheus.
  fileprivate var labels: String { "kind=\"\(kind.rawValue)\",rate=\"\(sampleRate)\"" }
}
