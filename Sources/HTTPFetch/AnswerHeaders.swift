import Foundation

/// Puts together the header lines of one hop, as libcurl hands them over one by one: interim answers (1xx) are dropped, and so are
/// trailers, which come after the body.
struct AnswerHeaders {
  /// What a line meant.
  enum Event { case none, completed }

  /// The status of the newest complete answer; 0 before the first.
  private(set) var status = 0
  /// Header lines of the newest answer, in the order received.
  private(set) var headers: [HTTPHeader] = []
  /// Decoders that libcurl may stack up for the body: one for each coding that the answer and, to be safe, the interim ones before it name.
  private(set) var decoders = 0

  private var isInside = false
  private var newStatus = 0

  /// Takes one line with its line break. `completed` comes with the empty line that ends the headers of a final answer.
  mutating func take(_ line: some BidirectionalCollection<UInt8>) -> Event {
    let bytes = Self.trimmed(Array(line)[...], isBlank: { $0 == 0x0D || $0 == 0x0A })
    if !isInside {
      if bytes.starts(with: "HTTP/".utf8) { begin(bytes) }
    } else if bytes.isEmpty {
      isInside = false
      decoders += codings
      guard newStatus / 100 != 1 else { return .none }
      status = newStatus
      return .completed
    } else if bytes.first == 0x20 || bytes.first == 0x09 {
      fold(bytes)
    } else if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
      headers.append(HTTPHeader(Self.decoded(bytes[..<colon]), Self.decoded(Self.trimmed(bytes[(colon + 1)...]))))
    }
    return .none
  }

  private mutating func begin(_ statusLine: ArraySlice<UInt8>) {
    isInside = true
    headers = []
    if newStatus / 100 != 1 { decoders = 0 }
    let words = statusLine.split(separator: 0x20, maxSplits: 2)
    newStatus = words.count > 1 ? Int(Self.decoded(words[1])) ?? 0 : 0
  }

  /// Codings that the answer names for its body and that are to be undone (RFC 9110, 8.4; RFC 9112, 6.1).
  private var codings: Int {
    let lists = headers.filter { ["content-encoding", "transfer-encoding"].contains($0.name.lowercased()) }.map(\.value)
    let names = lists.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    return names.count { !["", "identity", "chunked"].contains($0) }
  }

  /// A line that starts with a space goes on with the value before it (RFC 9112, 5.2).
  private mutating func fold(_ bytes: ArraySlice<UInt8>) {
    guard let last = headers.indices.last else { return }
    headers[last].value += " " + Self.decoded(Self.trimmed(bytes))
  }

  private static func trimmed(
    _ bytes: ArraySlice<UInt8>, isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
  ) -> ArraySlice<UInt8> {
    guard let first = bytes.firstIndex(where: { !isBlank($0) }), let last = bytes.lastIndex(where: { !isBlank($0) }) else { return [] }
    return bytes[first...last]
  }

  /// Header text is UTF-8 nowadays; what is not UTF-8 is Latin-1, which cannot fail (RFC 9110, 5.5).
  private static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
    return text
  }
}
