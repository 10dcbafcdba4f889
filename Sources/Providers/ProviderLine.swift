import BatchReports
import Foundation
import HTTPFetch

/// The line to one provider: its adapter, its pace and its breaker.
///
/// A call is made in this order: `place`, `breaker.admit`, `book`, the ledger's intent, `call`, the ledger's settlement. So nothing is
/// promised in the ledger while it waits, and no call is made without being promised.
public final class ProviderLine: Sendable {
  public typealias Fetch = @Sendable (FetchRequest) async throws(FetchError) -> FetchedPage

  public let provider: PaidProvider
  /// Host and port of its base address.
  public let host: String
  public let breaker: CircuitBreaker
  /// Seconds for one call.
  public let timeout: Double
  private let adapter: any ProviderAdapter
  private let pace: CallPace
  private let mask: KeyMask
  private let fetch: Fetch
  private let now: @Sendable () -> Date

  /// Seconds for name resolution, TCP and TLS: when they run out, nothing was sent.
  static let connectTimeout = 5.0

  /// - Parameters:
  ///   - timeout: seconds for one call, where the provider's own are more.
  ///   - rate: in place of the one that the provider allows; the stubs of a demo have none to keep.
  public init(
    _ access: ProviderAccess, timeout: Double = 60, rate: CallRate? = nil, fetch: @escaping Fetch,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    adapter = Self.adapter(access, timeout)
    provider = access.provider
    host = access.host
    breaker = CircuitBreaker(now: now)
    self.timeout = min(timeout, adapter.longestCall)
    pace = CallPace(rate ?? adapter.rate, now: now)
    mask = KeyMask(access.key)
    self.fetch = fetch
    self.now = now
  }

  private static func adapter(_ access: ProviderAccess, _ timeout: Double) -> any ProviderAdapter {
    switch access.provider {
    case .pagespeed: PageSpeedInsights(access: access)
    case .screenshotone: ScreenshotOne(access: access, timeout: timeout)
    case .hunter: Hunter(access: access)
    case .dataAxle: DataAxle(access: access)
    case .semrush: Semrush(access: access)
    case .openai: PlainSummary(access: access)
    }
  }

  /// Seconds until a call may be made by the provider's rate limit; nil, and nothing booked, when that is longer than `patience`.
  public func book(patience: Double) -> Double? { pace.book(patience: patience) }

  /// Keeps a place for a call that comes later, until it is let go; nil when the call would wait longer than `patience`.
  public func place(patience: Double) -> CallPlace? { CallPlace(pace, patience: patience) }

  /// Gives a booking back that was not used.
  public func giveBack() { pace.giveBack() }

  /// How a call ended.
  public enum Ending: Sendable {
    /// `units` is 0 where the answer cost nothing. `isSound` is false for one that was charged and could not be read.
    case answered(ProviderPart, units: Int, externalID: String?, isSound: Bool)
    /// Surely not charged.
    case failed(ProviderFault)
    /// It may have been charged: nobody can tell.
    case lost(ProviderFault)
  }

  /// Makes one call. Cancelling the task cuts it off; then it is lost.
  public func call(for subject: ProviderSubject, idempotencyKey: String) async -> Ending {
    var request: FetchRequest
    do { request = try adapter.request(for: subject, idempotencyKey: idempotencyKey) } catch {
      return .failed(ProviderFault(.refused, "The request to \(provider.title) could not be written."))
    }
    request.timeout = timeout
    request.connectTimeout = min(Self.connectTimeout, timeout / 2)
    request.maximumBytes = adapter.maximumBytes
    request.followsRedirects = false
    // On a kept connection that turns out to be dead libcurl sends a request again by itself: a call that no intent stands for.
    request.needsOwnConnection = true
    request.maximumRedirects = 0
    do { return ending(of: try await fetch(request)) } catch { return ending(of: error, request) }
  }

  private func ending(of page: FetchedPage) -> Ending {
    var answer = page
    mask.blot(&answer.body)
    if (300..<400).contains(answer.status) {
      return .failed(ProviderFault(.refused, "\(provider.title) answered with a redirect, which is not followed with a key (HTTP \(answer.status))."))
    }
    switch adapter.reading(of: answer, now: now()) {
    case .answer(let part, let units, let externalID):
      return .answered(
        mask.blotted(part), units: units, externalID: ProviderText.identifier(externalID.map { mask.blotted($0) }), isSound: true)
    case .unreadable(isCharged: true):
      return .answered(ProviderPart(provider, notMeasured: "its answer could not be read"), units: 1, externalID: nil, isSound: false)
    case .unreadable(isCharged: false): return .lost(ProviderFault(.unavailable, "\(provider.title) sent an answer that could not be read."))
    case .fault(let fault): return .failed(fault)
    case .lost(let fault): return .lost(fault)
    }
  }

  /// libcurl's own words stay out: they may hold the address, and one provider takes its key in it.
  private func ending(of error: FetchError, _ request: FetchRequest) -> Ending {
    let name = provider.title
    return switch error {
    case .invalidURL: .failed(ProviderFault(.refused, "The address set for \(name) is no web address."))
    case .addressRefused: .failed(ProviderFault(.refused, "The address set for \(name) leads into a private network, which is not allowed."))
    case .nameNotResolved, .connectFailed, .tlsFailed, .certificateInvalid:
      .failed(ProviderFault(.unavailable, "No connection to \(name) could be made."))
    case .timedOut(let seconds) where seconds < request.timeout:
      .failed(ProviderFault(.unavailable, "No connection to \(name) could be made within \(Int(seconds)) s."))
    case .timedOut(let seconds): .lost(ProviderFault(.timeout, "\(name) did not answer within \(Int(seconds)) s."))
    case .tooLarge, .compressedRepeatedly: .lost(ProviderFault(.unavailable, "\(name) sent an answer that is too large to be read."))
    case .brokenTransfer: .lost(ProviderFault(.unavailable, "\(name) broke off the connection."))
    case .tooManyRedirects: .failed(ProviderFault(.refused, "\(name) answered with a redirect, which is not followed with a key."))
    case .cancelled: .lost(ProviderFault(.timeout, "The call to \(name) was cut off."))
    }
  }
}
