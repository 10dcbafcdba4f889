import BatchReports
import Foundation
import Testing

@Suite("The text of an id")
struct UUIDTextTests {
  @Test("reads and writes what Foundation does, in either case")
  func likeFoundation() throws {
    for _ in 0..<1000 {
      let id = UUID()
      #expect(id.text == id.uuidString.lowercased())
      #expect(UUID(text: id.text) == id)
      #expect(UUID(text: id.uuidString) == id)
    }
  }

  @Test("refuses whatever is no id, at each place of it")
  func refusals() {
    let good = "0190a6b2-1c3d-7e4f-8a5b-6c7d8e9f0a1b"
    #expect(UUID(text: good) != nil)
    for place in good.indices {
      for wrong in ["g", "G", "/", ":", "@", "`", "é", "", "00"] {
        #expect(UUID(text: good.replacingCharacters(in: place...place, with: wrong)) == nil, "\(wrong) at \(place)")
      }
      let other = good[place] == "-" ? "0" : "-"
      #expect(UUID(text: good.replacingCharacters(in: place...place, with: other)) == nil)
    }
    for text in ["", "-", good + "0", " " + good, "{\(good)}", good.replacing("-", with: "")] { #expect(UUID(text: text) == nil, "\(text)") }
  }
}
