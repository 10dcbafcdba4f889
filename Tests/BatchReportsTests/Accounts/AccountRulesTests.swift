import BatchReports
import Foundation
import Testing

@Suite struct AccountRulesTests {
  @Test("An email is trimmed and put in lower case")
  func normalised() throws {
    #expect(try AccountRules.email("  Ada@Example.COM \n") == "ada@example.com")
  }

  @Test(
    "What cannot be an email is refused at its field",
    arguments: [
      "", "ada", "ada@", "@example.com", "ada@example", "ada@.com", "ada@example.", "a@b@c.com", "a da@example.com",
      "ada@exa\u{7F}mple.com", String(repeating: "a", count: 250) + "@example.com",
    ])
  func refusedEmail(_ text: String) {
    #expect(performing: { try AccountRules.email(text) }, throws: { ($0 as? InvalidInput)?.field == "email" })
  }

  @Test("A password is refused below 10 characters and above 1024 bytes, and nothing else is asked of it")
  func passwordLength() throws {
    try AccountRules.password("aaaaaaaaaa")
    try AccountRules.password(String(repeating: "é", count: 512))
    #expect(throws: InvalidInput.self) { try AccountRules.password("123456789") }
    #expect(throws: InvalidInput.self) { try AccountRules.password(String(repeating: "é", count: 513)) }
  }

  @Test("A token's name is trimmed, and refused when empty or longer than 80 characters")
  func tokenName() throws {
    #expect(try APIToken.name("  CRM ") == "CRM")
    #expect(try APIToken.name(String(repeating: "a", count: 80)).count == 80)
    #expect(throws: InvalidInput.self) { try APIToken.name(" ") }
    #expect(throws: InvalidInput.self) { try APIToken.name(String(repeating: "a", count: 81)) }
  }

  @Test("A session ends after 12 idle hours, after 7 days, and with its account")
  func sessionEnd() {
    let start = Date(timeIntervalSince1970: 1_000_000)
    var session = Session(
      account: Account(id: UUID(), email: "a@example.com", role: .viewer, createdAt: start), csrf: "x", createdAt: start, lastSeenAt: start,
      expiresAt: start.addingTimeInterval(SessionRules.absoluteLimit))
    #expect(!session.isOver(at: start.addingTimeInterval(12 * 3600 - 1)))
    #expect(session.isOver(at: start.addingTimeInterval(12 * 3600)))
    session.lastSeenAt = start.addingTimeInterval(7 * 24 * 3600 - 1)
    #expect(!session.isOver(at: start.addingTimeInterval(7 * 24 * 3600 - 1)))
    #expect(session.isOver(at: start.addingTimeInterval(7 * 24 * 3600)))
    session.account.disabledAt = start
    #expect(session.isOver(at: start))
  }

  @Test("Every refusal has a code and a sentence")
  func refusals() {
    let all: [any Refusal] = [
      AccountRefusal.emailTaken, AccountRefusal.unknownAccount, AccountRefusal.lastAdmin, AccountRefusal.unknownToken,
      AccountRefusal.linkNotValid, AccessRefusal.notSignedIn, AccessRefusal.wrongCredentials,
      AccessRefusal.tooManyAttempts(retryAfterSeconds: 9),
      AccessRefusal.roleTooLow(needed: .admin), AccessRefusal.notYours, AccessRefusal.formExpired,
    ]
    for refusal in all { #expect(refusal.explanation.hasSuffix("."), "\(refusal)") }
    #expect(AccountRefusal.emailTaken.field == "email")
    #expect(AccountRefusal.lastAdmin.code == .invalidTransition)
    #expect(AccessRefusal.tooManyAttempts(retryAfterSeconds: 9).retryAfterSeconds == 9)
  }
}
