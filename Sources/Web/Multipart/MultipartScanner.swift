import BatchReports

/// Splits the bytes of a multipart body, arriving in any pieces, into headers and data (RFC 2046, section 5.1.1).
struct MultipartScanner {
  enum Step {
    case needsMore
    case headers([String])
    case data([UInt8])
    case partEnd
    case end
  }

  private enum State { case preamble, afterBoundary, headers, data, partEnded, ended }

  static let maximumHeaderBytes = 8 * 1024

  /// The boundary as it stands between parts. A body begins without the line break, so one is put in front.
  private let delimiter: [UInt8]
  private var bytes: [UInt8] = Array("\r\n".utf8)
  private var position = 0
  private var state = State.preamble

  init(boundary: String) { delimiter = Array("\r\n--\(boundary)".utf8) }

  mutating func append(_ more: some Sequence<UInt8>) {
    bytes.removeFirst(position)
    position = 0
    bytes += more
  }

  mutating func next() throws -> Step {
    switch state {
    case .preamble:
      guard let start = search(delimiter) else {
        position = max(position, bytes.count - delimiter.count)
        return .needsMore
      }
      position = start + delimiter.count
      state = .afterBoundary
      return try next()
    case .afterBoundary: return try afterBoundary()
    case .headers: return try headers()
    case .data: return data()
    case .partEnded:
      state = .afterBoundary
      return .partEnd
    case .ended: return .end
    }
  }

  /// After a boundary: `--` ends the body; else padding and a line break, and a part begins.
  private mutating func afterBoundary() throws -> Step {
    guard bytes.count - position >= 2 else { return .needsMore }
    if bytes[position] == UInt8(ascii: "-"), bytes[position + 1] == UInt8(ascii: "-") {
      state = .ended
      return .end
    }
    var cursor = position
    while cursor < bytes.count, bytes[cursor] == UInt8(ascii: " ") || bytes[cursor] == UInt8(ascii: "\t") { cursor += 1 }
    guard cursor - position <= 256 else { throw broken }
    guard bytes.count - cursor >= 2 else { return .needsMore }
    guard bytes[cursor] == UInt8(ascii: "\r"), bytes[cursor + 1] == UInt8(ascii: "\n") else { throw broken }
    position = cursor
    state = .headers
    return try headers()
  }

  /// The header lines stand between the boundary's own line break and an empty line.
  private mutating func headers() throws -> Step {
    guard let end = search(Array("\r\n\r\n".utf8)) else {
      if bytes.count - position > MultipartScanner.maximumHeaderBytes { throw broken }
      return .needsMore
    }
    guard end - position <= MultipartScanner.maximumHeaderBytes, let text = String(validating: bytes[position..<end], as: UTF8.self) else {
      throw broken
    }
    // The line break that ends the headers stays: an empty part's boundary needs it in front.
    position = end + 2
    state = .data
    isAtStart = true
    return .headers(text.split(separator: "\r\n").map(String.init))
  }

  private var isAtStart = false

  /// Everything before the next boundary; of what may be the beginning of one, nothing is given out yet.
  private mutating func data() -> Step {
    let start = isAtStart ? position + 2 : position
    if let end = search(delimiter) {
      let found = bytes[min(start, end)..<end]
      position = end + delimiter.count
      state = found.isEmpty ? .afterBoundary : .partEnded
      isAtStart = false
      return found.isEmpty ? .partEnd : .data(Array(found))
    }
    let safe = bytes.count - delimiter.count + 1
    guard safe > start else { return .needsMore }
    let found = Array(bytes[start..<safe])
    position = safe
    isAtStart = false
    return .data(found)
  }

  private func search(_ pattern: [UInt8]) -> Int? {
    guard bytes.count - position >= pattern.count else { return nil }
    return bytes.withUnsafeBufferPointer { bytes in
      pattern.withUnsafeBufferPointer { pattern in
        var index = position
        let last = bytes.count - pattern.count
        while index <= last {
          if bytes[index] == pattern[0], (1..<pattern.count).allSatisfy({ bytes[index + $0] == pattern[$0] }) { return index }
          index += 1
        }
        return nil
      }
    }
  }

  private var broken: RequestRefusal { .malformed("The form's parts cannot be read.") }
}
