import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Web

@Suite struct TemplatesTests {
  private final class Folder {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)")

    init(_ files: [String: String]) throws {
      for (name, text) in files {
        let file = url.appendingPathComponent(name + ".mustache")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
    }

    deinit { try? FileManager.default.removeItem(at: url) }
  }

  @Test(
    "No data leaves its place in text or attribute, not even a quote with a combining accent, which swift-mustache lets through",
    arguments: ["<script>", "\" onmouseover=\"x", "' y='", "\"\u{301} onmouseover=x", "<\u{338}img src=x onerror=y>", "&amp;", "'\u{20D2}"])
  func escaping(_ hostile: String) throws {
    let folder = try Folder(["a": "<p title=\"{{x}}\" lang='{{x}}'>{{x}}{{#list}}{{.}}{{/list}}{{>b}}</p>", "b": "{{x}}"])
    let html = try Templates(folder: folder.url).render("a", ["x": .text(hostile), "list": .texts([hostile])])
    let rest = html.unicodeScalars.map(Character.init).filter { "<>\"'".contains($0) }
    #expect(String(rest) == "<\"\"''><>")
    #expect(HTMLText.escape("a\0b") == "a\u{FFFD}b")
  }

  @Test("Sections, lists, absent values and nested names are found where the innermost offers them")
  func scopes() throws {
    let folder = try Folder([
      "a":
        "{{#rows}}{{name}}{{#isLast}}.{{/isLast}}{{^isLast}},{{/isLast}}{{outer}}{{/rows}}"
        + "{{#gone}}no{{/gone}}{{^gone}}yes{{/gone}}{{o.p}}{{{h}}}{{h}}"
    ])
    let html = try Templates(folder: folder.url).render(
      "a",
      [
        "outer": "o", "name": "outside", "gone": .none, "o": .values(["p": "deep"]), "h": .html("<b>"),
        "rows": .list([["name": "a", "isLast": false], ["name": .none, "isLast": true]]),
      ])
    #expect(html == "a,o.oyesdeep<b><b>")
  }

  @Test("A name that nobody offers is told, once for each place that asks")
  func missing() throws {
    let folder = try Folder(["a": "{{known}}{{mistyped}}{{#rows}}{{inner}}{{alsoMistyped}}{{/rows}}{{absent}}"])
    let names = Mutex([String]())
    let templates = try Templates(folder: folder.url) { template, name in names.withLock { $0.append("\(template) \(name)") } }
    let html = try templates.render("a", ["known": "k", "absent": .none, "rows": .list([["inner": "i"]])])
    #expect(html == "ki")
    #expect(names.withLock { $0 } == ["a mistyped", "a alsoMistyped"])
  }

  @Test("Pages inherit from a frame in a folder, and the frame from the layout")
  func inheritance() throws {
    let folder = try Folder([
      "layout": "<{{$content}}-{{/content}}>", "settings/_frame": "{{<layout}}{{$content}}[{{$body}}none{{/body}}]{{/content}}{{/layout}}",
      "settings/a": "{{<settings/_frame}}{{$body}}{{x}}{{/body}}{{/settings/_frame}}",
    ])
    #expect(try Templates(folder: folder.url).render("settings/a", ["x": "1"]).filter { !$0.isWhitespace } == "<[1]>")
  }

  @Test("A changed file shows at once when templates are reloaded, and not otherwise")
  func reload() throws {
    let folder = try Folder(["a": "old"])
    let fixed = try Templates(folder: folder.url)
    let fresh = try Templates(folder: folder.url, reloads: true)
    try "new".write(to: folder.url.appendingPathComponent("a.mustache"), atomically: true, encoding: .utf8)
    #expect(try fixed.render("a", [:]) == "old")
    #expect(try fresh.render("a", [:]) == "new")
  }

  @Test("A folder without templates, a file that does not parse, and an unknown name are errors that say which")
  func failures() throws {
    let empty = try Folder([:])
    #expect(throws: Templates.Failure.noTemplates(folder: empty.url.path)) { try Templates(folder: empty.url) }
    let broken = try Folder(["x/bad": "line\n{{#open}}"])
    #expect(performing: { try Templates(folder: broken.url) }, throws: { "\($0)".contains("x/bad.mustache") })
    let folder = try Folder(["a": ""])
    #expect(throws: Templates.Failure.unknown("b")) { try Templates(folder: folder.url).render("b", [:]) }
  }

  @Test("Every template of the project parses")
  func project() throws {
    _ = try Templates(folder: ProjectFolder.root.appendingPathComponent("Templates"))
  }
}
