import BatchReports
import Foundation

/// The fields of the preview and start forms: what was typed, and what it means.
struct StartForm: Sendable {
  var templateVersion: String
  var maxConcurrent: String
  var retryCount: String
  var reuseDays = ""
  var name = ""
  var description = ""
  var maxFailurePercent = ""
  var maxFailureCount = ""
  var isPrivate = false
  var priority = BatchPriority.normal.rawValue
  var startAt = ""
  var overrunReason = ""
  var isApproved = false
  var sampleSize = String(StratifiedSample.standardSize)
  var problems: [InvalidInput.Problem] = []

  /// What goes along from the page of one price to that of another; an approval never does.
  static let typed = [
    "name", "description", "private", "template_version", "max_concurrent", "retry_count", "reuse_days", "max_failure_percent", "max_failure_count",
    "priority", "start_at", "overrun_reason",
  ]

  /// Whether something stands among the options that a start does not have by itself.
  var hasOptions: Bool { !maxFailurePercent.isEmpty || !maxFailureCount.isEmpty || !startAt.isEmpty || isPrivate || priority != BatchPriority.normal.rawValue }

  /// A form that nobody has filled in yet.
  init(templateVersion: String, maxConcurrent: Int, retryCount: Int) {
    self.templateVersion = templateVersion
    self.maxConcurrent = String(maxConcurrent)
    self.retryCount = String(retryCount)
  }

  /// The form beside a quote: its settings, until others are typed.
  init(of quote: Quote) {
    self.init(templateVersion: quote.template.description, maxConcurrent: quote.maxConcurrent, retryCount: quote.retryCount)
    reuseDays = quote.reuseDays.map(String.init) ?? ""
  }

  /// What was sent; fields that are missing keep their standard.
  init(fields: FormFields, standard: StartForm) {
    self = standard
    if let text = fields.text("template_version") { templateVersion = text }
    if let text = fields.text("max_concurrent") { maxConcurrent = text }
    if let text = fields.text("retry_count") { retryCount = text }
    if let text = fields["reuse_days"] { reuseDays = text.trimmingCharacters(in: .whitespaces) }
    name = fields["name"] ?? ""
    description = fields["description"] ?? ""
    maxFailurePercent = fields.text("max_failure_percent") ?? ""
    maxFailureCount = fields.text("max_failure_count") ?? ""
    isPrivate = fields.isTicked("private")
    if let text = fields.text("priority") { priority = text }
    startAt = fields.text("start_at") ?? ""
    overrunReason = fields["overrun_reason"] ?? ""
    isApproved = fields.isTicked("cost_approved")
  }

  /// Throws `InvalidInput` naming every field that cannot be read or is out of range. The start is a time in this time zone.
  func order(in timeZone: TimeZone) throws -> BatchOrder {
    var problems: [InvalidInput.Problem] = []
    func refuse(_ field: String, _ message: String) { problems.append(.init(field: field, code: "invalid", message: message)) }
    let percent = maxFailurePercent.isEmpty ? nil : Double(maxFailurePercent)
    if !maxFailurePercent.isEmpty && percent == nil { refuse("max_failure_percent", "Give a number from 0 to 100, or nothing.") }
    let count = maxFailureCount.isEmpty ? nil : Int(maxFailureCount)
    if !maxFailureCount.isEmpty && count == nil { refuse("max_failure_count", "Give a whole number from 0 up, or nothing.") }
    func read<Value>(_ value: () throws -> Value) throws -> Value? {
      do { return try value() } catch let input as InvalidInput { problems += input.problems }
      return nil
    }
    let urgency = try read { try BatchPriority(field: priority) }
    let start = startAt.isEmpty ? nil : try read { try PlannedStart.moment(startAt, in: timeZone) }
    do {
      let order = try BatchOrder(
        name: name, description: description, maxConcurrent: Int(maxConcurrent) ?? -1, retryCount: Int(retryCount) ?? -1,
        maxFailurePercent: percent, maxFailureCount: count, isPrivate: isPrivate, priority: urgency ?? .normal, startAt: start,
        overrunReason: overrunReason.isEmpty ? nil : overrunReason)
      if problems.isEmpty { return order }
    } catch let input as InvalidInput { problems += input.problems }
    throw InvalidInput(problems)
  }

  mutating func take(_ refusal: any Refusal) {
    if let input = refusal as? InvalidInput {
      problems += input.problems
    } else {
      problems.append(.init(field: refusal.field ?? "", code: refusal.code.rawValue, message: refusal.explanation))
    }
  }

  /// Offers `hasErrors`, `errors` and `form`.
  func pageValues(amount: Money?) -> PageValues {
    let shown: Set<String> = [
      "template_version", "max_concurrent", "retry_count", "name", "description", "max_failure_percent", "max_failure_count", "private",
      "cost_approved", "overrun_reason", "priority", "start_at", "reuse_days", "sample_size",
    ]
    var urgency = field("priority", priority)
    urgency["options"] = Options.values(BatchPriority.allCases.map { ($0.rawValue, $0.label) }, selected: priority)
    var reuse = field("reuse_days", reuseDays)
    reuse["options"] = Options.values(Self.reuseChoices(reuseDays), selected: reuseDays)
    var approval = field("cost_approved", "")
    approval["isChecked"] = .flag(isApproved)
    approval["amount"] = .text(amount?.dollars ?? "")
    var privacy = field("private", "")
    privacy["isChecked"] = .flag(isPrivate)
    return [
      "hasErrors": .flag(!problems.isEmpty),
      "errors": .list(
        problems.map { ["hasField": .flag(shown.contains($0.field)), "field": .text($0.field), "message": .text($0.message)] }),
      "form": .values([
        "templateVersion": .values(field("template_version", templateVersion)), "maxConcurrent": .values(field("max_concurrent", maxConcurrent)),
        "retryCount": .values(field("retry_count", retryCount)), "name": .values(field("name", name)),
        "description": .values(field("description", description)),
        "maxFailurePercent": .values(field("max_failure_percent", maxFailurePercent)),
        "maxFailureCount": .values(field("max_failure_count", maxFailureCount)), "private": .values(privacy),
        "overrunReason": .values(field("overrun_reason", overrunReason)), "costApproved": .values(approval),
        "priority": .values(urgency), "reuseDays": .values(reuse), "startAt": .values(field("start_at", startAt)),
        "sampleSize": .values(field("sample_size", sampleSize)),
      ]),
    ]
  }

  /// The usual ages, and the one that was asked for.
  private static func reuseChoices(_ chosen: String) -> [(value: String, label: String)] {
    var days = ReportReuse.choices
    if let own = Int(chosen), ReportReuse.daysRange.contains(own), !days.contains(own) { days = (days + [own]).sorted() }
    return [("", "No: a new report of every lead")] + days.map { (String($0), "Yes, up to \(Display.count($0, "day", "days")) old") }
  }

  private func field(_ id: String, _ value: String) -> PageValues {
    let reasons = problems.filter { $0.field == id }.map(\.message)
    return ["id": .text(id), "value": .text(value), "hasError": .flag(!reasons.isEmpty), "error": .text(reasons.joined(separator: " "))]
  }
}
