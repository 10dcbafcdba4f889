import Foundation

/// What an account may do; each role includes the ones before it.
public enum Role: String, Sendable, Codable, CaseIterable, Comparable {
  case viewer, `operator`, admin

  public static func < (a: Role, b: Role) -> Bool { a.rank < b.rank }
  private var rank: Int { Role.allCases.firstIndex(of: self) ?? 0 }
}

public struct Account: Sendable, Hashable {
  public var id: UUID
  public var email: String
  public var role: Role
  public var createdAt: Date
  public var disabledAt: Date?

  public init(id: UUID, email: String, role: Role, createdAt: Date, disabledAt: Date? = nil) {
    self.id = id
    self.email = email
    self.role = role
    self.createdAt = createdAt
    self.disabledAt = disabledAt
  }

  /// Operators control their own batches, admins every one (contract, section 6).
  public func mayControl(ownedBy owner: UUID) -> Bool { role == .admin || (role == .operator && owner == id) }

  /// Private batches are seen by their starter and by admins.
  public func maySee(isPrivate: Bool, ownedBy owner: UUID) -> Bool { !isPrivate || role == .admin || owner == id }
}

/// Why a sign-in or an action was refused.
public enum AccessRefusal: Refusal, Hashable {
  case notSignedIn
  case wrongCredentials
  case tooManyAttempts(retryAfterSeconds: Int)
  case roleTooLow(needed: Role)
  case notYours
  case formExpired

  public var code: RefusalCode {
    switch self {
    case .notSignedIn, .wrongCredentials: .unauthenticated
    case .tooManyAttempts: .rateLimited
    case .roleTooLow, .notYours, .formExpired: .forbidden
    }
  }

  public var explanation: String {
    switch self {
    case .notSignedIn: "Sign in first, or send a valid API token."
    case .wrongCredentials: "The email or the password is wrong. Check both and try again."
    case .tooManyAttempts(let seconds): "Too many failed attempts. Try again in \(seconds) seconds."
    case .roleTooLow(let needed): "This needs the role \(needed.rawValue). Ask an admin."
    case .notYours: "Only its starter or an admin can control this batch."
    case .formExpired: "This form has expired. Go back, reload the page and send it again."
    }
  }

  public var retryAfterSeconds: Int? {
    if case .tooManyAttempts(let seconds) = self { return seconds }
    return nil
  }
}

/// The rules for an account's email and password.
public enum AccountRules {
  public static let minimumPasswordLength = 10
  public static let maximumPasswordLength = 1024

  /// Lower-cased and trimmed; throws `InvalidInput` when it cannot be an address.
  public static func email(_ text: String) throws -> String {
    let email = text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    let parts = email.split(separator: "@", omittingEmptySubsequences: false)
    guard email.utf8.count <= 254, parts.count == 2, !parts[0].isEmpty, parts[1].contains("."), !parts[1].hasPrefix("."),
      !parts[1].hasSuffix("."), email.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 })
    else { throw InvalidInput("email", "Give an email address such as name@example.com.") }
    return email
  }

  /// Throws `InvalidInput` for one that is too short (NIST SP 800-63B asks for length, not for kinds of characters) or too long to hash.
  public static func password(_ text: String) throws {
    if text.count < minimumPasswordLength {
      throw InvalidInput("password", "The password needs at least \(minimumPasswordLength) characters.", code: "too_short")
    }
    if text.utf8.count > maximumPasswordLength {
      throw InvalidInput("password", "The password may have at most \(maximumPasswordLength) bytes.", code: "too_long")
    }
  }
}
