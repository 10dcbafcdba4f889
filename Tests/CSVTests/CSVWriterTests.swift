import CSV
import Testing

@Suite("The CSV writer writes RFC 4180 and disarms formulas")
struct CSVWriterTests {
  @Test("Fields are quoted only where they must be")
  func quoting() {
    #expect(CSVWriter.line(["a", "b c", ""], guardFormulas: true) == "a,b c,\r\n")
    #expect(CSVWriter.line(["a,b", "say \"hi\"", "two\r\nlines"], guardFormulas: true) == "\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\r\n")
    #expect(CSVWriter.line([" a", "b "], guardFormulas: true) == "\" a\",\"b \"\r\n")
  }

  @Test("Only the delimiter in use needs quotes")
  func otherDelimiter() {
    #expect(CSVWriter.line(["a,b", "c;d"], guardFormulas: false, delimiter: UInt8(ascii: ";")) == "a,b;\"c;d\"\r\n")
  }

  @Test("A record of one empty field differs from a blank line")
  func emptyField() {
    #expect(CSVWriter.line([""], guardFormulas: true) == "\"\"\r\n")
    #expect(CSVWriter.line([], guardFormulas: true) == "\r\n")
  }

  @Test(
    "A cell that opens like a formula gets an apostrophe",
    arguments: [
      "=1+1", "=HYPERLINK(\"http://x.example\")", "+1 512 555 0100", "-cmd", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＋x", "－x", "＠x",
      "-", "+", "-1.5x", "--1", "-1e", "-.", "=cmd|' /C calc'!A0 Bakery", "-1-1", "=\u{301}1",
    ])
  func guarded(cell: String) throws {
    let line = CSVWriter.line([cell, "x"], guardFormulas: true)
    let unguarded = CSVWriter.line([cell, "x"], guardFormulas: false)
    #expect(try CSVReader.rows(of: line.utf8).map(\.fields) == [["'" + cell, "x"]])
    #expect(try CSVReader.rows(of: unguarded.utf8).map(\.fields) == [[cell, "x"]])
  }

  @Test(
    "A formula behind a semicolon, tab or line break inside a cell gets one too",
    arguments: [
      ("Oak;=1+1", "Oak;'=1+1"), ("Oak\t@SUM(A1)", "Oak\t'@SUM(A1)"), ("a\r\n+cmd\n-x", "a\r\n'+cmd\n'-x"), ("a;＝1", "a;'＝1"),
      ("=1;=2", "'=1;'=2"), ("a;-5;+x", "a;-5;'+x"), ("a;-5,x", "a;-5,x"), ("a; =b", "a; =b"), ("a;b=c;", "a;b=c;"), ("a;=\u{301}", "a;'=\u{301}"),
    ])
  func guardedInside(cell: String, expected: String) throws {
    let line = CSVWriter.line([cell, "x"], guardFormulas: true)
    #expect(try CSVReader.rows(of: line.utf8, delimiter: UInt8(ascii: ",")).map(\.fields) == [[expected, "x"]])
    let unguarded = CSVWriter.line([cell, "x"], guardFormulas: false)
    #expect(try CSVReader.rows(of: unguarded.utf8, delimiter: UInt8(ascii: ",")).map(\.fields) == [[cell, "x"]])
  }

  @Test(
    "Plain numbers and ordinary text stay as they are",
    arguments: ["-12.5", "+3", "-1e6", "+1.5E-3", "-.5", "-5.", "12", "a=b", "Oak-Cafe", ""])
  func notGuarded(cell: String) {
    #expect(CSVWriter.line([cell, "x"], guardFormulas: true) == "\(cell),x\r\n")
  }

  @Test("Records are appended to the bytes that stand there")
  func appending() {
    var bytes: [UInt8] = []
    CSVWriter.append(["é"], to: &bytes, guardFormulas: true)
    CSVWriter.append(["b"], to: &bytes, guardFormulas: true)
    #expect(bytes == Array("é\r\nb\r\n".utf8))
  }
}
