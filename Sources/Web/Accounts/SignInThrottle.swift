import BatchReports
import Foundation
import Synchronization

/// Slows down guessing of passwords (NIST SP 800-63B, 5.2.2): from 5 failures for an email at an address, or 20 at an address, each further one
/// doubles the wait, up to 15 minutes. An email's failures at all addresses together only slow it down, and not where it has signed in before:
/// knowing someone's email must not be enough to keep them out. The table is bounded.
final class SignInThrottle: Sendable {
  /// What `begin` counted, for `succeed` or `takeBack`.
  struct Attempt: Sendable {
    fileprivate var pair: String
    fileprivate var counted: [Rule]
  }

  fileprivate struct Rule: Sendable {
    var key: String
    var allowance: Int
    var longestWait: TimeInterval
  }

  private struct Record {
    var failures = 0
    var last: Date
    var blockedUntil: Date
    /// Whether this email has signed in at this address.
    var isProven = false
  }

  static let pairAllowance = 5
  static let addressAllowance = 20
  static let emailAllowance = 100
  static let shortestWait: TimeInterval = 5
  static let longestWait: TimeInterval = 15 * 60
  /// A key without attempts for this long begins anew.
  static let memory: TimeInterval = 60 * 60

  private let maximumKeys: Int
  private let records = Mutex<[String: Record]>([:])

  init(maximumKeys: Int = 20_000) { self.maximumKeys = maximumKeys }

  /// Counts an attempt as failed before it is made, so that many at once count too. Throws `AccessRefusal.tooManyAttempts`.
  func begin(email: String, address: String, at now: Date) throws -> Attempt {
    let pair = "pair:\(address) \(email)"
    let (attempt, wait) = records.withLock { records -> (Attempt, TimeInterval) in
      if records.count + 3 > maximumKeys { makeRoom(&records, now) }
      var rules = [
        Rule(key: pair, allowance: SignInThrottle.pairAllowance, longestWait: SignInThrottle.longestWait),
        Rule(key: "address:" + address, allowance: SignInThrottle.addressAllowance, longestWait: SignInThrottle.longestWait),
      ]
      if records[pair]?.isProven != true {
        rules.append(Rule(key: "email:" + email, allowance: SignInThrottle.emailAllowance, longestWait: SignInThrottle.shortestWait))
      }
      let wait = rules.compactMap { records[$0.key]?.blockedUntil.timeIntervalSince(now) }.max() ?? 0
      if wait <= 0 { for rule in rules { count(rule, &records, now) } }
      return (Attempt(pair: pair, counted: rules), wait)
    }
    if wait > 0 { throw AccessRefusal.tooManyAttempts(retryAfterSeconds: max(1, Int(wait.rounded(.up)))) }
    return attempt
  }

  /// The password was right: this email begins anew at this address; the others get this attempt back, no more, lest one good account pay
  /// for many guesses.
  func succeed(_ attempt: Attempt, at now: Date) {
    takeBack(attempt)
    records.withLock { $0[attempt.pair] = Record(last: now, blockedUntil: .distantPast, isProven: true) }
  }

  /// No password was looked at: the attempt did not happen.
  func takeBack(_ attempt: Attempt) {
    records.withLock { records in
      for rule in attempt.counted {
        guard var record = records[rule.key] else { continue }
        record.failures -= 1
        record.blockedUntil = .distantPast
        records[rule.key] = record.failures > 0 || record.isProven ? record : nil
      }
    }
  }

  var count: Int { records.withLock { $0.count } }

  private func count(_ rule: Rule, _ records: inout [String: Record], _ now: Date) {
    var record = records[rule.key] ?? Record(last: now, blockedUntil: .distantPast)
    if now.timeIntervalSince(record.last) > SignInThrottle.memory { record.failures = 0 }
    record.failures += 1
    record.last = now
    if record.failures >= rule.allowance {
      let doublings = min(record.failures - rule.allowance, 20)
      record.blockedUntil = now.addingTimeInterval(min(rule.longestWait, SignInThrottle.shortestWait * pow(2, Double(doublings))))
    }
    records[rule.key] = record
  }

  private func makeRoom(_ records: inout [String: Record], _ now: Date) {
    records = records.filter { now.timeIntervalSince($0.value.last) <= SignInThrottle.memory }
    guard records.count + 3 > maximumKeys else { return }
    let oldest = records.sorted { $0.value.last < $1.value.last }.prefix(max(3, maximumKeys / 4))
    for (key, _) in oldest { records[key] = nil }
  }
}
