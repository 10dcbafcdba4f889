import BatchReports
import Foundation
import Secrets
import Storage
import TestSupport
import Testing

@Suite struct APITokenStoreTests {
  let test: TestDatabase
  let tokens: APITokenStore
  let ada: Account
  let bob: Account
  let now = Date(timeIntervalSince1970: 1_795_251_600)

  init() async throws {
    test = try TestDatabase()
    tokens = APITokenStore(test.database)
    let accounts = AccountStore(test.database)
    ada = try await accounts.add(email: "ada@example.com", role: .admin, passwordHash: nil, by: .commandLine, at: now)
    bob = try await accounts.add(email: "bob@example.com", role: .operator, passwordHash: nil, by: .commandLine, at: now)
  }

  @Test("A token acts as its account until it is revoked")
  func revoke() async throws {
    let (token, record) = try await tokens.add(for: bob, name: " CRM ", by: .account(bob), at: now)
    #expect(record.name == "CRM")
    #expect(try await tokens.find(token.digest)?.account == bob)
    try await tokens.revoke(record.id, owner: bob.id, by: .account(bob), at: now)
    #expect(try await tokens.find(token.digest) == nil)
    #expect(try await tokens.list(of: bob.id).first?.revokedAt == now)
    await #expect(throws: AccountRefusal.unknownToken) { try await tokens.revoke(record.id, owner: nil, by: .commandLine, at: now) }
  }

  @Test("Only the owner, or whoever may revoke any, ends a token")
  func owner() async throws {
    let (token, record) = try await tokens.add(for: bob, name: "CRM", by: .account(bob), at: now)
    await #expect(throws: AccountRefusal.unknownToken) { try await tokens.revoke(record.id, owner: ada.id, by: .account(ada), at: now) }
    #expect(try await tokens.find(token.digest) != nil)
    try await tokens.revoke(record.id, owner: nil, by: .account(ada), at: now)
    #expect(try await tokens.find(token.digest) == nil)
  }

  @Test("A disabled account's tokens rest, and work again when it is enabled")
  func disabled() async throws {
    let (token, _) = try await tokens.add(for: bob, name: "CRM", by: .account(bob), at: now)
    let accounts = AccountStore(test.database)
    try await accounts.disable(bob.id, by: .account(ada), at: now)
    #expect(try await tokens.find(token.digest) == nil)
    try await accounts.enable(bob.id, by: .account(ada), at: now)
    #expect(try await tokens.find(token.digest) != nil)
  }

  @Test("The list is one account's or everyone's, the newest first")
  func list() async throws {
    _ = try await tokens.add(for: ada, name: "first", by: .account(ada), at: now)
    _ = try await tokens.add(for: bob, name: "second", by: .account(bob), at: now.addingTimeInterval(1))
    #expect(try await tokens.list().map(\.name) == ["second", "first"])
    #expect(try await tokens.list(of: ada.id).map(\.accountEmail) == ["ada@example.com"])
  }

  @Test("A token's last use is written at most once a minute")
  func touch() async throws {
    let (token, record) = try await tokens.add(for: bob, name: "CRM", by: .account(bob), at: now)
    #expect(try await tokens.find(token.digest)?.lastUsedAt == nil)
    for seconds in [0.0, 59] { try await tokens.touch(record.id, at: now.addingTimeInterval(seconds)) }
    #expect(try await tokens.find(token.digest)?.lastUsedAt == now)
    try await tokens.touch(record.id, at: now.addingTimeInterval(60))
    #expect(try await tokens.find(token.digest)?.lastUsedAt == now.addingTimeInterval(60))
  }

  @Test("A token without a name, or for an account that is gone, is refused")
  func refused() async throws {
    await #expect(throws: InvalidInput.self) { try await tokens.add(for: bob, name: " ", by: .account(bob), at: now) }
    let gone = Account(id: UUID(), email: "x@example.com", role: .viewer, createdAt: now)
    await #expect(throws: AccountRefusal.unknownAccount) { try await tokens.add(for: gone, name: "x", by: .commandLine, at: now) }
  }
}
