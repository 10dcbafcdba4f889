import BatchReports
import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Blots a provider's key out of what comes back: a service may repeat the address or the header that it was asked with, and whatever it
/// writes may end in a report, a message or the ledger.
struct KeyMask: Sendable {
  /// A shorter key is hardly a secret, and blotting it out would hide ordinary words.
  static let shortestKey = 8

  /// The key as it is and as addresses and JSON write it.
  private let forms: [String]

  init(_ key: ProviderKey) {
    let secret = key.secret
    guard secret.utf8.count >= Self.shortestKey else {
      forms = []
      return
    }
    let encoded = ProviderAccess.encoded(secret)
    let lowerDigits = encoded.replacing(/%[0-9A-F]{2}/) { $0.output.lowercased() }
    var seen: Set<String> = []
    forms = [secret, encoded, lowerDigits, secret.replacing("/", with: "\\/")].filter { seen.insert($0).inserted }
  }

  /// Puts as many asterisks in place of each occurrence, so that a picture or a table keeps its shape.
  func blot(_ data: inout Data) {
    for form in forms {
      let needle = Array(form.utf8)
      var start = 0
      while let found = Self.offset(of: needle, in: data, from: start) {
        let place = data.startIndex + found
        data.replaceSubrange(place..<place + needle.count, with: repeatElement(UInt8(ascii: "*"), count: needle.count))
        start = found + needle.count
      }
    }
  }

  /// A text that was decoded since: JSON may write any letter of a key as `\u` and four digits.
  func blotted(_ text: String) -> String {
    forms.reduce(text) { $0.replacing($1, with: String(repeating: "*", count: $1.utf8.count)) }
  }

  func blotted(_ part: ProviderPart) -> ProviderPart {
    var part = part
    part.facts = part.facts.map { Fact(name: $0.name, value: blotted($0.value)) }
    part.text = part.text.map { blotted($0) }
    return part
  }

  private static func offset(of needle: [UInt8], in data: Data, from start: Int) -> Int? {
    data.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return nil }
      var at = start
      while at + needle.count <= bytes.count, let hit = memchr(base + at, Int32(needle[0]), bytes.count - needle.count - at + 1) {
        at = base.distance(to: UnsafeRawPointer(hit))
        if memcmp(base + at, needle, needle.count) == 0 { return at }
        at += 1
      }
      return nil
    }
  }
}
