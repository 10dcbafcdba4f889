import Foundation

/// Runs batches with the engine in this process: `batch-benchmark sites|noop|bare [LEADS] [CONCURRENCY] [HISTORY]`. Prints one JSON object.
///
/// `sites` audits the demo's websites, which a thread of this process serves; `noop` makes empty reports, so that what remains is the
/// engine's own cost: rows, commits, and the reports' file; HISTORY is how many leads of ended batches are on file beside them.
/// `bare` writes the same rows without an engine.
@main
struct BatchBenchmark {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let leads = arguments.count > 1 ? Int(arguments[1]) ?? 1000 : 1000
    let concurrency = arguments.count > 2 ? Int(arguments[2]) ?? 50 : 50
    let figures: BatchFigures
    switch arguments.first {
    case "sites": figures = try await SitesRun(leads: leads, concurrency: concurrency).figures()
    case "noop":
      figures = try await NoopRun(leads: leads, concurrency: concurrency, history: arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0).figures()
    case "bare": figures = try await BareRun(leads: leads).figures()
    default:
      print("usage: batch-benchmark sites|noop|bare [LEADS] [CONCURRENCY] [HISTORY]")
      exit(64)
    }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys]
    print(String(decoding: try encoder.encode(figures), as: UTF8.self))
  }
}

/// What one batch took. Times are in seconds.
struct BatchFigures: Encodable {
  var leads: Int
  var wallSeconds: Double
  /// Of the whole process but the demo websites' thread.
  var cpuSeconds: Double
  /// Of the demo websites' thread.
  var sitesCpuSeconds: Double
  /// The most memory that the process ever held.
  var peakMegabytes: Double
  var completed: Int
  var failed: Int
  var causes: [String: Int]
  /// Transactions that recorded outcomes or took leads.
  var commits: Int
}
