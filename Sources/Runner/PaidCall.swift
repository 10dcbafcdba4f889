import BatchReports
import Foundation
import Providers
import Storage

/// One paid step of one lead: its turn, its intent, its call and its settlement, and again after a refusal that cost nothing.
struct PaidCall: Sendable {
  /// The provider has failed too often and is left alone for so many seconds.
  struct Closed: Error { var seconds: Double }

  /// Quick repetitions after a refusal that passes and surely cost nothing.
  static let repetitions = 2
  /// Seconds that such a repetition waits at most; who asks for more is not asked again in this try.
  static let longestPause = 5.0
  /// Seconds that the rate limit may hold a call back; a lead that would wait longer comes again.
  static let patience = 20.0
  /// Seconds that a call under way gets to end when the lead is called back. Then it is cut off, and nobody knows what it cost.
  static let lastWait = 4.0

  var line: ProviderLine
  var ledger: CallLedger
  var claim: WorkQueue.Claim
  var subject: ProviderSubject
  /// Its place in the line, kept since before the website was fetched.
  var place: CallPlace?

  private var step: String { line.provider.rawValue }

  /// Throws `ProviderFault`, `Closed`, `NotYet`, `CallLedger.Refusal` and `CancellationError`.
  func part() async throws -> ProviderPart {
    let ticket: CircuitBreaker.Ticket
    switch line.breaker.admit() {
    case .admitted(let admitted): ticket = admitted
    case .refused(let seconds): throw Closed(seconds: seconds)
    }
    do {
      let part = try await repeated()
      line.breaker.succeeded(ticket)
      return part
    } catch let fault as ProviderFault where !Task.isCancelled {
      if fault.isTransient { line.breaker.failed(ticket) } else { line.breaker.succeeded(ticket) }
      throw fault
    } catch let unsound as Unsound {
      line.breaker.failed(ticket)
      return unsound.part
    } catch {
      line.breaker.gaveUp(ticket)
      throw error
    }
  }

  /// An answer that was paid for and could not be read: it is kept, so that it is not paid for again.
  private struct Unsound: Error { var part: ProviderPart }

  private func repeated() async throws -> ProviderPart {
    guard try await waitForTurn(place?.take() ?? line.book(patience: Self.patience)) else { throw NotYet(seconds: Self.patience / 2) }
    for repetition in 0... {
      switch try await shieldedCall(isLast: repetition == Self.repetitions) {
      case .answered(let part, _, _, true): return part
      case .answered(let part, _, _, false): throw Unsound(part: part)
      case .lost(let fault): throw fault
      case .failed(let fault):
        let pause = fault.retryAfter ?? 0.5 * Double(repetition + 1)
        guard fault.isTransient, repetition < Self.repetitions, pause <= Self.longestPause else { throw fault }
        try await Task.sleep(for: .seconds(pause))
        // Who finds no turn for a repetition has failed: coming again without using up a try would repeat the first call without end.
        guard try await waitForTurn(line.book(patience: Self.patience)) else { throw fault }
      }
    }
    throw CancellationError()
  }

  /// Waits until the provider's rate limit lets the booked call through; false when none could be booked.
  private func waitForTurn(_ wait: Double?) async throws -> Bool {
    guard let wait else { return false }
    do { try await Task.sleep(for: .seconds(wait)) } catch {
      line.giveBack()
      throw error
    }
    return true
  }

  private func shieldedCall(isLast: Bool) async throws -> ProviderLine.Ending {
    try Task.checkCancellation()
    let stop = CallBack()
    // A shield: once it is promised in the ledger, a call is made and settled whatever becomes of the lead. It ends soon after `stop`.
    let shield = Task { try await call(isLast: isLast, until: stop) }
    return try await withTaskCancellationHandler {
      try await shield.value
    } onCancel: {
      stop.call(.cancelled)
    }
  }

  private func call(isLast: Bool, until stop: CallBack) async throws -> ProviderLine.Ending {
    let intent = try await ledger.intend(claim, step: step, provider: step)
    if stop.isCalled {
      try await settle(intent, .free(answer: nil), until: stop)
      throw CancellationError()
    }
    var ending = await ending(of: intent, until: stop)
    // The fault is the page's, and stays: that is the answer, and is kept as one.
    if isLast, case .failed(let fault) = ending, let why = fault.aboutPage {
      ending = .answered(ProviderPart(line.provider, notMeasured: why), units: 0, externalID: nil, isSound: true)
    }
    try await settle(intent, try ledgerEnding(ending), until: stop)
    return ending
  }

  private func ending(of intent: CallLedger.Intent, until stop: CallBack) async -> ProviderLine.Ending {
    await withTaskGroup(of: ProviderLine.Ending?.self) { group in
      group.addTask { await line.call(for: subject, idempotencyKey: intent.key) }
      group.addTask {
        if await stop.wait() != nil { try? await Task.sleep(for: .seconds(Self.lastWait)) }
        return nil
      }
      var last: ProviderLine.Ending?
      while last == nil, let next = await group.next() {
        last = next
        group.cancelAll()
      }
      return last ?? .lost(ProviderFault(.timeout, "The call to \(line.provider.title) was cut off."))
    }
  }

  /// A disk that fails is waited for, but not by a lead that is called back.
  private func settle(_ intent: CallLedger.Intent, _ ending: CallLedger.Ending, until stop: CallBack) async throws {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await ledger.settle(intent, of: claim, ending)
        return true
      }
      group.addTask {
        _ = await stop.wait()
        return false
      }
      while let isSettled = try await group.next() {
        group.cancelAll()
        if isSettled { return }
      }
    }
  }

  private func ledgerEnding(_ ending: ProviderLine.Ending) throws -> CallLedger.Ending {
    switch ending {
    case .answered(let part, let units, let externalID, _):
      let answer = try JSONEncoder().encode(part)
      return units > 0 ? .charged(units: units, externalID: externalID, answer: answer) : .free(answer: answer)
    case .failed: return .free(answer: nil)
    case .lost(let fault): return .unresolved(note: fault.message)
    }
  }
}
