import Foundation
import Secrets
import Testing

@Suite struct PasswordHashTests {
  @Test("A password matches its own hash and no other")
  func matches() throws {
    let hash = try PasswordHash.make("correct horse", cost: .least)
    #expect(hash.hasPrefix("$argon2id$v=19$"))
    #expect(PasswordHash.matches("correct horse", hash: hash))
    #expect(!PasswordHash.matches("correct Horse", hash: hash))
    #expect(!PasswordHash.matches("", hash: hash))
    #expect(!PasswordHash.matches("correct horse", hash: "not a hash"))
  }

  @Test("The same password hashes differently each time, for each has a salt of its own")
  func salted() throws {
    #expect(try PasswordHash.make("a password", cost: .least) != PasswordHash.make("a password", cost: .least))
  }

  @Test("A password with a NUL in it is hashed to its end")
  func embeddedZero() throws {
    let hash = try PasswordHash.make("before\0after", cost: .least)
    #expect(PasswordHash.matches("before\0after", hash: hash))
    #expect(!PasswordHash.matches("before\0other", hash: hash))
  }

  @Test("The standing cost is above what OWASP asks for: 19 MiB and two passes")
  func cost() throws {
    #expect(PasswordCost.interactive.memoryBytes >= 19 * 1024 * 1024)
    #expect(PasswordCost.interactive.operations >= 2)
    let hash = try PasswordHash.make("x", cost: .interactive)
    #expect(hash.contains("m=65536,t=2"))
    #expect(!PasswordHash.isOutdated(hash, cost: .interactive))
  }

  @Test("A hash of another cost is outdated")
  func outdated() throws {
    let hash = try PasswordHash.make("x", cost: .least)
    #expect(PasswordHash.isOutdated(hash, cost: .interactive))
  }

  @Test("A cost that no machine has memory for is an error, not a hash")
  func tooMuch() {
    #expect(throws: PasswordHash.OutOfMemory.self) {
      try PasswordHash.make("x", cost: PasswordCost(operations: 1, memoryBytes: 4_000_000_000_000))
    }
  }
}

@Suite struct PasswordHasherTests {
  @Test("An unknown account is checked at the same cost and never matches")
  func unknownAccount() async throws {
    let hasher = PasswordHasher(cost: .interactive)
    try await hasher.warmUp()
    let hash = try await hasher.hash("a password")
    let clock = ContinuousClock()
    // The best of a few: other work on the machine only ever makes one slower.
    func best(against hash: String?) async throws -> Duration {
      var best = Duration.seconds(60)
      for _ in 0..<6 {
        let start = clock.now
        let matches = try await hasher.verify("wrong", against: hash)
        best = min(best, clock.now - start)
        #expect(!matches)
      }
      return best
    }
    let known = try await best(against: hash)
    let unknown = try await best(against: nil)
    #expect(unknown > known / 4, "an unknown account answers in \(unknown), a known one in \(known)")
  }

  @Test("Callers beyond the queue are refused with a time to come back")
  func bounded() async throws {
    let hasher = PasswordHasher(cost: PasswordCost(operations: 3, memoryBytes: 32 * 1024 * 1024), limit: 1, queueLimit: 2)
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<12 {
        group.addTask {
          do {
            _ = try await hasher.hash("a password")
            return true
          } catch {
            #expect((error as? PasswordHasher.Busy)?.retryAfterSeconds == 5)
            return false
          }
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(outcomes.contains(true))
    #expect(outcomes.contains(false))
    #expect(outcomes.count == 12)
    // The gate is free again afterwards.
    let hash = try await hasher.hash("b")
    #expect(try await hasher.verify("b", against: hash))
  }

  @Test("Everyone in the queue gets a turn")
  func queued() async throws {
    let hasher = PasswordHasher(cost: .least, limit: 2, queueLimit: 100)
    let hash = try await hasher.hash("a password")
    let matches = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<50 { group.addTask { try await hasher.verify(number.isMultiple(of: 2) ? "a password" : "no", against: hash) } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(matches == 25)
  }
}
