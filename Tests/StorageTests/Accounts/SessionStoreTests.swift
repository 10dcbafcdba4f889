import BatchReports
import Foundation
import Secrets
import Storage
import TestSupport
import Testing

@Suite struct SessionStoreTests {
  let test: TestDatabase
  let sessions: SessionStore
  let account: Account
  let now = Date(timeIntervalSince1970: 1_795_251_600)

  init() async throws {
    test = try TestDatabase()
    sessions = SessionStore(test.database)
    account = try await AccountStore(test.database).add(
      email: "ada@example.com", role: .operator, passwordHash: nil, by: .commandLine, at: now)
  }

  @Test("A session is found by its token, which is not stored itself")
  func found() async throws {
    let (token, made) = try await sessions.create(for: account, at: now)
    let found = try #require(try await sessions.find(token.digest, at: now))
    #expect(found == made)
    #expect(found.csrf.count == 43)
    let stored = try await test.database.pool.read { try String.fetchAll($0, sql: "SELECT hex(token_hash) FROM session") }
    #expect(stored == [token.digest.map { String(format: "%02X", $0) }.joined()])
    #expect(try await sessions.find(SecretToken.random().digest, at: now) == nil)
  }

  @Test("A session that was idle for 12 hours or is 7 days old is not found, and the next sign-in sweeps it away")
  func expiry() async throws {
    let (token, _) = try await sessions.create(for: account, at: now)
    #expect(try await sessions.find(token.digest, at: now.addingTimeInterval(12 * 3600 - 1)) != nil)
    #expect(try await sessions.find(token.digest, at: now.addingTimeInterval(12 * 3600)) == nil)
    var moment = now
    for _ in 0..<28 {
      moment = moment.addingTimeInterval(6 * 3600 - 60)
      try await sessions.touch(token.digest, at: moment)
    }
    #expect(try await sessions.find(token.digest, at: now.addingTimeInterval(7 * 24 * 3600 - 1)) != nil)
    let end = now.addingTimeInterval(7 * 24 * 3600)
    #expect(try await sessions.find(token.digest, at: end) == nil)
    _ = try await sessions.create(for: account, at: end)
    #expect(try await test.database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM session") } == 1)
  }

  @Test("A session's last use is written at most once a minute")
  func touch() async throws {
    let (token, _) = try await sessions.create(for: account, at: now)
    try await sessions.touch(token.digest, at: now.addingTimeInterval(59))
    #expect(try await sessions.find(token.digest, at: now)?.lastSeenAt == now)
    try await sessions.touch(token.digest, at: now.addingTimeInterval(60))
    #expect(try await sessions.find(token.digest, at: now)?.lastSeenAt == now.addingTimeInterval(60))
  }

  @Test("A deleted session is gone; deleting all of an account's leaves others")
  func delete() async throws {
    let (first, _) = try await sessions.create(for: account, at: now)
    let (second, _) = try await sessions.create(for: account, at: now)
    try await sessions.delete(first.digest)
    #expect(try await sessions.find(first.digest, at: now) == nil)
    #expect(try await sessions.count(of: account.id, at: now) == 1)
    try await sessions.deleteAll(of: account.id)
    #expect(try await sessions.find(second.digest, at: now) == nil)
  }

  @Test("A link signs in once, within 15 minutes, and looking at it does not use it up")
  func link() async throws {
    let links = SignInLinkStore(test.database)
    let token = try await links.create(for: account, by: .commandLine, at: now)
    #expect(try await links.isValid(token.digest, at: now))
    #expect(try await links.isValid(token.digest, at: now.addingTimeInterval(899)))
    #expect(try await !links.isValid(token.digest, at: now.addingTimeInterval(900)))
    await #expect(throws: AccountRefusal.linkNotValid) { try await links.signIn(token.digest, at: now.addingTimeInterval(900)) }
    let (session, _) = try await links.signIn(token.digest, at: now)
    #expect(try await sessions.find(session.digest, at: now)?.account == account)
    await #expect(throws: AccountRefusal.linkNotValid) { try await links.signIn(token.digest, at: now) }
    #expect(try await !links.isValid(token.digest, at: now))
  }

  @Test("Of twenty who use one link at once, one gets in")
  func race() async throws {
    let links = SignInLinkStore(test.database)
    let token = try await links.create(for: account, by: .commandLine, at: now)
    let entered = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 { group.addTask { (try? await links.signIn(token.digest, at: now)) != nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(entered == 1)
  }
}
