import BatchReports
import Foundation
import HTTPFetch

/// ScreenshotOne, /take (screenshotone.com/docs/api-keys, github.com/screenshotone/validations): a small JPEG of the home page.
///
/// Its errors are those of screenshotone.com/docs/errors, with the statuses of github.com/screenshotone/errors. Charged is what succeeds and
/// does not come from its cache (/docs/charging-extra), which is never asked for here.
struct ScreenshotOne: ProviderAdapter {
  var access: ProviderAccess
  /// Seconds after which we hang up.
  var timeout = 60.0
  var longestCall: Double { 60 }
  var maximumBytes: Int { 2 * 1024 * 1024 }
  /// 40 started in one minute, whatever their length (screenshotone.com/docs/concurrency names that as an example; a plan may allow more).
  var rate: CallRate { CallRate(perSecond: 0.6, burst: 4) }
  /// Seconds after which the count of a minute begins anew, at the latest; no header tells when.
  private static let minute = 60.0

  /// Bytes up to which the picture is kept with the report.
  static let keptBytes = 96 * 1024

  func request(for subject: ProviderSubject, idempotencyKey: String) -> FetchRequest {
    let query = [
      ("url", subject.report.finalURL), ("format", "jpg"), ("viewport_width", "1280"), ("viewport_height", "960"), ("image_width", "480"),
      ("image_quality", "60"), ("block_cookie_banners", "true"), ("timeout", "\(patience)"),
    ]
    return FetchRequest(url: access.url("/take", query), headers: [HTTPHeader("X-Access-Key", access.key.secret)])
  }

  /// Whole seconds that it may take over the page, 90 at most by its rules: it has to end before we hang up, or its answer is lost.
  private var patience: Int { max(1, Int(min(timeout, longestCall) - 3)) }

  private struct Problem: Decodable {
    var errorCode: String

    enum CodingKeys: String, CodingKey { case errorCode = "error_code" }
  }

  /// Codes that are about the page: it cannot be had, and asking again would most likely bring nothing else.
  private static let pageFaults: Set<String> = ["host_returned_error", "name_not_resolved", "network_error", "timeout_error"]

  func reading(of answer: FetchedPage, now: Date) -> ProviderReading {
    guard answer.status == 200 else { return problem(answer, now) }
    guard let size = JPEGSize(answer.body) else { return .unreadable(isCharged: true) }
    let facts = [
      Fact(name: "Picture", value: "\(size.width) by \(size.height) pixels"),
      Fact(name: "Size", value: "\((answer.body.count + 1023) / 1024) KB"),
    ]
    let image = answer.body.count <= Self.keptBytes ? Data(answer.body) : nil
    return .answer(ProviderPart(provider, facts: facts, image: image), units: 1, externalID: nil)
  }

  private func problem(_ answer: FetchedPage, _ now: Date) -> ProviderReading {
    let code = (try? JSONDecoder().decode(Problem.self, from: answer.body))?.errorCode ?? ""
    if Self.pageFaults.contains(code) { return nothing("it could not load the page") }
    if code == "concurrency_limit_reached" {
      return .fault(
        ProviderFault(.rateLimited, "\(provider.title) asked us to slow down (HTTP \(answer.status), \(code)).", retryAfter: Self.minute))
    }
    if code == "screenshots_limit_reached" {
      return .fault(ProviderFault(.refused, "\(provider.title) has no screenshots left for us this month (HTTP \(answer.status), \(code))."))
    }
    return fault(of: answer, code: code, now: now)
  }
}

/// Width and height of a JPEG picture, from its frame header (ITU-T T.81, B.2.2); nil for anything else.
struct JPEGSize {
  var width: Int
  var height: Int

  init?(_ data: Data) {
    let bytes = [UInt8](data)
    guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8, bytes[bytes.count - 2] == 0xFF, bytes[bytes.count - 1] == 0xD9 else { return nil }
    var at = 2
    while at + 9 <= bytes.count, bytes[at] == 0xFF {
      let marker = bytes[at + 1]
      if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
        height = Int(bytes[at + 5]) << 8 | Int(bytes[at + 6])
        width = Int(bytes[at + 7]) << 8 | Int(bytes[at + 8])
        guard (1...20_000).contains(width), (1...20_000).contains(height) else { return nil }
        return
      }
      let length = Int(bytes[at + 2]) << 8 | Int(bytes[at + 3])
      guard length >= 2 else { return nil }
      at += 2 + length
    }
    return nil
  }
}
