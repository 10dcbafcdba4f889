import Foundation
import Synchronization

/// Counters and gauges in Prometheus' text format (version 0.0.4).
public final class WebMetrics: Sendable {
  /// A value read when someone looks.
  public struct Gauge: Sendable {
    public var name: String
    public var help: String
    public var read: @Sendable () async -> Double?

    /// - Parameter read: nil leaves the gauge out this time.
    public init(name: String, help: String, read: @escaping @Sendable () async -> Double?) {
      self.name = name
      self.help = help
      self.read = read
    }
  }

  private struct State {
    var requests: [String: Int] = [:]
    var seconds = 0.0
    var gauges: [Gauge] = []
  }

  private let state = Mutex(State())

  public init() {}

  public func register(_ gauge: Gauge) { state.withLock { $0.gauges.append(gauge) } }

  func count(status: Int, duration: Duration) {
    let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    state.withLock {
      $0.requests["\(status / 100)xx", default: 0] += 1
      $0.seconds += seconds
    }
  }

  func text() async -> String {
    let state = state.withLock { $0 }
    var lines = ["# HELP http_requests_total Requests answered, by class of status.", "# TYPE http_requests_total counter"]
    lines += state.requests.sorted { $0.key < $1.key }.map { "http_requests_total{status=\"\($0.key)\"} \($0.value)" }
    lines += ["# HELP http_request_seconds_total Time spent on answers.", "# TYPE http_request_seconds_total counter"]
    lines.append("http_request_seconds_total \(state.seconds)")
    let memory = Gauge(name: "process_resident_memory_bytes", help: "Resident memory.") { WebMetrics.residentMemory().map(Double.init) }
    for gauge in [memory] + state.gauges {
      guard let value = await gauge.read() else { continue }
      lines += ["# HELP \(gauge.name) \(gauge.help)", "# TYPE \(gauge.name) gauge", "\(gauge.name) \(value)"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Linux tells it in pages, in the second field of /proc/self/statm.
  private static func residentMemory() -> Int? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    return fields.count > 1 ? Int(fields[1]).map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) } : nil
  }
}
