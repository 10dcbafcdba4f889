import CSV
import Testing

@Suite("The CSV reader stops at its limits and says where")
struct CSVReaderLimitsTests {
  /// Feeds the text in one piece and ends it; returns the error that stopped it.
  private func error(of text: String, _ reader: CSVReader = CSVReader()) -> CSVError? {
    var reader = reader
    do {
      try reader.feed(text.utf8) { _ in }
      try reader.finish { _ in }
      return nil
    } catch {
      return error as? CSVError
    }
  }

  @Test("A quote that is never closed names the row and line in which it began")
  func unclosedQuote() {
    let found = error(of: "a,b\n\"x\ny\",z\nc,\"never closed\nd,e\nf,g\n")
    #expect(found == .unclosedQuote(row: 3, line: 4))
    #expect(found?.code == "unclosed_quote")
    #expect(found?.row == 3)
    #expect(found?.explanation.contains("Row 3") == true)
  }

  @Test("An unclosed quote ends at the field limit, not at the end of a huge file")
  func unclosedQuoteInHugeFile() {
    var reader = CSVReader(maximumFieldBytes: 1_000)
    var fed = 0
    let line = Array("some,ordinary,line,of,text\n".utf8)
    #expect(throws: CSVError.fieldTooLarge(row: 2, line: 2, column: 2, limit: 1_000)) {
      try reader.feed("a,b\nc,\"open\n".utf8) { _ in }
      for _ in 0..<1_000_000 {
        try reader.feed(line) { _ in }
        fed += line.count
      }
    }
    #expect(fed < 20_000)
  }

  @Test("A field of exactly the limit passes, and one byte more does not", arguments: [false, true])
  func fieldLimit(isQuoted: Bool) {
    let quote = isQuoted ? "\"" : ""
    let reader = CSVReader(delimiter: UInt8(ascii: ","), maximumFieldBytes: 10)
    #expect(error(of: "aaaaaaaaaa,\(quote)0123456789\(quote)\n", reader) == nil)
    let found = error(of: "aaaaaaaaaa,\(quote)01234567890\(quote)\n", reader)
    #expect(found == .fieldTooLarge(row: 1, line: 1, column: 2, limit: 10))
    #expect(found?.code == "field_too_large")
    #expect(found?.explanation.contains("10 bytes") == true)
  }

  @Test("Doubled quotes count towards the field limit")
  func fieldLimitOfQuotes() {
    let reader = CSVReader(delimiter: UInt8(ascii: ","), maximumFieldBytes: 3)
    #expect(error(of: "\"\"\"\"\"\"\"\"", reader) == nil)
    #expect(error(of: "\"\"\"\"\"\"\"\"\"\"", reader) == .fieldTooLarge(row: 1, line: 1, column: 1, limit: 3))
  }

  @Test("A record of exactly the column limit passes, and one more does not")
  func columnLimit() {
    let reader = CSVReader(maximumFields: 3)
    #expect(error(of: "a,b,c\n", reader) == nil)
    let found = error(of: "a,b,c\nd,e,f,g\n", reader)
    #expect(found == .tooManyFields(row: 2, line: 2, limit: 3))
    #expect(found?.code == "too_many_fields")
    #expect(found?.row == 2)
    #expect(found?.explanation.contains("3 columns") == true)
  }

  @Test("A zero byte is refused in and outside of quotes", arguments: ["a,b\nc,\0d\n", "a,b\nc,\"\0d\"\n", "a,b\nc,\"\"\0\n"])
  func zeroByte(text: String) {
    let found = error(of: text)
    #expect(found == .nulByte(row: 2, line: 2, column: 2))
    #expect(found?.code == "nul_byte")
    #expect(found?.row == 2)
    #expect(found?.explanation.contains("zero byte") == true)
  }

  @Test("After an error the reader gives the same error again")
  func errorIsRemembered() {
    var reader = CSVReader(delimiter: UInt8(ascii: ","))
    let first = #expect(throws: CSVError.self) { try reader.feed("a\0b".utf8) { _ in } }
    let second = #expect(throws: CSVError.self) { try reader.feed("b\n".utf8) { _ in } }
    let third = #expect(throws: CSVError.self) { try reader.finish { _ in } }
    #expect(first == .nulByte(row: 1, line: 1, column: 1))
    #expect(second == first)
    #expect(third == first)
  }
}
