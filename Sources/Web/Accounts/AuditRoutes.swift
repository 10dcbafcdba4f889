import BatchReports
import Hummingbird
import Storage

/// The audit trail's page, for admins.
struct AuditRoutes: Sendable {
  static let pageSize = 50

  private let dependencies: WebDependencies

  init(_ dependencies: WebDependencies) { self.dependencies = dependencies }

  @Sendable func list(_ request: Request, _ context: SignedInContext) async throws -> Response {
    let query = try request.query()
    let filter = AuditFilter(text: query.text("q").map { String($0.prefix(200)) }, actor: query.text("by"), subjectType: query.text("kind"))
    let position = AuditRoutes.position(query)
    let trail = dependencies.auditTrail
    let rows = try await trail.list(filter, position, limit: AuditRoutes.pageSize + 1)
    let hasMore = rows.count > AuditRoutes.pageSize
    // One row more was asked for, to know whether there are more: it is the one farthest from where the page began.
    let entries = if case .newerThan = position, hasMore { Array(rows.dropFirst()) } else { Array(rows.prefix(AuditRoutes.pageSize)) }
    let clock = WallClock(timeZone: dependencies.settings.timeZone)
    let values: PageValues = [
      "filter": .values(try await filterValues(filter, query)),
      "hasEntries": .flag(!entries.isEmpty),
      "entries": .list(entries.map { AuditLine.values($0, clock) }),
      "pager": .values(pager(entries, position, hasMore: hasMore, count: try await trail.count(filter), query)),
    ]
    let lede = "Every change, with who, when and why. It cannot be altered."
    let frame = SettingsSection.frame(.audit, lede: lede, for: context.account)
    return try await dependencies.pages.show(
      "settings/audit", title: "Audit trail", section: .settings, frame.merging(values), request, context)
  }

  private static func position(_ query: FormFields) -> AuditPosition {
    if let id = query["before"].flatMap({ Int64($0) }) { return .olderThan(id) }
    if let id = query["after"].flatMap({ Int64($0) }) { return .newerThan(id) }
    return .newest
  }

  private func filterValues(_ filter: AuditFilter, _ query: FormFields) async throws -> PageValues {
    let kinds = try await dependencies.auditTrail.subjectTypes()
    let people = try await dependencies.accounts.list().map(\.email) + [Actor.commandLine.name, Actor.engine.name]
    let active = [("q", "Search: ", filter.text), ("kind", "Kind: ", filter.subjectType), ("by", "By: ", filter.actor)]
    let shown = active.compactMap { name, label, value in value.map { (name, label + $0) } }
    return [
      "q": .text(filter.text ?? ""),
      "kindOptions": options([("", "Any")] + kinds.map { ($0, AuditLine.words($0)) }, chosen: filter.subjectType ?? ""),
      "byOptions": options([("", "Anyone")] + people.map { ($0, $0) }, chosen: filter.actor ?? ""),
      "hasActive": .flag(!shown.isEmpty),
      "active": .list(shown.map { ["label": .text($0.1), "removeUrl": .text(url(query, dropping: [$0.0, "before", "after"]))] }),
    ]
  }

  private func options(_ options: [(String, String)], chosen: String) -> PageValue {
    .list(options.map { ["value": .text($0.0), "label": .text($0.1), "isSelected": .flag($0.0 == chosen)] })
  }

  private func pager(
    _ entries: [AuditEntry], _ position: AuditPosition, hasMore: Bool, count: Int, _ query: FormFields
  ) -> PageValues {
    var hasOlder = hasMore
    var hasNewer = false
    switch position {
    case .newest: break
    case .olderThan: hasNewer = true
    case .newerThan: (hasOlder, hasNewer) = (true, hasMore)
    }
    func link(_ name: String, _ id: Int64?) -> PageValue {
      let base = url(query, dropping: ["before", "after"])
      return .text(id.map { base + (base.contains("?") ? "&" : "?") + "\(name)=\($0)" } ?? base)
    }
    let isMany = count > AuditTrail.countLimit
    return [
      "text": .text(
        isMany ? "More than \(Display.count(AuditTrail.countLimit, "entry", "entries"))" : Display.count(count, "entry", "entries")),
      "hasFirst": .flag(hasNewer), "firstUrl": link("", nil),
      "hasPrevious": .flag(hasNewer && !entries.isEmpty), "previousUrl": link("after", entries.first?.id),
      "hasNext": .flag(hasOlder && !entries.isEmpty), "nextUrl": link("before", entries.last?.id),
    ]
  }

  private func url(_ query: FormFields, dropping: Set<String>) -> String {
    let rest = query.query(dropping: dropping)
    return rest.isEmpty ? "/settings/audit" : "/settings/audit?" + rest
  }
}
