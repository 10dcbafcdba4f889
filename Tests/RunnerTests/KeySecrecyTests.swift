import BatchReports
import Foundation
import HTTPFetch
import Logging
import Providers
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Runner

@Suite("Keys stay out of all that is kept") struct KeySecrecyTests {
  /// With signs that addresses write in another way; its end shows however it is written.
  private static let key = "s3cr+t/Key=q7z9w2k5x8"
  private static let trace = "q7z9w2k5x8"
  /// The same as it stands in a file, and within a picture in JSON, which is base64: that depends on how many bytes are before it. The letters
  /// at both ends belong to its neighbours too.
  private static let traces =
    [trace]
    + [0, 1, 2].map { before in
      let bytes = Data(repeating: 0, count: before) + Data(trace.utf8)
      return String(bytes.base64EncodedString().prefix(bytes.count * 8 / 6).dropFirst([0, 2, 3][before]))
    }

  @Test("providers that repeat what they were asked with leave no trace of a key in the database, the reports or the log", arguments: [200, 400, 502])
  func kept(_ status: Int) async throws {
    let lines = ProviderLines(
      PaidProvider.allCases.map { provider in
        ProviderLine(
          ProviderAccess(provider, key: Self.key), rate: CallRate(perSecond: 1_000, burst: 1_000),
          fetch: { (request) async throws(FetchError) in Self.echo(provider, request, status) })
      })
    let desk = try await BatchDesk(leads: 2, paidProviders: lines.on)
    let log = KeptLog()
    let paid = PaidSteps(lines: lines, ledger: CallLedger(database: desk.database), logger: Logger(label: "paid") { _ in log })
    let engine = desk.engine(StubbedPipeline(paid: paid), total: 20, timeout: 60, grace: 0.05, log: log)
    let done = try await desk.ended(
      try await desk.startPaid(prices: StubbedRun.prices, BatchDesk.order(retryCount: 0), now: Date()))
    let leads = try await desk.batches.leads(of: done, limit: 10).leads
    if status == 200 {
      #expect(done.counts.completed == 2)
      for lead in leads {
        let place = try #require(try await desk.batches.reportPlace(of: lead, in: done))
        let report = try engine.archive.report(of: lead.leadID, batch: place.batchID, at: place.place)
        #expect(report.providers?.allSatisfy(\.isMeasured) == true)
        #expect(!"\(report)".contains(Self.trace))
        let picture = try #require(report.providers?.compactMap(\.image).first)
        #expect(picture.range(of: Data("You sent".utf8)) != nil && picture.range(of: Data(Self.trace.utf8)) == nil)
      }
    } else {
      #expect(done.counts.failed == 2 && !log.text.isEmpty)
      let unresolved = try await desk.number("SELECT count(*) FROM provider_call WHERE state = 'unresolved'")
      #expect(status == 502 ? unresolved > 0 : unresolved == 0)
    }
    try await engine.stop()
    #expect(!log.text.contains(Self.trace))
    // Rows that are gone again, too: they stand in the write-ahead log until it is overwritten.
    for file in try #require(FileManager.default.enumerator(at: desk.folder, includingPropertiesForKeys: [.isRegularFileKey])) {
      guard let file = file as? URL, try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else { continue }
      let kept = try Data(contentsOf: file)
      for trace in Self.traces { #expect(kept.range(of: Data(trace.utf8)) == nil, "\(file.lastPathComponent)") }
    }
  }

  /// An answer of the provider's shape, with the whole request wherever it has words.
  private static func echo(_ provider: PaidProvider, _ request: FetchRequest, _ status: Int) -> FetchedPage {
    let said = "You sent \(request.url) with " + request.headers.map { "\($0.name): \($0.value)" }.joined(separator: ", ")
    let word = said.replacing(/["\\]/, with: "")
    let text =
      if status != 200 {
        #"{"error":{"message":"\#(word)","status":"\#(word)","type":"\#(key)","code":"\#(key)","errors":[{"reason":"\#(key)"}]},"#
          + #""error_code":"\#(key)","errors":[{"id":"\#(key)","details":"\#(word)"}]}"#
      } else {
        switch provider {
        case .pagespeed: #"{"id":"\#(word)","lighthouseResult":{"finalUrl":"\#(word)","categories":{"performance":{"score":0.5}}}}"#
        case .screenshotone: ""
        case .hunter: #"{"data":{"emails":[{"value":"a@b.example","confidence":90,"verification":{"status":"\#(key) \#(word)"}}]}}"#
        case .dataAxle: #"{"document":{"infogroup_id":"\#(key)","attributes":{"name":"\#(key)","street":"\#(word)"}}}"#
        case .semrush: "Domain;Rank;Organic Keywords;Organic Traffic;Organic Cost;Adwords Keywords\r\n\(word);1;2;3;4;5\r\n"
        case .openai: #"{"id":"\#(key)","choices":[{"message":{"content":"\#(word)"}}]}"#
        }
      }
    return FetchedPage(
      requestedURL: request.url, finalURL: request.url, status: status, headers: request.headers,
      body: provider == .screenshotone && status == 200 ? picture(word) : Data(text.utf8), bytesReceived: text.utf8.count, fetchedAt: Date())
  }

  /// A picture of 40 by 30 with a comment.
  private static func picture(_ comment: String) -> Data {
    let words = Array(comment.utf8.prefix(2_000))
    let head: [UInt8] = [0xFF, 0xD8, 0xFF, 0xFE, UInt8((words.count + 2) >> 8), UInt8((words.count + 2) & 255)]
    return Data(head + words + [0xFF, 0xC0, 0, 11, 8, 0, 30, 0, 40, 1, 1, 0x11, 0, 0xFF, 0xD9])
  }
}

/// A log that is kept.
private struct KeptLog: LogHandler {
  private final class Lines: Sendable { let all = Mutex("") }

  private let lines = Lines()
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  var text: String { lines.all.withLock { $0 } }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { lines.all.withLock { $0 += "\(event.message) \(event.metadata ?? [:])\n" } }
}
