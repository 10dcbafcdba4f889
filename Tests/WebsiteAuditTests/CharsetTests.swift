import Foundation
import Testing

@testable import WebsiteAudit

@Suite("Character sets")
struct CharsetTests {
  private func read(_ bytes: [UInt8], _ contentType: String? = nil) -> (text: String, charset: PageCharset) {
    let (utf8, charset) = TextDecoding.utf8(Data(bytes), contentType: contentType)
    return (String(decoding: utf8, as: UTF8.self), charset)
  }

  @Test("UTF-8 is taken as it is, its mark removed")
  func utf8() {
    #expect(read(Array("Café".utf8)).text == "Café")
    #expect(read([0xEF, 0xBB, 0xBF] + Array("Café".utf8)).text == "Café")
    #expect(read([0xEF, 0xBB, 0xBF, 0x41]).charset.origin == .byteOrderMark)
  }

  @Test("undeclared bytes that are no UTF-8 are windows-1252")
  func guess() {
    let (text, charset) = read([0x43, 0x61, 0x66, 0xE9, 0x20, 0x80, 0x93, 0x81])
    #expect(text == "Café €“\u{81}")
    #expect(charset.name == "windows-1252")
    #expect(charset.origin == .guess)
  }

  @Test("declared UTF-8 with a bad byte stays UTF-8")
  func damaged() {
    let (text, charset) = read(Array("Café".utf8) + [0xE9], "text/html; charset=UTF-8")
    #expect(text == "Café\u{FFFD}")
    #expect(charset.name == "utf-8")
  }

  @Test("the header goes before the meta tag, the byte order mark before both")
  func order() {
    let html = Array("<meta charset=windows-1251>".utf8)
    #expect(read(html + [0xE9], "text/html; charset=iso-8859-1").text.hasSuffix("é"))
    #expect(read(html + [0xE9]).text.hasSuffix("й"))
    #expect(read([0xEF, 0xBB, 0xBF] + html, "text/html; charset=iso-8859-1").charset.name == "utf-8")
  }

  @Test(
    "the meta tag may be of the old form, quoted, and upper case",
    arguments: [
      "<META HTTP-EQUIV='Content-Type' CONTENT='text/html; charset=ISO-8859-1'>", "<meta charset = \"latin1\">",
      "<meta name=a><meta charset='windows-1252'/>",
    ])
  func metaForms(html: String) {
    #expect(read(Array(html.utf8) + [0xE9]).text.hasSuffix("é"))
  }

  @Test("a late meta tag does not count, and its place is known")
  func lateMeta() {
    let late = read([UInt8](repeating: 0x20, count: 2_000) + Array("<meta charset=windows-1251>".utf8) + [0xE9])
    #expect(late.text.hasSuffix("é"))
    #expect(late.charset.metaOffset == 2_000)
  }

  @Test("UTF-16 is read by its mark or the header, and never by a meta tag")
  func utf16() {
    #expect(read([0xFF, 0xFE, 0x41, 0x00, 0xE9, 0x00]).text == "Aé")
    #expect(read([0xFE, 0xFF, 0x00, 0x41, 0x00, 0xE9]).text == "Aé")
    #expect(read([0x41, 0x00], "text/html; charset=utf-16le").text == "A")
    #expect(read(Array("<meta charset=utf-16>é".utf8)).text.hasSuffix("é"))
  }

  @Test(
    "other encodings of the standard are read",
    arguments: [
      ("iso-8859-2", [0xB1] as [UInt8], "ą"), ("windows-1250", [0xB9], "ą"), ("windows-1253", [0xE1], "α"), ("iso-8859-9", [0xFD], "ı"),
      ("shift_jis", [0x82, 0xA0], "あ"), ("euc-jp", [0xA4, 0xA2], "あ"), ("euc-kr", [0xB0, 0xA1], "가"), ("gb2312", [0xB0, 0xA1], "啊"),
      ("big5", [0xA4, 0x40], "一"),
      ("koi8-r", [0xC1], "а"), ("iso-8859-15", [0xA4], "€"), ("windows-1255", [0xE0], "א"), ("iso-8859-5", [0xD0], "а"),
      ("greek", [0xE1], "α"), ("windows-874", [0xA1], "ก"),
    ])
  func others(name: String, bytes: [UInt8], text: String) {
    #expect(read(bytes, "text/html; charset=\(name)").text == text)
  }

  @Test("bytes that a declared encoding cannot hold fall back to UTF-8 or windows-1252")
  func wrongDeclaration() {
    #expect(read(Array("Café".utf8), "text/html; charset=shift_jis").text.contains("Caf"))
    #expect(read([UInt8](repeating: 0xFF, count: 3_000), "text/html; charset=euc-jp").charset.name == "windows-1252")
    #expect(read([0x41, 0xFF, 0x42], "text/html; charset=euc-jp").text == "A\u{FFFD}B")
    #expect(read(Array("Café".utf8), "text/html; charset=made-up").text == "Café")
  }
}
