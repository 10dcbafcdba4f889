import Foundation
import Synchronization

/// The state of all stubs: how each behaves, and what it has counted.
public final class ProviderStubs: Sendable {
  private struct State {
    var modes: [StubProvider: StubMode] = [:]
    var counts: [StubProvider: StubCounts] = [:]
    var subjects: [StubSubject: StubCounts] = [:]
    var keys: Set<String> = []
    var limits: [StubProvider: (perSecond: Double, burst: Double)] = [:]
    var tokens: [StubProvider: (count: Double, seen: ContinuousClock.Instant)] = [:]
  }

  enum Reaction: Sendable {
    case answer(StubAnswer, milliseconds: Int)
    case silence
    case reset
  }

  private let answers: StubAnswers
  private let standard: StubMode
  private let keepsSubjects: Bool
  private let state = Mutex(State())

  /// - Parameters:
  ///   - milliseconds: how long each answer takes where no other mode is set.
  ///   - keepsSubjects: whether it counts for each subject, too; what never ends, as a demo does, would never stop growing.
  public init(seed: Int = 1, milliseconds: Int = 0, keepsSubjects: Bool = false) {
    answers = StubAnswers(seed: seed)
    standard = .normal(milliseconds: milliseconds)
    self.keepsSubjects = keepsSubjects
  }

  public func set(_ mode: StubMode, for provider: StubProvider) { state.withLock { $0.modes[provider] = mode } }

  public func setAll(_ mode: StubMode) { for provider in StubProvider.allCases { set(mode, for: provider) } }

  /// Refuses calls above a rate, as the service does.
  public func limit(_ provider: StubProvider, perSecond: Double, burst: Int) {
    state.withLock { state in
      state.limits[provider] = (perSecond, Double(burst))
      state.tokens[provider] = (Double(burst), .now)
    }
  }

  public func counts(of provider: StubProvider) -> StubCounts { state.withLock { $0.counts[provider] ?? StubCounts() } }

  /// What was counted for each subject; empty unless they are kept.
  public var subjects: [StubSubject: StubCounts] { state.withLock { $0.subjects } }

  /// Requests to all of them.
  public var served: Int { state.withLock { state in state.counts.values.reduce(0) { $0 + $1.served } } }

  /// From now on each behaves as at first.
  public func resetModes() { state.withLock { $0.modes = [:] } }

  /// What each has billed.
  public var billed: [StubProvider: Int] { state.withLock { state in state.counts.mapValues(\.billed) } }

  func react(_ provider: StubProvider, to request: StubRequest) -> Reaction {
    let mode = state.withLock { state in
      count(provider, request, \.served, &state)
      return Self.isWithinLimit(provider, &state) ? state.modes[provider] ?? standard : .busy(retryAfter: 1)
    }
    switch mode {
    case .error(let status): return .answer(StubErrors.error(provider, status: status), milliseconds: 0)
    case .cannotLoad(let status): return .answer(StubErrors.cannotLoad(provider, status: status), milliseconds: 0)
    case .busy(let retryAfter): return .answer(StubErrors.busy(provider, retryAfter: retryAfter), milliseconds: 0)
    case .redirect:
      var answer = StubAnswer(status: 302, type: "text/plain", body: Data())
      answer.headers = [("Location", "/elsewhere")]
      return .answer(answer, milliseconds: 0)
    default: break
    }
    var answer = answers.answer(provider, to: request)
    bill(provider, request, answer)
    switch mode {
    case .hang: return .silence
    case .reset: return .reset
    case .gateway(let status): return .answer(StubAnswer(status: status, type: "text/html", body: Data("<h1>Error</h1>".utf8)), milliseconds: 0)
    case .malformed: answer.body = Data("{\"data\": [".utf8)
    case .huge(let bytes): answer.body = Data(repeating: UInt8(ascii: " "), count: bytes)
    default: break
    }
    if case .normal(let milliseconds) = mode { return .answer(answer, milliseconds: milliseconds) }
    return .answer(answer, milliseconds: 0)
  }

  /// One with a key that came before is answered, and not billed again.
  private func bill(_ provider: StubProvider, _ request: StubRequest, _ answer: StubAnswer) {
    guard answer.isBilled else { return }
    state.withLock { state in
      if let key = request.headers["idempotency-key"], !state.keys.insert(provider.rawValue + key).inserted {
        count(provider, request, \.repeated, &state)
      } else {
        count(provider, request, \.billed, &state)
      }
    }
  }

  private func count(_ provider: StubProvider, _ request: StubRequest, _ what: WritableKeyPath<StubCounts, Int>, _ state: inout State) {
    state.counts[provider, default: StubCounts()][keyPath: what] += 1
    if keepsSubjects { state.subjects[request.subject(provider), default: StubCounts()][keyPath: what] += 1 }
  }

  private static func isWithinLimit(_ provider: StubProvider, _ state: inout State) -> Bool {
    guard let limit = state.limits[provider], let last = state.tokens[provider] else { return true }
    let passed = last.seen.duration(to: .now) / .seconds(1)
    let count = min(limit.burst, last.count + passed * limit.perSecond)
    state.tokens[provider] = (count < 1 ? count : count - 1, .now)
    return count >= 1
  }
}
