import BatchReports
import Foundation

/// The filter and the sorts as the contract words them, in memory and without any index.
enum NaiveLeads {
  static func matches(_ lead: Lead, _ filter: LeadFilter) -> Bool {
    if let text = filter.text {
      let texts = [lead.name, lead.website, lead.email, lead.contactName, lead.city, lead.industry]
      let words = texts.flatMap(words)
      let asked = Self.words(text)
      if asked.isEmpty || !asked.allSatisfy({ word in words.contains { $0.hasPrefix(word) } }) { return false }
    }
    if let status = filter.status, lead.status != status { return false }
    if let tier = filter.tier, lead.tier != tier { return false }
    if let from = filter.from, lead.createdAt < from { return false }
    if let to = filter.to, lead.createdAt >= to { return false }
    if let source = filter.source, lead.source != source { return false }
    if let tag = filter.tag, !lead.tags.contains(tag) { return false }
    if let hasWebsite = filter.hasWebsite, lead.website.isEmpty == hasWebsite { return false }
    if let isReported = filter.isReported, (lead.reportedAt != nil) != isReported { return false }
    return true
  }

  static func sorted(_ leads: [Lead], by sort: LeadSort) -> [Lead] {
    func ascending(_ a: Lead, _ b: Lead) -> Bool {
      switch sort {
      case .newest, .oldest: (a.createdAt, a.key) < (b.createdAt, b.key)
      case .name, .nameDescending: precedes(a, b)
      case .score, .scoreDescending: (a.score ?? -1, a.key) < (b.score ?? -1, b.key)
      }
    }
    let isDescending = [.newest, .nameDescending, .scoreDescending].contains(sort)
    return leads.sorted { isDescending ? ascending($1, $0) : ascending($0, $1) }
  }

  private static func words(_ text: String) -> [String] {
    text.folding(options: [.diacriticInsensitive, .caseInsensitive], locale: nil).lowercased()
      .split { !$0.isLetter && !$0.isNumber }.map(String.init)
  }

  private static func precedes(_ a: Lead, _ b: Lead) -> Bool {
    let (first, second) = (asciiFolded(a.name), asciiFolded(b.name))
    return first == second ? a.key < b.key : first.lexicographicallyPrecedes(second)
  }

  /// SQLite's NOCASE: only A to Z.
  private static func asciiFolded(_ text: String) -> [UInt8] { text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 } }
}
