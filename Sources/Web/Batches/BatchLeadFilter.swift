import BatchReports
import Foundation

/// Which leads of a batch a page or list shows, as it stands in the URL.
struct BatchLeadFilter: Sendable, Hashable {
  var status: BatchLeadState?
  var errorCode: LeadErrorCode?
  var cursor: String?
  /// Whether the page was asked not to refresh itself; its links keep that.
  var isRefreshOff = false

  init(status: BatchLeadState? = nil, errorCode: LeadErrorCode? = nil, isRefreshOff: Bool = false) {
    self.status = status
    self.errorCode = errorCode
    self.isRefreshOff = isRefreshOff
  }

  /// Reads `status`, `error_code`, `cursor` and `refresh`. Throws `InvalidInput` for values that are none.
  init(query: FormFields) throws {
    var problems: [InvalidInput.Problem] = []
    if let text = query.text("status") {
      status = BatchLeadState(rawValue: text)
      if status == nil {
        problems.append(
          .init(field: "status", code: "invalid", message: "status has to be one of \(BatchLeadState.allCases.map(\.rawValue).joined(separator: ", "))."))
      }
    }
    if let text = query.text("error_code") {
      errorCode = LeadErrorCode(rawValue: text)
      if errorCode == nil { problems.append(.init(field: "error_code", code: "invalid", message: "There is no error code of that name.")) }
    }
    if !problems.isEmpty { throw InvalidInput(problems) }
    cursor = query.text("cursor")
    isRefreshOff = query["refresh"] == "off"
  }

  var isActive: Bool { status != nil || errorCode != nil }

  /// The page's address with this filter, at another place of the list.
  func url(_ path: String, cursor: String?) -> String {
    var pairs: [(name: String, value: String)] = []
    if let status { pairs.append(("status", status.rawValue)) }
    if let errorCode { pairs.append(("error_code", errorCode.rawValue)) }
    if let cursor { pairs.append(("cursor", cursor)) }
    if isRefreshOff { pairs.append(("refresh", "off")) }
    let query = FormFields(pairs).query()
    return query.isEmpty ? path : path + "?" + query
  }
}
