/// What the browser loads for the page, resolved and grouped by whose host it is.
struct PageResources: Sendable {
  struct Resource: Sendable, Hashable {
    enum Kind: String, Sendable { case image, script, stylesheet, frame, media, other }
    var kind: Kind
    var address: WebAddress
    var hasIntegrity = false
  }

  /// Distinct resources, in the order found.
  private(set) var all: [Resource] = []
  /// Hosts of other registered domains.
  private(set) var thirdPartyHosts: [String] = []
  private let own: WebAddress
  private let ownSite: String

  init(_ page: Page, address: WebAddress, base: WebAddress) {
    own = address
    ownSite = address.site
    var seen = Set<Resource>()
    var hosts = Set<String>()
    let tags: [(Resource.Kind, String, Bool)] =
      page.links.compactMap(Self.loaded)
      + page.scripts.compactMap { script in script.address.map { (.script, $0, script.hasIntegrity) } }
      + page.images.map { (.image, $0.address, false) }
      + page.frames.map { (.frame, $0.address, false) }
      + page.mediaAddresses.map { (.media, $0, false) }
    for (kind, reference, hasIntegrity) in tags where !reference.isEmpty {
      guard let target = base.resolving(reference) else { continue }
      let resource = Resource(kind: kind, address: target, hasIntegrity: hasIntegrity)
      guard seen.insert(resource).inserted else { continue }
      all.append(resource)
      if isThirdParty(target), hosts.insert(target.host).inserted { thirdPartyHosts.append(target.host) }
    }
  }

  func isThirdParty(_ target: WebAddress) -> Bool { target.host != own.host && target.site != ownSite }

  /// A link that the browser fetches: not canonical, alternate, preconnect and the like.
  private static func loaded(_ link: HeadLink) -> (Resource.Kind, String, Bool)? {
    if link.relations.contains("stylesheet") { return (.stylesheet, link.address, false) }
    let fetched = ["icon", "apple-touch-icon", "manifest", "preload", "modulepreload"]
    return link.relations.contains(where: fetched.contains) ? (.other, link.address, false) : nil
  }
}
