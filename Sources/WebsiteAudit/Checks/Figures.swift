import Foundation
import HTTPFetch

/// Figures as they are shown beside findings and among the facts.
enum Figures {
  static func seconds(_ value: Double) -> String { String(format: "%.3f s", locale: posix, value) }

  static func milliseconds(_ seconds: Double) -> String { "\(Int((seconds * 1_000).rounded())) ms" }

  /// In KB and MB of 1024.
  static func bytes(_ count: Int) -> String {
    if count < 1_024 { return "\(count) bytes" }
    if count < 1_024 * 1_024 { return String(format: "%.1f KB", locale: posix, Double(count) / 1_024) }
    return String(format: "%.1f MB", locale: posix, Double(count) / 1_048_576)
  }

  /// The day in UTC: 2026-03-01.
  static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }

  private static let posix = Locale(identifier: "en_US_POSIX")
}

extension FetchTimings {
  /// Seconds from the start of the first request to the first byte of the page, redirects, name lookup, connection and TLS included:
  /// what web.dev calls Time to First Byte. libcurl's figure covers the last hop, so the time of the redirects is added.
  var timeToFirstByte: Double { firstByte > 0 ? redirect + firstByte : 0 }
}
