import Foundation
import Synchronization

/// Hashes and checks passwords on threads of its own, a few at a time, so that sign-ins can take neither all memory nor all cores.
public final class PasswordHasher: Sendable {
  /// More callers wait than the queue holds.
  public struct Busy: Error, Hashable {
    public let retryAfterSeconds: Int
  }

  public let cost: PasswordCost
  private let limit: Int
  private let queueLimit: Int
  private let threads = DispatchQueue(label: "password-hashing", qos: .userInitiated, attributes: .concurrent)
  private let gate = Mutex(Gate())
  private let decoy: Mutex<String?> = Mutex(nil)

  private enum Turn { case now, later, refused }

  private struct Gate {
    var running = 0
    var waiting: [@Sendable () -> Void] = []
  }

  /// - Parameters:
  ///   - limit: how many are computed at once; each holds `cost.memoryBytes`.
  ///   - queueLimit: how many may wait for a turn before callers are refused.
  public init(cost: PasswordCost = .interactive, limit: Int = 2, queueLimit: Int = 32) {
    self.cost = cost
    self.limit = max(1, limit)
    self.queueLimit = queueLimit
  }

  /// Throws `Busy`, or `PasswordHash.OutOfMemory`.
  public func hash(_ password: String) async throws -> String {
    let cost = cost
    return try await run { try PasswordHash.make(password, cost: cost) }
  }

  /// Checks a password; without a hash (no such account) it takes the same time and answers false. Throws `Busy`.
  public func verify(_ password: String, against hash: String?) async throws -> Bool {
    try await run { [self] in
      if let hash { return PasswordHash.matches(password, hash: hash) }
      _ = PasswordHash.matches(password, hash: try decoyHash())
      return false
    }
  }

  /// Makes the hash that unknown accounts are checked against, so that not even the first such check takes longer. Throws as `hash`.
  public func warmUp() async throws {
    _ = try await run { [self] in try decoyHash() }
  }

  private func decoyHash() throws -> String {
    if let made = decoy.withLock({ $0 }) { return made }
    let made = try PasswordHash.make(SecretToken.random().text, cost: cost)
    return decoy.withLock { kept in
      kept = kept ?? made
      return kept ?? made
    }
  }

  private func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let job: @Sendable () -> Void = { [self] in
        threads.async { [self] in
          let result = Result { try work() }
          startNext()
          continuation.resume(with: result)
        }
      }
      let turn = gate.withLock { gate -> Turn in
        if gate.running < limit {
          gate.running += 1
          return .now
        }
        if gate.waiting.count >= queueLimit { return .refused }
        gate.waiting.append(job)
        return .later
      }
      switch turn {
      case .now: job()
      case .later: break
      case .refused: continuation.resume(throwing: Busy(retryAfterSeconds: 5))
      }
    }
  }

  private func startNext() {
    let next = gate.withLock { gate -> (@Sendable () -> Void)? in
      if gate.waiting.isEmpty {
        gate.running -= 1
        return nil
      }
      return gate.waiting.removeFirst()
    }
    next?()
  }
}
