import CSV
import Testing

@Suite("The CSV reader reads records as RFC 4180 has them")
struct CSVReaderTests {
  @Test("Each kind of line ending ends a record", arguments: ["\r\n", "\n", "\r"])
  func lineEndings(ending: String) throws {
    let rows = try CSVReader.rows(of: "name,city\(ending)Oak Cafe,Austin\(ending)".utf8)
    #expect(rows.map(\.fields) == [["name", "city"], ["Oak Cafe", "Austin"]])
    #expect(rows.map(\.number) == [1, 2])
    #expect(rows.map(\.line) == [1, 2])
  }

  @Test("The last record needs no line ending")
  func noTrailingNewline() throws {
    #expect(try CSVReader.rows(of: "a,b\nc,d".utf8).map(\.fields) == [["a", "b"], ["c", "d"]])
    #expect(try CSVReader.rows(of: "a,b\nc,".utf8).map(\.fields) == [["a", "b"], ["c", ""]])
    #expect(try CSVReader.rows(of: "a,b\nc,\"d\"".utf8).map(\.fields) == [["a", "b"], ["c", "d"]])
  }

  @Test("An empty file has no records")
  func emptyFile() throws {
    #expect(try CSVReader.rows(of: "".utf8).isEmpty)
    #expect(try CSVReader.rows(of: [0xEF, 0xBB, 0xBF]).isEmpty)
  }

  @Test("A quoted field holds delimiters, doubled quotes and line breaks")
  func quotedField() throws {
    let rows = try CSVReader.rows(of: "\"Oak, \"\"the\"\" Cafe\",\"1 Main St\r\nAustin\"\r\nnext,row\r\n".utf8)
    #expect(rows.map(\.fields) == [["Oak, \"the\" Cafe", "1 Main St\r\nAustin"], ["next", "row"]])
    #expect(rows.map(\.line) == [1, 3])
    #expect(rows.map(\.number) == [1, 2])
  }

  @Test("Lines inside quotes are counted once for each of CRLF, LF and CR")
  func quotedLineCount() throws {
    let rows = try CSVReader.rows(of: "\"\r\n\n\r\r\n\"\nx,y\n".utf8, delimiter: UInt8(ascii: ","))
    #expect(rows.map(\.line) == [1, 6])
  }

  @Test("A CR and an LF with something between them are two lines", arguments: ["\rx\n", "\r\"\"\n"])
  func partedLineBreaks(text: String) throws {
    let rows = try CSVReader.rows(of: "\"\(text)\",a\nx,y\n".utf8, delimiter: UInt8(ascii: ","))
    #expect(rows.map(\.line) == [1, 4])
  }

  @Test("A quote in the middle of an unquoted field is data")
  func quoteInPlainField() throws {
    let rows = try CSVReader.rows(of: "5\" pipe,b\"\n x\"y\",z\n".utf8)
    #expect(rows.map(\.fields) == [["5\" pipe", "b\""], [" x\"y\"", "z"]])
    #expect(rows.allSatisfy { $0.problem == nil })
  }

  @Test("Text behind a closing quote is kept, flagged and counted, and the file goes on")
  func badQuote() throws {
    var reader = CSVReader()
    var rows: [CSVRow] = []
    try reader.feed("x,\"a\"b\"c,\"d\"e\nnext,\"row\",ok\n".utf8) { rows.append($0) }
    try reader.finish { rows.append($0) }
    #expect(rows.map(\.fields) == [["x", "ab\"c", "de"], ["next", "row", "ok"]])
    #expect(rows.map(\.problem) == [.badQuote(column: 2), nil])
    #expect(reader.badQuoteCount == 1)
    #expect(rows[0].problem?.code == "bad_quote")
    #expect(rows[0].problem?.explanation.contains("Column 2") == true)
  }

  @Test("Blank records are skipped but still count in the row number")
  func blankRows() throws {
    let rows = try CSVReader.rows(of: "a,b\n\n , \t\n,\nc,d\n\n".utf8)
    #expect(rows.map(\.fields) == [["a", "b"], ["c", "d"]])
    #expect(rows.map(\.number) == [1, 5])
    #expect(rows.map(\.line) == [1, 5])
  }

  @Test("Blank records are handed over when asked for")
  func keptBlankRows() throws {
    var reader = CSVReader(skipsBlankRows: false)
    var rows: [CSVRow] = []
    try reader.feed("a,b\n\n,\n".utf8) { rows.append($0) }
    try reader.finish { rows.append($0) }
    #expect(rows.map(\.fields) == [["a", "b"], [""], ["", ""]])
    #expect(rows.map(\.isBlank) == [false, true, true])
  }

  @Test("Ragged records are handed over as they are")
  func raggedRows() throws {
    #expect(try CSVReader.rows(of: "a,b,c\nd\ne,f,g,h\n".utf8).map(\.fields.count) == [3, 1, 4])
  }

  @Test("An error of the caller's own stops the reading and comes through unchanged")
  func callerError() throws {
    struct Full: Error {}
    var reader = CSVReader(delimiter: UInt8(ascii: ","))
    var seen = 0
    #expect(throws: Full.self) {
      try reader.feed("a\nb\nc\n".utf8) { _ in
        seen += 1
        throw Full()
      }
    }
    #expect(seen == 1)
  }

  @Test("A sequence without contiguous storage is read as well")
  func lazySequence() throws {
    let bytes = "a,b\nc,d\n".utf8.map { $0 }
    let rows = try CSVReader.rows(
      of: sequence(state: 0) { index -> UInt8? in
        defer { index += 1 }
        return index < bytes.count ? bytes[index] : nil
      })
    #expect(rows.count == 2)
  }
}
