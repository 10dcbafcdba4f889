import BatchReports
import Foundation
import Storage
import TestSupport
import Testing

@Suite struct AccountStoreTests {
  let test: TestDatabase
  let accounts: AccountStore
  let now = Date(timeIntervalSince1970: 1_795_251_600)

  init() throws {
    test = try TestDatabase()
    accounts = AccountStore(test.database)
  }

  private func add(_ email: String, _ role: Role) async throws -> Account {
    try await accounts.add(email: email, role: role, passwordHash: "hash of \(email)", by: .commandLine, at: now)
  }

  private func actions() async throws -> [String] {
    try await AuditTrail(test.database).list().reversed().map(\.action)
  }

  @Test("An added account is found by its id and by its email in any case")
  func found() async throws {
    let ada = try await add("ada@example.com", .operator)
    #expect(try await accounts.find(ada.id) == ada)
    #expect(try await accounts.byEmail("ADA@example.com") == ada)
    #expect(try await accounts.credentials("ada@example.com")?.passwordHash == "hash of ada@example.com")
    #expect(try await accounts.count() == 1)
    #expect(try await accounts.find(UUID()) == nil)
    #expect(try await accounts.byEmail("nobody@example.com") == nil)
  }

  @Test("A second account with the same email is refused and leaves no trace")
  func taken() async throws {
    _ = try await add("ada@example.com", .viewer)
    await #expect(throws: AccountRefusal.emailTaken) { try await add("Ada@Example.com", .admin) }
    #expect(try await accounts.list().count == 1)
    #expect(try await actions() == ["account.added"])
  }

  @Test("The list is in the order of the emails")
  func ordered() async throws {
    for email in ["c@example.com", "a@example.com", "B@example.com"] { _ = try await add(email, .viewer) }
    #expect(try await accounts.list().map(\.email) == ["a@example.com", "B@example.com", "c@example.com"])
  }

  @Test("The last enabled admin can neither be disabled nor lose the role")
  func lastAdmin() async throws {
    let admin = try await add("admin@example.com", .admin)
    let other = try await add("other@example.com", .admin)
    try await accounts.disable(other.id, by: .account(admin), at: now)
    await #expect(throws: AccountRefusal.lastAdmin) { try await accounts.disable(admin.id, by: .account(admin), at: now) }
    await #expect(throws: AccountRefusal.lastAdmin) { try await accounts.setRole(admin.id, to: .viewer, by: .account(admin), at: now) }
    try await accounts.enable(other.id, by: .account(admin), at: now)
    try await accounts.setRole(admin.id, to: .viewer, by: .account(other), at: now)
    #expect(try await accounts.find(admin.id)?.role == .viewer)
    await #expect(throws: AccountRefusal.lastAdmin) { try await accounts.disable(other.id, by: .account(other), at: now) }
  }

  @Test("Of two admins who disable each other at once, one stays")
  func mutual() async throws {
    let a = try await add("a@example.com", .admin)
    let b = try await add("b@example.com", .admin)
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for (victim, by) in [(a, b), (b, a)] {
        group.addTask {
          do {
            try await accounts.disable(victim.id, by: .account(by), at: now)
            return true
          } catch {
            return false
          }
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(outcomes.filter { $0 }.count == 1)
    #expect(try await accounts.list().filter { $0.disabledAt == nil }.count == 1)
  }

  @Test("What is already so is neither written nor refused")
  func alreadySo() async throws {
    _ = try await add("admin@example.com", .admin)
    let viewer = try await add("viewer@example.com", .viewer)
    try await accounts.setRole(viewer.id, to: .viewer, by: .commandLine, at: now)
    try await accounts.enable(viewer.id, by: .commandLine, at: now)
    try await accounts.disable(viewer.id, by: .commandLine, at: now)
    try await accounts.disable(viewer.id, by: .commandLine, at: now)
    #expect(try await actions() == ["account.added", "account.added", "account.disabled"])
  }

  @Test("A change to an account that does not exist is refused")
  func unknown() async throws {
    let id = UUID()
    await #expect(throws: AccountRefusal.unknownAccount) { try await accounts.disable(id, by: .commandLine, at: now) }
    await #expect(throws: AccountRefusal.unknownAccount) { try await accounts.enable(id, by: .commandLine, at: now) }
    await #expect(throws: AccountRefusal.unknownAccount) { try await accounts.setRole(id, to: .viewer, by: .commandLine, at: now) }
    await #expect(throws: AccountRefusal.unknownAccount) { try await accounts.setPassword(id, hash: "x", by: .commandLine, at: now) }
  }

  @Test("A new password and a disabling end the account's sessions and links, and nobody else's")
  func endsSessions() async throws {
    _ = try await add("admin@example.com", .admin)
    let ada = try await add("ada@example.com", .viewer)
    let bob = try await add("bob@example.com", .viewer)
    let sessions = SessionStore(test.database)
    let links = SignInLinkStore(test.database)
    for change in ["password", "disable"] {
      let (token, _) = try await sessions.create(for: ada, at: now)
      let (others, _) = try await sessions.create(for: bob, at: now)
      let link = try await links.create(for: ada, by: .commandLine, at: now)
      if change == "password" {
        try await accounts.setPassword(ada.id, hash: "new", by: .commandLine, at: now)
      } else {
        try await accounts.disable(ada.id, by: .commandLine, at: now)
      }
      #expect(try await sessions.find(token.digest, at: now) == nil)
      #expect(try await sessions.find(others.digest, at: now) != nil)
      #expect(try await !links.isValid(link.digest, at: now))
    }
    await #expect(throws: AccessRefusal.wrongCredentials) { try await sessions.create(for: ada, at: now) }
    await #expect(throws: AccountRefusal.unknownAccount) { try await links.create(for: ada, by: .commandLine, at: now) }
  }

  @Test("A new password revokes the account's tokens, and nobody else's, and the trail names each")
  func revokesTokens() async throws {
    let ada = try await add("ada@example.com", .viewer)
    let bob = try await add("bob@example.com", .viewer)
    let tokens = APITokenStore(test.database)
    let old = try await tokens.add(for: ada, name: "old", by: .commandLine, at: now)
    try await tokens.revoke(old.record.id, owner: nil, by: .commandLine, at: now)
    let crm = try await tokens.add(for: ada, name: "CRM", by: .commandLine, at: now)
    let others = try await tokens.add(for: bob, name: "CRM", by: .commandLine, at: now)
    try await accounts.setPassword(ada.id, hash: "new", by: .commandLine, at: now)
    #expect(try await tokens.find(crm.token.digest) == nil)
    #expect(try await tokens.find(others.token.digest) != nil)
    #expect(try await actions().suffix(2) == ["token.revoked", "account.password_set"])
    #expect(try await actions().count { $0 == "token.revoked" } == 2)
  }

  @Test("A hash is made anew only while it is the one that was checked")
  func upgrade() async throws {
    let ada = try await add("ada@example.com", .viewer)
    try await accounts.upgradeHash(ada.id, from: "another", to: "new")
    #expect(try await accounts.credentials(ada.email)?.passwordHash == "hash of ada@example.com")
    try await accounts.upgradeHash(ada.id, from: "hash of ada@example.com", to: "new")
    #expect(try await accounts.credentials(ada.email)?.passwordHash == "new")
  }
}
