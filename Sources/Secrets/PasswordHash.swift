import CSodium
import Foundation

/// What one password hash costs, in libsodium's measures.
public struct PasswordCost: Sendable, Hashable {
  public var operations: UInt64
  public var memoryBytes: Int

  public init(operations: UInt64, memoryBytes: Int) {
    self.operations = operations
    self.memoryBytes = memoryBytes
  }

  /// 64 MiB and 2 passes: libsodium's INTERACTIVE, above the 19 MiB and 2 passes that the OWASP password storage cheat sheet asks for.
  public static let interactive = PasswordCost(
    operations: UInt64(crypto_pwhash_OPSLIMIT_INTERACTIVE), memoryBytes: Int(crypto_pwhash_MEMLIMIT_INTERACTIVE))

  /// The least that libsodium takes; for tests only.
  public static let least = PasswordCost(
    operations: UInt64(crypto_pwhash_OPSLIMIT_MIN), memoryBytes: Int(crypto_pwhash_MEMLIMIT_MIN))
}

/// Argon2id (RFC 9106) as a string that carries its salt and cost: `$argon2id$v=19$m=65536,t=2,p=1$…`.
///
/// Both functions block for tens of milliseconds; `PasswordHasher` runs them off the cooperative threads.
public enum PasswordHash {
  public struct OutOfMemory: Error {}

  /// Throws `OutOfMemory` when the cost's memory cannot be had.
  public static func make(_ password: String, cost: PasswordCost) throws -> String {
    precondition(Sodium.isReady, "libsodium could not be initialised")
    var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
    let bytes = Array(password.utf8CString)
    guard crypto_pwhash_str(&text, bytes, UInt64(bytes.count - 1), cost.operations, cost.memoryBytes) == 0 else { throw OutOfMemory() }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  public static func matches(_ password: String, hash: String) -> Bool {
    precondition(Sodium.isReady, "libsodium could not be initialised")
    let bytes = Array(password.utf8CString)
    return crypto_pwhash_str_verify(hash, bytes, UInt64(bytes.count - 1)) == 0
  }

  /// Whether the hash was made at another cost, and should be made anew at the next sign-in.
  public static func isOutdated(_ hash: String, cost: PasswordCost) -> Bool {
    crypto_pwhash_str_needs_rehash(hash, cost.operations, cost.memoryBytes) != 0
  }
}
