import CSV
import Testing

@Suite("The CSV reader understands the encodings of the field")
struct CSVEncodingTests {
  private struct Reading {
    var fields: [[String]] = []
    var usedFallback = false
  }

  private func read(_ bytes: [UInt8], as encoding: CSVEncoding = .automatic) throws -> Reading {
    var reader = CSVReader(encoding: encoding)
    var reading = Reading()
    try reader.feed(bytes) { reading.fields.append($0.fields) }
    try reader.finish { reading.fields.append($0.fields) }
    reading.usedFallback = reader.usedFallbackEncoding
    return reading
  }

  private func utf16(_ text: String, bigEndian: Bool, mark: Bool = true) -> [UInt8] {
    let units = (mark ? [0xFEFF] : []) + Array(text.utf16)
    return units.flatMap { bigEndian ? [UInt8($0 >> 8), UInt8($0 & 0xFF)] : [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
  }

  @Test("UTF-8 is the default, with or without a byte order mark", arguments: [[], [0xEF, 0xBB, 0xBF]] as [[UInt8]])
  func utf8(mark: [UInt8]) throws {
    let reading = try read(mark + Array("naïve,café 🥐\n".utf8))
    #expect(reading.fields == [["naïve", "café 🥐"]])
    #expect(!reading.usedFallback)
  }

  @Test("A field that is not UTF-8 is read as Windows-1252, and the reader says so")
  func fallback() throws {
    let reading = try read(Array("a,b\ncaf".utf8) + [0xE9, 0x2C, 0x80, 0x20, 0x93, 0x94, 0x81, 0x0A] + Array("né,ok\n".utf8))
    #expect(reading.fields == [["a", "b"], ["café", "€ “”\u{81}"], ["né", "ok"]])
    #expect(reading.usedFallback)
  }

  @Test("Strict UTF-8 refuses other bytes and names the place", arguments: [[], [0xEF, 0xBB, 0xBF]] as [[UInt8]])
  func strict(mark: [UInt8]) throws {
    let found = #expect(throws: CSVError.self) { try read(mark + Array("a,b\nc,caf".utf8) + [0xE9, 0x0A], as: .utf8) }
    #expect(found == .invalidUTF8(row: 2, line: 2, column: 2))
    #expect(found?.code == "invalid_utf8")
    #expect(found?.row == 2)
    #expect(found?.explanation.contains("UTF-8") == true)
    #expect(try read(Array("é,b\n".utf8), as: .utf8).fields == [["é", "b"]])
  }

  @Test("Windows-1252 and Latin-1 differ in 0x80 to 0x9F")
  func singleByteEncodings() throws {
    let bytes: [UInt8] = [0xE9, 0x80, 0x2C, 0x99, 0x0A]
    #expect(try read(bytes, as: .windows1252).fields == [["é€", "™"]])
    #expect(try read(bytes, as: .latin1).fields == [["é\u{80}", "\u{99}"]])
    #expect(try !read(bytes, as: .windows1252).usedFallback)
  }

  @Test("UTF-16 is known by its byte order mark", arguments: [false, true])
  func utf16WithMark(bigEndian: Bool) throws {
    let text = "name,note\r\ncafé,\"🥐 ok\"\r\n"
    #expect(try read(utf16(text, bigEndian: bigEndian)).fields == [["name", "note"], ["café", "🥐 ok"]])
  }

  @Test("UTF-16 without a mark is read when it is named, and refused when it is not", arguments: [false, true])
  func utf16WithoutMark(bigEndian: Bool) throws {
    let bytes = utf16("név,b\n", bigEndian: bigEndian, mark: false)
    #expect(try read(bytes, as: bigEndian ? .utf16BigEndian : .utf16LittleEndian).fields == [["név", "b"]])
    #expect(throws: CSVError.self) { try read(bytes) }
  }

  @Test("A byte order mark wins over the encoding that was named")
  func markWins() throws {
    #expect(try read([0xEF, 0xBB, 0xBF] + Array("é,b\n".utf8), as: .windows1252).fields == [["é", "b"]])
    #expect(try read(utf16("é,b\n", bigEndian: true), as: .latin1).fields == [["é", "b"]])
  }

  @Test("Half a character of UTF-16 becomes the replacement character")
  func brokenUTF16() throws {
    #expect(try read([0xFF, 0xFE, 0x3D, 0xD8, 0x61, 0x00]).fields == [["\u{FFFD}a"]])
    #expect(try read([0xFF, 0xFE, 0x00, 0xDC, 0x61, 0x00]).fields == [["\u{FFFD}a"]])
    #expect(try read([0xFF, 0xFE, 0x61, 0x00, 0x3D, 0xD8]).fields == [["a\u{FFFD}"]])
    #expect(try read([0xFF, 0xFE, 0x61, 0x00, 0x62]).fields == [["a\u{FFFD}"]])
  }

  @Test("The names of encodings are those an operator writes")
  func names() {
    #expect(CSVEncoding(rawValue: "utf-8") == .utf8)
    #expect(CSVEncoding(rawValue: "windows-1252") == .windows1252)
    #expect(CSVEncoding.allCases.count == 6)
  }
}
