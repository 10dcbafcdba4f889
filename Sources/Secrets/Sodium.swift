import CSodium
import Foundation

/// libsodium, initialised once before its first use, as its documentation asks.
enum Sodium {
  static let isReady: Bool = sodium_init() >= 0
}

/// SHA-256 (FIPS 180-4): checksums, and digests of secrets that are long and random in themselves.
public enum Digest {
  public static func sha256(_ data: Data) -> Data {
    precondition(Sodium.isReady, "libsodium could not be initialised")
    var digest = [UInt8](repeating: 0, count: Int(crypto_hash_sha256_BYTES))
    _ = data.withUnsafeBytes { crypto_hash_sha256(&digest, $0.bindMemory(to: UInt8.self).baseAddress, UInt64(data.count)) }
    return Data(digest)
  }

  public static func sha256Hex(_ data: Data) -> String {
    sha256(data).map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }
}
