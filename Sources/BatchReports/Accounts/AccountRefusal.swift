/// Why a change to an account, a token or a sign-in link was refused.
public enum AccountRefusal: Refusal, Hashable {
  case emailTaken
  case unknownAccount
  case lastAdmin
  case unknownToken
  case linkNotValid

  public var code: RefusalCode {
    switch self {
    case .emailTaken: .invalidInput
    case .lastAdmin: .invalidTransition
    case .unknownAccount, .unknownToken: .notFound
    case .linkNotValid: .unauthenticated
    }
  }

  public var explanation: String {
    switch self {
    case .emailTaken: "There already is an account with this email."
    case .unknownAccount: "There is no such account."
    case .lastAdmin: "This is the last admin. Make another account an admin first."
    case .unknownToken: "There is no such token, or it has been revoked."
    case .linkNotValid: "This sign-in link has been used or has expired. Ask for a new one, or sign in with your password."
    }
  }

  public var field: String? { self == .emailTaken ? "email" : nil }
}
