import BatchReports
import Foundation
import GRDB

/// The accounts' rows. Every change stands in the audit trail, in the same transaction.
public struct AccountStore: Sendable {
  let database: AppDatabase

  public init(_ database: AppDatabase) { self.database = database }

  /// Adds an account; without a password hash it can only be entered by a sign-in link. Throws `AccountRefusal.emailTaken`.
  @discardableResult
  public func add(email: String, role: Role, passwordHash: String?, by actor: Actor, at now: Date) async throws -> Account {
    let account = Account(id: .version7(at: now), email: email, role: role, createdAt: Date(milliseconds: now.milliseconds))
    try await database.pool.write { db in
      try db.execute(
        sql: "INSERT INTO account (id, email, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (email) DO NOTHING",
        arguments: [account.id.text, email, role.rawValue, passwordHash, now.milliseconds])
      if db.changesCount == 0 { throw AccountRefusal.emailTaken }
      try AccountStore.record("account.added", account.id, by: actor, at: now, detail: ["email": email, "role": role.rawValue], in: db)
    }
    return account
  }

  /// Every account, by email.
  public func list() async throws -> [Account] {
    try await database.pool.read { db in
      try Row.fetchAll(db, sql: "SELECT \(AccountRow.columns) FROM account ORDER BY email").map(AccountRow.account)
    }
  }

  public func count() async throws -> Int {
    try await database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM account") ?? 0 }
  }

  public func find(_ id: UUID) async throws -> Account? {
    try await database.pool.read { db in
      try Row.fetchOne(db, sql: "SELECT \(AccountRow.columns) FROM account WHERE id = ?", arguments: [id.text]).map(AccountRow.account)
    }
  }

  public func byEmail(_ email: String) async throws -> Account? { try await credentials(email)?.account }

  /// An account, disabled or not, and the hash of its password if it has one.
  public func credentials(_ email: String) async throws -> (account: Account, passwordHash: String?)? {
    try await database.pool.read { db in
      let row = try Row.fetchOne(
        db, sql: "SELECT \(AccountRow.columns), password_hash FROM account WHERE email = ?", arguments: [email])
      return try row.map { (try AccountRow.account($0), $0["password_hash"]) }
    }
  }

  /// Sets a password, ends the account's sessions and links and revokes its tokens, so that whoever knew the old one is out.
  /// Throws `AccountRefusal.unknownAccount`.
  public func setPassword(_ id: UUID, hash: String, by actor: Actor, at now: Date) async throws {
    try await change(id, "account.password_set", by: actor, at: now) { db in
      try db.execute(sql: "UPDATE account SET password_hash = ? WHERE id = ?", arguments: [hash, id.text])
      guard db.changesCount == 1 else { throw AccountRefusal.unknownAccount }
      try AccountStore.endSessions(id, at: now, in: db)
      try APITokenStore.revokeAll(of: id, by: actor, at: now, in: db)
    }
  }

  /// Replaces a hash by one of the same password at today's cost, if it still is the one that was checked.
  public func upgradeHash(_ id: UUID, from old: String, to new: String) async throws {
    try await database.pool.write { db in
      try db.execute(
        sql: "UPDATE account SET password_hash = ? WHERE id = ? AND password_hash = ?", arguments: [new, id.text, old])
    }
  }

  /// Shuts an account and ends its sessions; its tokens rest until it is enabled. Throws `AccountRefusal`: unknown account, last admin.
  public func disable(_ id: UUID, by actor: Actor, at now: Date) async throws {
    try await change(id, "account.disabled", by: actor, at: now) { db in
      try db.execute(
        sql: """
          UPDATE account SET disabled_at = ?1 WHERE id = ?2 AND disabled_at IS NULL
          AND (role <> 'admin' OR \(AccountStore.hasOtherAdmin))
          """,
        arguments: [now.milliseconds, id.text])
      if db.changesCount == 0 { throw try AccountStore.whyNot(id, in: db) { $0.disabledAt != nil } }
      try AccountStore.endSessions(id, at: now, in: db)
    }
  }

  /// Opens a disabled account again. Throws `AccountRefusal.unknownAccount`.
  public func enable(_ id: UUID, by actor: Actor, at now: Date) async throws {
    try await change(id, "account.enabled", by: actor, at: now) { db in
      try db.execute(sql: "UPDATE account SET disabled_at = NULL WHERE id = ? AND disabled_at IS NOT NULL", arguments: [id.text])
      if db.changesCount == 0 { throw try AccountStore.whyNot(id, in: db) { $0.disabledAt == nil } }
    }
  }

  /// Throws `AccountRefusal`: unknown account, last admin.
  public func setRole(_ id: UUID, to role: Role, by actor: Actor, at now: Date) async throws {
    try await change(id, "account.role_set", by: actor, at: now, detail: ["role": role.rawValue]) { db in
      try db.execute(
        sql: """
          UPDATE account SET role = ?1 WHERE id = ?2 AND role <> ?1
          AND (role <> 'admin' OR disabled_at IS NOT NULL OR \(AccountStore.hasOtherAdmin))
          """,
        arguments: [role.rawValue, id.text])
      if db.changesCount == 0 { throw try AccountStore.whyNot(id, in: db) { $0.role == role } }
    }
  }

  /// True when an enabled admin other than the row at hand is left.
  private static let hasOtherAdmin = """
    EXISTS (SELECT 1 FROM account AS other WHERE other.role = 'admin' AND other.disabled_at IS NULL AND other.id <> account.id)
    """

  /// What was asked for is already so: nothing to write, nothing to refuse.
  private struct AlreadySo: Error {}

  private func change(
    _ id: UUID, _ action: String, by actor: Actor, at now: Date, detail: [String: String] = [:],
    _ update: @escaping @Sendable (Database) throws -> Void
  ) async throws {
    do {
      try await database.pool.write { db in
        try update(db)
        var detail = detail
        detail["email"] = try String.fetchOne(db, sql: "SELECT email FROM account WHERE id = ?", arguments: [id.text])
        try AccountStore.record(action, id, by: actor, at: now, detail: detail, in: db)
      }
    } catch is AlreadySo {}
  }

  /// Why a compare-and-set changed nothing: no such account, nothing left to do, or the last admin would have gone.
  private static func whyNot(_ id: UUID, in db: Database, isDone: (Account) -> Bool) throws -> any Error {
    let row = try Row.fetchOne(db, sql: "SELECT \(AccountRow.columns) FROM account WHERE id = ?", arguments: [id.text])
    guard let account = try row.map(AccountRow.account) else { return AccountRefusal.unknownAccount }
    return isDone(account) ? AlreadySo() : AccountRefusal.lastAdmin
  }

  static func endSessions(_ id: UUID, at now: Date, in db: Database) throws {
    try db.execute(sql: "DELETE FROM session WHERE account_id = ?", arguments: [id.text])
    try db.execute(
      sql: "UPDATE sign_in_link SET used_at = ? WHERE account_id = ? AND used_at IS NULL", arguments: [now.milliseconds, id.text])
  }

  private static func record(
    _ action: String, _ id: UUID, by actor: Actor, at now: Date, detail: [String: String], in db: Database
  ) throws {
    try AuditTrail.record(
      AuditEntry(at: now, actor: actor, action: action, subjectType: "account", subjectID: id.text, detail: detail), in: db)
  }
}
