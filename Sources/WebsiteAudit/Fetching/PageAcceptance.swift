import BatchReports
import Foundation
import HTTPFetch

/// Whether an answer is a page that a report can be written about (contract, section 2).
enum PageAcceptance {
  /// Throws `LeadFailure`: http_429, http_5xx or not_html.
  static func check(_ answer: FetchedPage, host: String, now: Date) throws(LeadFailure) {
    let wait = answer.header("Retry-After").flatMap { RetryAfter.seconds($0, now: now) }
    if answer.status == 429 { throw LeadFailure(.http429, "\(host) asked us to slow down (HTTP 429).", retryAfter: wait) }
    if answer.status >= 500 {
      throw LeadFailure(.http5xx, "\(host) answered with a server error (HTTP \(answer.status)).", retryAfter: wait)
    }
    guard isHTML(answer) else {
      let type = answer.header("Content-Type").map { Evidence.line($0) } ?? "an unknown type"
      throw LeadFailure(.notHTML, "\(host) sent no web page but \(type).")
    }
  }

  /// By the Content-Type, and by the first bytes where there is none or where they contradict it (WHATWG MIME Sniffing).
  static func isHTML(_ answer: FetchedPage) -> Bool {
    let start = [UInt8](answer.body.prefix(512))
    let type = answer.header("Content-Type")?.prefix { $0 != ";" }.trimmed.lowercased() ?? ""
    switch type {
    case "text/html", "application/xhtml+xml": return !isKnownBinary(start)
    case "", "application/octet-stream", "*/*", "unknown/unknown": return type.isEmpty && start.isEmpty || looksLikeHTML(start)
    default: return false
    }
  }

  private static let tags = [
    "<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<h1", "<div", "<font", "<table", "<a", "<style", "<title", "<b",
    "<br",
    "<p", "<!--", "<meta", "<link", "<main", "<section", "<header",
  ]

  private static func looksLikeHTML(_ start: [UInt8]) -> Bool {
    let text = String(decoding: start, as: UTF8.self).drop { $0 == "\u{FEFF}" || $0.isWhitespace }.lowercased()
    return tags.contains { tag in
      guard text.hasPrefix(tag) else { return false }
      let next = text.dropFirst(tag.count).first
      return tag == "<!--" || next == nil || next == ">" || next == "/" || next?.isWhitespace == true
    }
  }

  /// PDF, PNG, JPEG, GIF, ZIP, gzip, WebP.
  private static func isKnownBinary(_ start: [UInt8]) -> Bool {
    let signatures: [[UInt8]] = [
      Array("%PDF-".utf8), [0x89, 0x50, 0x4E, 0x47], [0xFF, 0xD8, 0xFF], Array("GIF8".utf8), [0x50, 0x4B, 0x03, 0x04], [0x1F, 0x8B],
      Array("RIFF".utf8),
    ]
    return signatures.contains { start.starts(with: $0) }
  }
}
