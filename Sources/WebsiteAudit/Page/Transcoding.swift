import Foundation

/// Decodes by the C library's iconv, with a replacement character for each byte that cannot be read, as browsers do.
enum Transcoding {
  /// A page with more unreadable bytes than this is not in the encoding that it claims.
  private static let errorLimit = 2_000

  /// UTF-8, or nil when the encoding is not installed or plainly not the one of these bytes.
  static func utf8(_ bytes: [UInt8], from encoding: StaticString) -> [UInt8]? {
    guard let converter = iconv_open("UTF-8", encoding.description), converter != iconv_t(bitPattern: -1) else { return nil }
    defer { iconv_close(converter) }
    var input = bytes.map { CChar(bitPattern: $0) }
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count * 2)
    var errors = 0
    let isRead = input.withUnsafeMutableBufferPointer { buffer -> Bool in
      var next = buffer.baseAddress
      var left = buffer.count
      while left > 0 {
        let before = left
        let code = convert(converter, &next, &left, into: &output)
        // E2BIG only means that the piece of output is full.
        guard code != 0, code != E2BIG || left == before else { continue }
        errors += 1
        guard errors <= errorLimit, left > 0 else { return false }
        output.append(contentsOf: Array("\u{FFFD}".utf8))
        next = next.map { $0 + 1 }
        left -= 1
      }
      // Some converters hold the last letter back, in case a mark follows it.
      var nothing: UnsafeMutablePointer<CChar>?
      var none = 0
      _ = convert(converter, &nothing, &none, into: &output)
      return true
    }
    return isRead && errors <= max(20, bytes.count / 100) ? output : nil
  }

  /// One call of iconv with a piece of output; 0, or errno.
  private static func convert(
    _ converter: iconv_t, _ next: inout UnsafeMutablePointer<CChar>?, _ left: inout Int, into output: inout [UInt8]
  ) -> Int32 {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 65_536) { piece in
      var end = piece.baseAddress
      var room = piece.count
      let result = iconv(converter, &next, &left, &end, &room)
      let code = result == -1 ? errno : 0
      output.append(contentsOf: UnsafeRawBufferPointer(start: piece.baseAddress, count: piece.count - room))
      return code
    }
  }
}
