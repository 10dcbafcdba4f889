import Foundation

/// A set of leads, as the ones that an account has ticked: a bitmap over the leads' integer keys (1,000,000 leads take 125 KB).
public struct LeadSelection: Sendable {
  private var words: [UInt64]
  /// How many leads are selected; kept, so that asking is free.
  public private(set) var count: Int

  /// The empty selection.
  public init() {
    words = []
    count = 0
  }

  /// The selection of these keys; keys below 0 are ignored.
  public init(_ keys: some Sequence<Int64>) {
    self.init()
    for key in keys { insert(key) }
  }

  public var isEmpty: Bool { count == 0 }

  public func contains(_ key: Int64) -> Bool {
    let word = Int(key >> 6)
    return word >= 0 && word < words.count && words[word] & (1 << UInt64(key & 63)) != 0
  }

  /// Ignores a key below 0, which no lead has.
  public mutating func insert(_ key: Int64) {
    guard key >= 0 else { return }
    let word = Int(key >> 6)
    if word >= words.count { words.append(contentsOf: repeatElement(0, count: word + 1 - words.count)) }
    let bit: UInt64 = 1 << UInt64(key & 63)
    if words[word] & bit == 0 {
      words[word] |= bit
      count += 1
    }
  }

  public mutating func remove(_ key: Int64) {
    guard contains(key) else { return }
    words[Int(key >> 6)] &= ~(1 << UInt64(key & 63))
    count -= 1
  }

  public mutating func formUnion(_ other: LeadSelection) {
    if other.words.count > words.count { words.append(contentsOf: repeatElement(0, count: other.words.count - words.count)) }
    for index in other.words.indices { words[index] |= other.words[index] }
    recount()
  }

  public mutating func formIntersection(_ other: LeadSelection) {
    if words.count > other.words.count { words.removeLast(words.count - other.words.count) }
    for index in words.indices { words[index] &= other.words[index] }
    recount()
  }

  public mutating func subtract(_ other: LeadSelection) {
    for index in 0..<min(words.count, other.words.count) { words[index] &= ~other.words[index] }
    recount()
  }

  private mutating func recount() { count = words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Keys in ascending order.
  public var keys: [Int64] { firstKeys(count) }

  /// The lowest `limit` keys in ascending order.
  public func firstKeys(_ limit: Int) -> [Int64] {
    var keys: [Int64] = []
    keys.reserveCapacity(min(limit, count))
    for (index, word) in words.enumerated() where word != 0 {
      var rest = word
      while rest != 0, keys.count < limit {
        keys.append(Int64(index << 6 | rest.trailingZeroBitCount))
        rest &= rest - 1
      }
      if keys.count >= limit { break }
    }
    return keys
  }

  /// Little-endian words, without trailing empty ones: equal selections have equal bytes.
  public var data: Data {
    let end = words.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
    return words[..<end].map(\.littleEndian).withUnsafeBytes { Data($0) }
  }

  /// Nil when the bytes are no whole words.
  public init?(data: Data) {
    guard data.count % 8 == 0 else { return nil }
    words = data.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
    }
    count = 0
    recount()
  }
}

/// Two selections are equal when they hold the same leads, whatever room their bitmaps have.
extension LeadSelection: Hashable {
  public static func == (a: LeadSelection, b: LeadSelection) -> Bool { a.count == b.count && a.data == b.data }

  public func hash(into hasher: inout Hasher) { hasher.combine(data) }
}
