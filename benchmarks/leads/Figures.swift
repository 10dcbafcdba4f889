import Foundation

/// Time that this process has had a core, all threads together: what a measurement would be on an idle machine.
func processorTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

/// Durations of one kind of work, and their percentiles.
struct Figures {
  private var entries: [(label: String, milliseconds: Double)] = []

  mutating func add(_ duration: Duration, _ label: String = "") {
    entries.append((label, duration / .milliseconds(1)))
  }

  func percentile(_ part: Double) -> Double {
    let sorted = entries.map(\.milliseconds).sorted()
    return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]
  }

  func row(_ name: String) -> String {
    func cell(_ value: Double) -> String { String(format: "%9.2f", value) }
    let title = name.padding(toLength: 34, withPad: " ", startingAt: 0)
    return title + cell(percentile(0.5)) + cell(percentile(0.95)) + cell(percentile(1))
  }

  func slowest(_ count: Int) -> String {
    entries.sorted { $0.milliseconds > $1.milliseconds }.prefix(count)
      .map { String(format: "%9.2f  ", $0.milliseconds) + $0.label }.joined(separator: "\n")
  }
}
