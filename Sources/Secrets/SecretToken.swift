import CSodium
import Foundation

/// A bearer secret of 256 random bits. Only its SHA-256 is stored: a value that long cannot be guessed from its digest.
public struct SecretToken: Sendable, Hashable {
  /// The prefix says what it is, so that a scanner finds a token that leaked into a repository or a log.
  public enum Kind: String, Sendable, CaseIterable {
    case api = "brr_"
    case session = "brs_"
    case signInLink = "brl_"
  }

  /// Prefix and 43 characters of base64url (RFC 4648, section 5).
  public let text: String
  /// SHA-256 of `text`.
  public let digest: Data

  private init(unchecked text: String) {
    self.text = text
    digest = Digest.sha256(Data(text.utf8))
  }

  public static func random(_ kind: Kind = .session) -> SecretToken {
    SecretToken(unchecked: kind.rawValue + Base64URL.encode(RandomBytes.make(32)))
  }

  /// Nil for a text that cannot be a token of that kind, so that no query is made for it.
  public init?(_ text: String, kind: Kind) {
    let secret = text.utf8.dropFirst(kind.rawValue.utf8.count)
    guard text.hasPrefix(kind.rawValue), secret.count == 43, secret.allSatisfy(Base64URL.isDigit) else { return nil }
    self.init(unchecked: text)
  }
}

/// Bytes from the system's cryptographic generator, by libsodium.
public enum RandomBytes {
  public static func make(_ count: Int) -> Data {
    precondition(Sodium.isReady, "libsodium could not be initialised")
    var bytes = [UInt8](repeating: 0, count: count)
    randombytes_buf(&bytes, count)
    return Data(bytes)
  }
}

/// Base64 with `-` and `_`, without padding (RFC 4648, section 5).
public enum Base64URL {
  public static func encode(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  public static func decode(_ text: String) -> Data? {
    guard text.utf8.allSatisfy(isDigit) else { return nil }
    let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
    return Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + padding)
  }

  static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

/// Compares secrets in a time that does not depend on where they differ.
public enum ConstantTime {
  public static func equal(_ a: String, _ b: String) -> Bool {
    let a = Array(a.utf8)
    let b = Array(b.utf8)
    return a.count == b.count && sodium_memcmp(a, b, a.count) == 0
  }
}
