import BatchReports
import Foundation
import Testing

@testable import Web

@Suite struct FormTests {
  @Test("Repeated names are kept in order")
  func repeated() throws {
    let form = try FormFields(urlEncoded: "lead=1&name=a+b%21&lead=2&empty=&lead=%33&bare".utf8)
    #expect(form.all("lead") == ["1", "2", "3"])
    #expect(form["lead"] == "1")
    #expect(form["name"] == "a b!")
    #expect(form["empty"] == "")
    #expect(form["bare"] == "")
    #expect(form["missing"] == nil)
    #expect(form.text("empty") == nil)
  }

  @Test("Broken escapes and text that is not UTF-8 are refused", arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "%c3=1", "a=%ED%A0%80"])
  func broken(_ text: String) {
    #expect(performing: { try FormFields(urlEncoded: text.utf8) }, throws: { ($0 as? any Refusal)?.code == .invalidInput })
  }

  @Test("More fields than allowed are refused")
  func tooMany() throws {
    #expect(try FormFields(urlEncoded: "a&b&c".utf8, maximumFields: 3).pairs.count == 3)
    #expect(throws: RequestRefusal.self) { try FormFields(urlEncoded: "a&b&c&d".utf8, maximumFields: 3) }
  }

  @Test("A written query reads back as the same fields")
  func roundTrip() throws {
    let fields = FormFields([("q", "a&b=c+d %ü\n"), ("tag", "x"), ("tag", "y"), ("cursor", "9")])
    #expect(try FormFields(urlEncoded: fields.query().utf8) == fields)
    #expect(try FormFields(urlEncoded: fields.query(dropping: ["cursor", "tag"]).utf8).pairs.map(\.name) == ["q"])
  }

  @Test("Numbers are read within their range and refused at their field outside it")
  func integers() throws {
    let form = try FormFields(urlEncoded: "n=5&big=101&word=x&none=".utf8)
    #expect(try form.integer("n", in: 1...100) == 5)
    #expect(try form.integer("none", in: 1...100) == nil)
    for name in ["big", "word"] {
      #expect(performing: { try form.integer(name, in: 1...100) }, throws: { ($0 as? InvalidInput)?.field == name })
    }
  }

  @Test("A tick box is ticked by any value that does not say no")
  func ticks() throws {
    let form = try FormFields(urlEncoded: "a=on&b=true&c=0&d=false&e=".utf8)
    #expect(["a", "b", "c", "d", "e", "f"].map(form.isTicked) == [true, true, false, false, false, false])
  }

  @Test("Paths of this product are gone back to", arguments: ["/", "/batches?status=processing&q=a%20b", "/a//b", "/leads#x"])
  func localPaths(_ path: String) {
    #expect(ReturnPath.local(path, or: "/x") == path)
  }

  @Test(
    "Anything that leads elsewhere is not gone back to",
    arguments: [
      "", "batches", "//evil.example", "https://evil.example", "/\\evil.example", "\\/evil.example", "/\tevil", "/a\r\nSet-Cookie: x",
      "/ü", "javascript:alert(1)", " /x", "/" + String(repeating: "a", count: 2048),
    ])
  func foreignPaths(_ path: String) {
    #expect(ReturnPath.local(path, or: "/safe") == "/safe")
  }

  @Test("A refused form says each reason beside its field and once above")
  func formState() {
    let refusal = InvalidInput([
      .init(field: "email", code: "invalid", message: "Give an email."), .init(field: "", code: "other", message: "Something else."),
    ])
    let values = FormState(["email": "x", "name": "y"], refusal: refusal).choosing("name", from: ["y": "Why", "z": "Zed"]).pageValues
    let text = render(
      "{{#errors}}[{{#hasField}}{{field}}:{{/hasField}}{{message}}]{{/errors}}{{#form.email}}{{value}}={{error}}{{/form.email}}"
        + "{{#form.name}}{{#hasError}}!{{/hasError}}{{#options}}<{{label}}{{#isSelected}}*{{/isSelected}}>{{/options}}{{/form.name}}",
      values)
    #expect(text == "[email:Give an email.][Something else.]x=Give an email.<Why*><Zed>")
  }

  private func render(_ template: String, _ values: PageValues) -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("form-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try template.write(to: folder.appendingPathComponent("a.mustache"), atomically: true, encoding: .utf8)
      return try Templates(folder: folder).render("a", values)
    } catch {
      return "\(error)"
    }
  }
}
