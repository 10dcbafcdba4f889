import NIOCore

/// Answers for the paths beside the home page.
struct SiteFileAnswers: Sendable {
  let site: DemoSite

  func answer(to path: String) -> SiteAnswer {
    let strengths = site.traits.strengths
    switch path {
    case "/robots.txt" where strengths.contains(.crawlerFiles):
      return SiteAnswer(type: "text/plain", text: SiteFiles.robots(url: site.url))
    case "/sitemap.xml" where strengths.contains(.crawlerFiles):
      return SiteAnswer(type: "application/xml", text: SiteFiles.sitemap(url: site.url))
    case "/favicon.ico" where strengths.contains(.favicon):
      return SiteAnswer(type: "image/x-icon", body: [ByteBuffer(bytes: SiteFiles.icon(index: site.business.index))])
    case "/privacy" where strengths.contains(.privacyPage):
      return SiteAnswer(type: "text/html; charset=utf-8", text: SiteFiles.privacyPolicy(of: site.business))
    case "/style.css":
      return SiteAnswer(type: "text/css", text: SiteFiles.styleSheet)
    case _ where path.hasPrefix("/images/"):
      return SiteAnswer(type: "image/svg+xml", text: SiteFiles.picture(for: site.business))
    default:
      return SiteAnswer(status: 404, type: "text/html; charset=utf-8", text: SiteFiles.notFoundPage(for: site.business))
    }
  }
}
