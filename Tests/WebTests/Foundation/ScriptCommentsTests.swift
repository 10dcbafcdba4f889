import Foundation
import TestSupport
import Testing

@testable import Web

@Suite("Script comments")
struct ScriptCommentsTests {
  @Test("Documentation goes with its lines, or from within a line; everything else stays")
  func removal() {
    let script = """
      /** What it does. */
      import { a } from "./a.js"; // why
      /**
       * Longer.
       * @param {number} n
       */
      export function b(n) {
        const c = /** @type {Element} */ (a(n)); /* plain */
        const e =
          /** @type {Element} */ (c);
        f(e);
        /** @type {number} */
        let d = 1;
      }

      """
    #expect(
      ScriptComments.removed(from: script) == """
        import { a } from "./a.js"; // why
        export function b(n) {
          const c = (a(n)); /* plain */
          const e =
            (c);
          f(e);
          let d = 1;
        }

        """)
    #expect(ScriptComments.removed(from: "let x = 1;\n") == "let x = 1;\n")
  }

  @Test("The product's scripts keep every line that is not documentation, and have no such comment inside a text")
  func ours() throws {
    let folder = ProjectFolder.root.appendingPathComponent("Public/js")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".js") }
    #expect(names.count > 5)
    for name in names {
      let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      let served = ScriptComments.removed(from: text)
      #expect(!served.contains("/**") && !served.contains("*/"), "\(name)")
      #expect(!text.contains(/["'`][^"'`\n]*\/\*\*/), "\(name)")
      let code = text.split(separator: "\n").filter { !$0.contains("/**") && !$0.contains("*/") && $0.firstMatch(of: /^\s*\*/) == nil }
      let kept = Set(served.split(separator: "\n"))
      for line in code { #expect(kept.contains(line), "\(name): \(line)") }
    }
  }
}
