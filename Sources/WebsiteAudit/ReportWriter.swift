import BatchReports
import Foundation
import HTTPFetch

/// Writes the report of one audited page.
enum ReportWriter {
  static func report(on audited: AuditedPage, for subject: AuditSubject) -> Report {
    let checks = CheckCatalogue.all.filter { subject.sections.contains($0.section) }
    let findings = checks.map { $0.finding(on: audited) }
    let score = Score(findings, sections: subject.sections, baseSeverity: { CheckCatalogue.byNumber[$0]?.severity })
    return Report(
      leadID: subject.leadID, leadName: subject.leadName, website: subject.website, templateVersion: subject.templateVersion,
      finalURL: audited.answer.finalURL, fetchedAt: audited.answer.fetchedAt, score: score.overall, sections: score.sections,
      findings: findings, topFixes: TopFixes.choose(from: findings, sections: subject.sections, catalogue: CheckCatalogue.byNumber),
      notMeasured: notMeasured(audited), facts: facts(audited))
  }

  private static func notMeasured(_ audited: AuditedPage) -> [NotMeasured] {
    let browser = "only a browser that draws the page can tell"
    var list = [
      NotMeasured(what: "Largest Contentful Paint (LCP)", why: browser),
      NotMeasured(what: "Cumulative Layout Shift (CLS)", why: browser),
      NotMeasured(what: "Interaction to Next Paint (INP)", why: "it is measured with real visitors"),
      NotMeasured(what: "Total Blocking Time (TBT)", why: "only a browser that runs the scripts can tell"),
      NotMeasured(what: "Contrast of colours", why: browser),
      NotMeasured(what: "Rankings in search engines", why: "search engines do not say; the page does not show it"),
      NotMeasured(what: "Links from other sites (backlinks)", why: "it takes an index of the whole web"),
      NotMeasured(what: "Reviews by customers", why: "they are kept by other services"),
    ]
    if case .unknown(ExtraAnswers.robotsObjection) = audited.extra?.sitemap {
      list.append(NotMeasured(what: "Whether there is a sitemap at /sitemap.xml", why: ExtraAnswers.robotsObjection))
    }
    if case .notAsked(ExtraAnswers.robotsObjection) = audited.extra?.plainHTTP {
      list.append(NotMeasured(what: "Whether the insecure address redirects", why: ExtraAnswers.robotsObjection))
    }
    if audited.page.isCut {
      list.append(NotMeasured(what: "The rest of the page", why: Check.cutReason))
    }
    return list
  }

  private static func facts(_ audited: AuditedPage) -> [Fact] {
    let answer = audited.answer
    let encoding = answer.header("Content-Encoding")?.trimmed ?? ""
    var facts = [
      Fact(name: "Final address", value: answer.finalURL),
      Fact(name: "HTTP status", value: "\(answer.status)"),
      Fact(
        name: "Redirects",
        value: answer.redirects.isEmpty ? "none" : answer.redirects.map { "\($0.status) to \($0.to)" }.joined(separator: ", ")),
      Fact(name: "HTTP version", value: answer.httpVersion.rawValue),
      Fact(name: "Server address", value: answer.remoteAddress),
    ]
    if let tls = answer.tls {
      facts.append(Fact(name: "TLS version", value: tls.version ?? "unknown"))
      facts.append(Fact(name: "Certificate issuer", value: tls.issuer ?? "unknown"))
      facts.append(Fact(name: "Certificate expires", value: tls.expires.map(Figures.day) ?? "unknown"))
    }
    facts += timings(answer.timings)
    facts += [
      Fact(name: "Page size", value: "\(Figures.bytes(answer.bytesReceived)) transferred, \(Figures.bytes(answer.body.count)) decoded"),
      Fact(name: "Compression", value: encoding.isEmpty ? "none" : encoding),
      Fact(name: "Character set", value: "\(audited.page.charset.name) (\(audited.page.charset.origin.rawValue))"),
      Fact(name: "Elements", value: "\(audited.page.elementCount)"),
      Fact(name: "Words", value: "\(audited.page.wordCount)"),
      Fact(name: "Server", value: answer.header("Server") ?? "not named"),
    ]
    return facts.filter { !$0.value.isEmpty }.map { Fact(name: $0.name, value: Evidence.line($0.value)) }
  }

  /// libcurl counts each time from the start of the hop; shown is what each step took.
  private static func timings(_ timings: FetchTimings) -> [Fact] {
    guard timings.total > 0 else { return [] }
    let secured = max(timings.tls, timings.connect)
    var facts = [
      Fact(name: "Name lookup (DNS)", value: Figures.milliseconds(timings.nameLookup)),
      Fact(name: "Connection", value: Figures.milliseconds(max(0, timings.connect - timings.nameLookup))),
    ]
    if timings.tls > 0 { facts.append(Fact(name: "TLS handshake", value: Figures.milliseconds(max(0, timings.tls - timings.connect)))) }
    facts += [
      Fact(name: "Server's answer", value: Figures.milliseconds(max(0, timings.firstByte - secured))),
      Fact(name: "Time to first byte", value: Figures.milliseconds(timings.timeToFirstByte)),
      Fact(name: "Total time", value: Figures.milliseconds(timings.total)),
    ]
    return facts
  }
}
