import Foundation

/// What Linux has counted for this process (proc(5)).
enum ProcessCost {
  /// Seconds that threads had a core, those whose name begins so and the others.
  static func cpuSeconds(ofThreadsNamed prefix: String) throws -> (named: Double, others: Double) {
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    var (named, all) = (0.0, try cpuTicks(of: "/proc/self/stat") / ticks)
    for task in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task") {
      let folder = "/proc/self/task/\(task)"
      // A thread may end between the listing and the look.
      guard let name = try? String(contentsOfFile: "\(folder)/comm", encoding: .utf8), name.hasPrefix(prefix) else { continue }
      named += try cpuTicks(of: "\(folder)/stat") / ticks
    }
    all -= named
    return (named, all)
  }

  /// The peak of resident memory, in megabytes of 1,000,000 bytes.
  static func peakMegabytes() throws -> Double {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line.flatMap { Double($0.dropFirst(6).trimmingCharacters(in: .letters.union(.whitespaces))) } ?? 0
    return kibibytes * 1024 / 1_000_000
  }

  /// User and system time. The name in front may hold spaces, so that fields are counted from its closing parenthesis.
  private static func cpuTicks(of file: String) throws -> Double {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    return (Double(fields[12]) ?? 0) + (Double(fields[13]) ?? 0)
  }
}
