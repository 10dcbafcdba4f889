import Synchronization

/// A site with what it remembers: its finished pages and how often it has refused.
final class ServedSite: Sendable {
  let site: DemoSite
  private let memory = Mutex(Memory())

  private struct Memory {
    var refusals = 0
    var answers: [String: SiteReaction] = [:]
  }

  init(site: DemoSite) { self.site = site }

  /// The reaction to a request for the path; a home page that is shown ends a series of refusals.
  func reaction(to path: String) -> SiteReaction {
    memory.withLock { memory in
      guard site.refusals > 0, path == site.homePath else { return Self.remembered(path, in: &memory, site) }
      guard memory.refusals == site.refusals else {
        memory.refusals += 1
        return site.reaction(to: path, refusalsSoFar: memory.refusals - 1)
      }
      memory.refusals = 0
      return Self.remembered(path, in: &memory, site)
    }
  }

  private static func remembered(_ path: String, in memory: inout Memory, _ site: DemoSite) -> SiteReaction {
    if let known = memory.answers[path] { return known }
    let reaction = site.reaction(to: path, refusalsSoFar: site.refusals)
    // A client that asks for ever new paths must not fill the memory.
    if memory.answers.count < 16 { memory.answers[path] = reaction }
    return reaction
  }
}
