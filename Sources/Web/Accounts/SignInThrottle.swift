import BatchReports
import Foundation
import Synchronization

/// Slows down guessing of passwords: from 5 failures for an email or 20 for an address each further one doubles the wait, up to 15 minutes
/// (NIST SP 800-63B, 5.2.2). The table is bounded.
final class SignInThrottle: Sendable {
  private struct Record {
    var failures = 0
    var last: Date
    var blockedUntil: Date
  }

  static let emailAllowance = 5
  static let addressAllowance = 20
  static let longestWait: TimeInterval = 15 * 60
  /// A key without attempts for this long begins anew.
  static let memory: TimeInterval = 60 * 60

  private let maximumKeys: Int
  private let records = Mutex<[String: Record]>([:])

  init(maximumKeys: Int = 20_000) { self.maximumKeys = maximumKeys }

  /// Counts an attempt as failed before it is made, so that many at once count too. Throws `AccessRefusal.tooManyAttempts`.
  func begin(email: String, address: String, at now: Date) throws {
    let wait = records.withLock { records -> TimeInterval in
      if records.count + 2 > maximumKeys { makeRoom(&records, now) }
      let keys = [("email:" + email, SignInThrottle.emailAllowance), ("address:" + address, SignInThrottle.addressAllowance)]
      let wait = keys.compactMap { records[$0.0]?.blockedUntil.timeIntervalSince(now) }.max() ?? 0
      if wait > 0 { return wait }
      for (key, allowance) in keys { count(key, allowance, &records, now) }
      return 0
    }
    if wait > 0 { throw AccessRefusal.tooManyAttempts(retryAfterSeconds: max(1, Int(wait.rounded(.up)))) }
  }

  /// The password was right: the email begins anew, and the address gets this attempt back, no more, lest one good account pay for
  /// many guesses.
  func succeed(email: String, address: String) {
    records.withLock { records in
      records["email:" + email] = nil
      let key = "address:" + address
      guard var record = records[key] else { return }
      record.failures -= 1
      record.blockedUntil = .distantPast
      records[key] = record.failures > 0 ? record : nil
    }
  }

  var count: Int { records.withLock { $0.count } }

  private func count(_ key: String, _ allowance: Int, _ records: inout [String: Record], _ now: Date) {
    var record = records[key] ?? Record(last: now, blockedUntil: .distantPast)
    if now.timeIntervalSince(record.last) > SignInThrottle.memory { record.failures = 0 }
    record.failures += 1
    record.last = now
    if record.failures >= allowance {
      let doublings = min(record.failures - allowance, 20)
      record.blockedUntil = now.addingTimeInterval(min(SignInThrottle.longestWait, 5 * pow(2, Double(doublings))))
    }
    records[key] = record
  }

  private func makeRoom(_ records: inout [String: Record], _ now: Date) {
    records = records.filter { now.timeIntervalSince($0.value.last) <= SignInThrottle.memory }
    guard records.count + 2 > maximumKeys else { return }
    let oldest = records.sorted { $0.value.last < $1.value.last }.prefix(max(2, maximumKeys / 4))
    for (key, _) in oldest { records[key] = nil }
  }
}
