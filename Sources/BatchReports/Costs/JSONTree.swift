import Foundation

/// A JSON text as it stands, numbers exact, for documents of which every member is judged.
enum JSONTree: Sendable, Hashable, Decodable {
  case object([String: JSONTree])
  case list([JSONTree])
  case text(String)
  case number(Decimal)
  case flag(Bool)
  case null

  struct Malformed: Error { var explanation: String }

  /// Throws `Malformed` for bytes that are no JSON (RFC 8259), and for an object that has a member twice, whose meaning would be anybody's guess.
  init(_ data: Data) throws {
    do { self = try JSONDecoder().decode(JSONTree.self, from: data) } catch let DecodingError.dataCorrupted(context) {
      let reason = context.underlyingError.map { "\(($0 as NSError).userInfo["NSDebugDescription"] ?? $0)" } ?? context.debugDescription
      throw Malformed(explanation: "It is not JSON: \(reason)")
    }
    if let twice = DuplicateMembers.first(in: data) { throw Malformed(explanation: "“\(twice.prefix(60))” stands twice in the same object.") }
  }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .flag(flag)
    } else if let text = try? value.decode(String.self) {
      self = .text(text)
    } else if let members = try? value.decode([String: JSONTree].self) {
      self = .object(members)
    } else if let items = try? value.decode([JSONTree].self) {
      self = .list(items)
    } else {
      self = .number(try value.decode(Decimal.self))
    }
  }
}

/// Finds a member that an object has twice. Decoders take one of the two and say nothing.
enum DuplicateMembers {
  /// The first such name; nil when there is none. The bytes have to be JSON already.
  static func first(in data: Data) -> String? {
    var objects: [Set<String>?] = []
    var isName = false
    var bytes = data.makeIterator()
    while let byte = bytes.next() {
      switch byte {
      case UInt8(ascii: "{"):
        objects.append([])
        isName = true
      case UInt8(ascii: "["):
        objects.append(nil)
        isName = false
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = objects.popLast()
      case UInt8(ascii: ","): isName = objects.last.map { $0 != nil } ?? false
      case UInt8(ascii: "\""):
        let name = text(&bytes)
        if isName, let depth = objects.indices.last {
          if objects[depth]?.insert(name).inserted == false { return name }
          isName = false
        }
      default: break
      }
    }
    return nil
  }

  /// Up to the closing quotation mark, escapes resolved.
  private static func text(_ bytes: inout Data.Iterator) -> String {
    var raw: [UInt8] = [UInt8(ascii: "\"")]
    var isEscaped = false
    while let byte = bytes.next() {
      raw.append(byte)
      if isEscaped { isEscaped = false } else if byte == UInt8(ascii: "\\") { isEscaped = true } else if byte == UInt8(ascii: "\"") { break }
    }
    // An escape that stands for nothing has been refused before; the raw text still tells names apart.
    return (try? JSONDecoder().decode(String.self, from: Data(raw))) ?? String(decoding: raw, as: UTF8.self)
  }
}
