import BatchReports

/// One entry of the audit trail as its table prints it.
enum AuditLine {
  static func values(_ entry: AuditEntry, _ clock: WallClock) -> PageValues {
    let link = url(entry)
    return [
      "at": clock.pageValue(entry.at, withSeconds: true), "by": .text(entry.actor.name), "what": .text(what(entry)),
      "hasLink": .flag(link != nil), "url": .text(link ?? ""), "subject": .text(subject(entry)), "reason": .text(entry.reason),
    ]
  }

  /// "account.role_set" → "Account role set".
  static func words(_ code: String) -> String {
    let text = code.replacing(".", with: " ").replacing("_", with: " ")
    return text.prefix(1).uppercased() + text.dropFirst()
  }

  private static func what(_ entry: AuditEntry) -> String {
    let rest = entry.detail.filter { $0.key != "name" && $0.key != "email" }.sorted { $0.key < $1.key }
    return words(entry.action) + (rest.isEmpty ? "" : " (" + rest.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + ")")
  }

  private static func subject(_ entry: AuditEntry) -> String {
    entry.detail["name"] ?? entry.detail["email"] ?? "\(words(entry.subjectType)) \(entry.subjectID)"
  }

  private static func url(_ entry: AuditEntry) -> String? {
    switch entry.subjectType {
    case "batch": "/batches/" + PercentEncoding.encode(entry.subjectID)
    case "lead": "/leads/" + PercentEncoding.encode(entry.subjectID)
    default: nil
    }
  }
}
