import CSV
import Testing

@Suite("The CSV reader finds the delimiter in the first lines")
struct DelimiterDetectionTests {
  private func delimiter(of text: String) throws -> Character? {
    var reader = CSVReader()
    try reader.feed(text.utf8) { _ in }
    try reader.finish { _ in }
    return reader.delimiter.map { Character(Unicode.Scalar($0)) }
  }

  @Test("Each of the four delimiters is found", arguments: [",", ";", "\t", "|"] as [Character])
  func each(expected: Character) throws {
    let text = [["name", "city", "phone"], ["Oak Cafe", "Austin", "555-0100"]]
      .map { $0.joined(separator: String(expected)) + "\n" }.joined()
    #expect(try delimiter(of: text) == expected)
  }

  @Test("Commas inside text do not hide the semicolons that cut every line")
  func decimalCommas() throws {
    #expect(try delimiter(of: "name;price\nA;1,50\nB;2,75\nC, D and E;3\n") == ";")
  }

  @Test("Delimiters and line breaks inside quotes do not count")
  func quoted() throws {
    #expect(try delimiter(of: "a|b\n\"x;y\"\";\nz;;\"|1\n\"p;q\"|2\n") == "|")
  }

  @Test("A single column and an empty file are taken for comma files")
  func singleColumn() throws {
    #expect(try delimiter(of: "name\nOak Cafe\n") == ",")
    #expect(try delimiter(of: "") == ",")
  }

  @Test("A named delimiter is used whatever the file looks like")
  func named() throws {
    let rows = try CSVReader.rows(of: "a;b,c\n".utf8, delimiter: UInt8(ascii: ";"))
    #expect(rows.map(\.fields) == [["a", "b,c"]])
    #expect(CSVReader(delimiter: UInt8(ascii: ";")).delimiter == UInt8(ascii: ";"))
    #expect(CSVReader().delimiter == nil)
  }

  @Test("A fallback is used where no delimiter is found, and only there")
  func fallback() throws {
    func fields(_ text: String) throws -> [[String]] {
      var reader = CSVReader(fallbackDelimiter: UInt8(ascii: ";"))
      var rows: [[String]] = []
      try reader.feed(text.utf8) { rows.append($0.fields) }
      try reader.finish { rows.append($0.fields) }
      return rows
    }
    #expect(try fields("name\nOak;Austin\n") == [["name"], ["Oak", "Austin"]])
    #expect(try fields("name,city\nOak,Austin\n") == [["name", "city"], ["Oak", "Austin"]])
  }

  @Test("One line longer than the sample is still cut by its own delimiter")
  func longFirstLine() throws {
    let long = String(repeating: "x", count: 20_000)
    #expect(try delimiter(of: "a;\(long)\nb;c\n") == ";")
  }

  @Test("Only the first twenty records are asked")
  func firstRecords() throws {
    let head = String(repeating: "a;b\n", count: 20)
    #expect(try delimiter(of: head + String(repeating: "1,2,3\n", count: 50)) == ";")
  }
}
