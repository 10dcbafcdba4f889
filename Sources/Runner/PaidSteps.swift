import BatchReports
import Foundation
import Logging
import Providers
import Storage

/// The paid part of a report: each provider that the batch was quoted with is asked once, what earlier tries brought is used again.
public struct PaidSteps: Sendable {
  let lines: ProviderLines
  let ledger: CallLedger
  let logger: Logger

  public init(lines: ProviderLines, ledger: CallLedger, logger: Logger) {
    self.lines = lines
    self.ledger = ledger
    self.logger = logger
  }

  /// What is known of a lead's paid steps before its website is fetched.
  struct Visit: Sendable {
    var claim: WorkQueue.Claim
    /// Those that are there already, and those that cannot or need not be asked.
    var parts: [PaidProvider: ProviderPart]
    /// Those that are to be asked.
    var open: [PaidProvider]
    /// Their places in the lines of calls, kept until the calls are made or the visit ends.
    var places: [PaidProvider: CallPlace] = [:]
  }

  /// Nil for a template that asks no paid source. Throws `NotYet` when one that the lead needs is being left alone, and when the rate
  /// limit of one would hold the lead back for too long: so its website is not fetched in vain.
  func begin(_ claim: WorkQueue.Claim) async throws -> Visit? {
    let asked = Self.asked(claim)
    if asked.isEmpty { return nil }
    let lead = ProviderRule.Traits(
      hasWebsite: !claim.website.isEmpty, hasEmail: !claim.email.isEmpty, isEnriched: claim.enrichmentStatus == ProviderRule.enriched)
    var visit = Visit(claim: claim, parts: [:], open: [])
    for provider in asked {
      if let why = whyNot(provider, lead, claim) {
        visit.parts[provider] = ProviderPart(provider, notMeasured: why)
      } else {
        visit.open.append(provider)
      }
    }
    if visit.open.isEmpty { return visit }
    try await takeKept(&visit)
    let waits = visit.open.filter(\.isNeeded).compactMap { lines[$0]?.breaker.closedFor }
    if let longest = waits.max() { throw NotYet(seconds: longest) }
    for provider in visit.open {
      guard let line = lines[provider] else { continue }
      guard let place = line.place(patience: PaidCall.patience) else { throw NotYet(seconds: PaidCall.patience / 2) }
      visit.places[provider] = place
    }
    return visit
  }

  /// The paid providers of the lead's template, in its order.
  private static func asked(_ claim: WorkQueue.Claim) -> [PaidProvider] {
    claim.template.providers.filter(\.isPaid).compactMap { PaidProvider(rawValue: $0.name) }
  }

  private func whyNot(_ provider: PaidProvider, _ lead: ProviderRule.Traits, _ claim: WorkQueue.Claim) -> String? {
    if claim.unitPrices[provider.rawValue] == nil {
      return lines[provider] == nil ? "it is not switched on" : "it was not switched on when the batch was started"
    }
    if !ProviderRule.applies(provider.rawValue, to: lead) {
      return provider == .hunter ? "the lead has an email address already" : "the lead's record is complete already"
    }
    return lines[provider] == nil ? "it has been switched off since the batch was started" : nil
  }

  /// What was paid for before is not asked again; nor is what may have been paid for, unless the lead needs it.
  private func takeKept(_ visit: inout Visit) async throws {
    let kept = try await ledger.kept(visit.claim)
    let doubtful = try await ledger.unresolvedSteps(visit.claim)
    visit.open.removeAll { provider in
      if let answer = kept[provider.rawValue] {
        visit.parts[provider] =
          (try? JSONDecoder().decode(ProviderPart.self, from: answer)) ?? ProviderPart(provider, notMeasured: "its answer cannot be read any more")
      } else if !provider.isNeeded, doubtful.contains(provider.rawValue) {
        visit.parts[provider] = ProviderPart(provider, notMeasured: "its answer was lost, and another one might be charged a second time")
      } else {
        return false
      }
      return true
    }
  }

  /// Asks what is open, all at once, and the summary last, and adds everything to the report.
  ///
  /// Throws `LeadFailure` when one that the lead needs failed, `NotYet`, `Halted` when no call may be made, and `CancellationError`.
  func complete(_ report: inout Report, _ visit: Visit) async throws {
    let claim = visit.claim
    let subject = ProviderSubject(name: claim.leadName, city: claim.city, region: claim.region, phone: claim.phone, report: report)
    var parts = visit.parts
    let first = visit.open.filter { $0 != .openai }
    let results = await withTaskGroup(of: (PaidProvider, Result<ProviderPart, any Error>).self) { group in
      for provider in first { group.addTask { (provider, await part(of: provider, visit, subject)) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    var errors: [any Error] = []
    for (provider, result) in results {
      switch result {
      case .success(let part): parts[provider] = part
      case .failure(let error): errors.append(error)
      }
    }
    if let gravest = errors.max(by: { Self.gravity($0) < Self.gravity($1) }) { throw gravest }
    report.providers = Self.asked(claim).compactMap { parts[$0] }
    if visit.open.contains(.openai) {
      parts[.openai] = try await part(of: .openai, visit, subject).get()
      report.providers = Self.asked(claim).compactMap { parts[$0] }
    }
    report.dropWhatWasMeasured()
  }

  /// Of several errors the one that decides what becomes of the lead: a failure uses up a try even when another source is being left
  /// alone, or a call that is lost each time would be made without end.
  private static func gravity(_ error: any Error) -> Int {
    switch error {
    case let failure as LeadFailure: failure.code.isTransient ? 1 : 2
    case is NotYet: 0
    case is Halted: 3
    default: 4
    }
  }

  /// A source that the lead does not need leaves its place in the report empty instead of failing.
  private func part(of provider: PaidProvider, _ visit: Visit, _ subject: ProviderSubject) async -> Result<ProviderPart, any Error> {
    guard let line = lines[provider] else { return .success(ProviderPart(provider, notMeasured: "it is not switched on")) }
    let claim = visit.claim
    do {
      let call = PaidCall(line: line, ledger: ledger, claim: claim, subject: subject, place: visit.places[provider])
      return .success(try await call.part())
    } catch let fault as ProviderFault {
      if Task.isCancelled { return .failure(CancellationError()) }
      logger.info("a provider failed", metadata: ["provider": "\(provider.rawValue)", "lead": "\(claim.leadID)", "reason": "\(fault.message)"])
      return provider.isNeeded ? .failure(fault.leadFailure) : .success(ProviderPart(provider, notMeasured: fault.why))
    } catch let closed as PaidCall.Closed {
      return provider.isNeeded ? .failure(NotYet(seconds: closed.seconds)) : .success(ProviderPart(provider, notMeasured: "it is not answering"))
    } catch let refusal as CallLedger.Refusal {
      return .failure([.callIsOpen, .moneyIsUnderWay].contains(refusal) ? NotYet(seconds: 1.5) : Halted())
    } catch { return .failure(error) }
  }
}

extension ProviderFault {
  /// Behind "Not measured:", for people who need not know what HTTP is.
  var why: String {
    switch kind {
    case .timeout: "it did not answer in time"
    case .unavailable: "it was not available"
    case .rateLimited: "it asked us to slow down"
    case .refused: "it refused our request"
    }
  }

  var leadFailure: LeadFailure {
    switch kind {
    case .timeout: LeadFailure(.providerTimeout, message, retryAfter: retryAfter)
    case .unavailable: LeadFailure(.providerUnavailable, message, retryAfter: retryAfter)
    case .rateLimited: LeadFailure(.providerRateLimited, message, retryAfter: retryAfter)
    case .refused: LeadFailure(.providerRefused, message)
    }
  }
}

extension Report {
  /// What the page alone could not tell, and a paid source could, is no longer listed as not measured.
  mutating func dropWhatWasMeasured() {
    let measured = (providers ?? []).filter(\.isMeasured)
    let names = measured.flatMap { $0.facts.map(\.name) }
    notMeasured.removeAll { missing in
      if missing.what.hasPrefix("Rankings in search engines") { return measured.contains { $0.provider == .semrush } }
      guard let start = missing.what.lastIndex(of: "("), missing.what.hasSuffix(")") else { return false }
      return names.contains { $0.contains(missing.what[start...]) }
    }
  }
}
