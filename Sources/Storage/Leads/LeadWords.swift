import GRDB

/// The words of a search, cut by the very tokenizer of the text index, so that nothing a user types is ever read as FTS5 syntax.
struct LeadWords: Sendable, Hashable {
  /// Folded to lower case without diacritics. Empty when the text has no letter or digit: such a search finds nothing.
  let words: [String]

  init(_ text: String, in db: Database) throws {
    let tokenizer = try db.makeTokenizer(.unicode61(diacritics: .remove))
    let found = Set(try tokenizer.tokenize(query: text).map(\.token)).filter { !$0.isEmpty }
    // A word that begins a longer one of the same search asks for nothing of its own.
    words = found.filter { word in !found.contains { $0 != word && $0.hasPrefix(word) } }.sorted()
  }

  /// Every word, each as the start of a word in any of the columns.
  var pattern: String { words.map { "\"\($0.replacing("\"", with: "\"\""))\"*" }.joined(separator: " AND ") }
}
