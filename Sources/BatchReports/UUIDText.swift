import Foundation

extension UUID {
  /// Lower case, as RFC 9562 writes it and as it stands in URLs and rows.
  ///
  /// Foundation goes through `snprintf` and `sscanf`, which took a third of a preview's time: a batch has thousands of ids.
  public var text: String {
    withUnsafeBytes(of: uuid) { bytes in
      String(unsafeUninitializedCapacity: UUID.textLength) { text in
        var place = 0
        for (index, byte) in bytes.enumerated() {
          if UUID.isAfterHyphen(index) {
            text[place] = UUID.hyphen
            place += 1
          }
          text[place] = UUID.digit(byte >> 4)
          text[place + 1] = UUID.digit(byte & 0xF)
          place += 2
        }
        return place
      }
    }
  }

  /// Reads the hyphenated form in either case; nil for anything else.
  public init?(text: String) {
    var text = text
    let read = text.withUTF8 { text -> uuid_t? in
      guard text.count == UUID.textLength else { return nil }
      var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
      let isRead = withUnsafeMutableBytes(of: &value) { bytes in
        var place = 0
        for index in bytes.indices {
          if UUID.isAfterHyphen(index) {
            guard text[place] == UUID.hyphen else { return false }
            place += 1
          }
          guard let high = UUID.value(of: text[place]), let low = UUID.value(of: text[place + 1]) else { return false }
          bytes[index] = high << 4 | low
          place += 2
        }
        return true
      }
      return isRead ? value : nil
    }
    guard let read else { return nil }
    self.init(uuid: read)
  }

  private static let textLength = 36
  private static let hyphen = UInt8(ascii: "-")

  /// The groups have 4, 2, 2, 2 and 6 bytes (RFC 9562, section 4).
  private static func isAfterHyphen(_ index: Int) -> Bool { index == 4 || index == 6 || index == 8 || index == 10 }

  private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10 }

  private static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
