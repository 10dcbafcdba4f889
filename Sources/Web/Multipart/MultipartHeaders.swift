import BatchReports
import Foundation

/// Reads the header lines of a multipart body and of its parts.
enum MultipartHeaders {
  /// The boundary parameter of a Content-Type (RFC 2046: 1 to 70 characters).
  static func boundary(_ contentType: String) -> String? {
    guard let boundary = parameters(contentType)["boundary"], (1...70).contains(boundary.utf8.count),
      boundary.utf8.allSatisfy({ $0 >= 32 && $0 < 127 })
    else { return nil }
    return boundary
  }

  /// Throws `RequestRefusal.malformed` for a part without a name.
  static func part(_ lines: [String]) throws -> MultipartPart {
    var part: MultipartPart?
    var type: String?
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { throw RequestRefusal.malformed("The form's parts cannot be read.") }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      switch line[..<colon].lowercased() {
      case "content-disposition":
        let found = parameters(value)
        guard value.lowercased().hasPrefix("form-data"), let name = found["name"] else { break }
        part = MultipartPart(name: name, fileName: found["filename"].map(baseName))
      case "content-type": type = value
      default: break
      }
    }
    guard var part else { throw RequestRefusal.malformed("A part of the form has no name.") }
    part.contentType = type
    return part
  }

  /// `; name="value"` pairs, values quoted or bare. Browsers write a quote in a name as `%22` (WHATWG HTML, multipart form data).
  static func parameters(_ header: String) -> [String: String] {
    var result: [String: String] = [:]
    var rest = Substring(header)
    while let semicolon = rest.firstIndex(of: ";") {
      rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
      guard let equals = rest.firstIndex(of: "=") else { break }
      let name = rest[..<equals].trimmingCharacters(in: .whitespaces).lowercased()
      rest = rest[rest.index(after: equals)...]
      var value = ""
      if rest.first == "\"" {
        rest = rest.dropFirst()
        while let character = rest.popFirst(), character != "\"" {
          if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
            value.append(next)
            rest = rest.dropFirst()
          } else {
            value.append(character)
          }
        }
      } else {
        let bare = rest.prefix { $0 != ";" }
        value = bare.trimmingCharacters(in: .whitespaces)
        rest = rest[bare.endIndex...]
      }
      if result[name] == nil { result[name] = value.replacing("%22", with: "\"").replacing("%0D%0A", with: " ") }
    }
    return result
  }

  private static func baseName(_ text: String) -> String {
    let last = text.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    return String(String.UnicodeScalarView(last.unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }).prefix(200))
  }
}
