import BatchReports
import Hummingbird

/// An error for programs: `application/problem+json` (RFC 9457).
public struct ProblemJSON: Encodable {
  struct Item: Encodable {
    var field: String
    var code: String
    var message: String
  }

  var type: String
  var title: String
  var status: Int
  var detail: String
  var code: String
  var errors: [Item]
  var requestID: String
  var additions: (any Encodable)?

  enum CodingKeys: String, CodingKey {
    case type, title, status, detail, code, errors
    case requestID = "request_id"
  }

  /// Extension members (RFC 9457, 3.2) stand beside the standard ones.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(type, forKey: .type)
    try container.encode(title, forKey: .title)
    try container.encode(status, forKey: .status)
    try container.encode(detail, forKey: .detail)
    try container.encode(code, forKey: .code)
    try container.encode(errors, forKey: .errors)
    try container.encode(requestID, forKey: .requestID)
    try additions?.encode(to: encoder)
  }

  init(_ fault: Fault, requestID: String) {
    type = "urn:batchreports:problem:\(fault.code)"
    title = fault.title
    status = fault.status.code
    detail = fault.detail
    code = fault.code
    errors = fault.problems.map { Item(field: $0.field, code: $0.code, message: $0.message) }
    self.requestID = requestID
  }

  /// A refusal with members of its own, such as the new preview of `quote_changed`; `additions` is encoded as an object.
  public static func response(_ refusal: any Refusal, adding additions: some Encodable, requestID: String) -> Response {
    response(Fault(refusal), adding: additions, requestID: requestID)
  }

  static func response(_ fault: Fault, adding additions: (any Encodable)? = nil, requestID: String) -> Response {
    var problem = ProblemJSON(fault, requestID: requestID)
    problem.additions = additions
    var response = Response.json(problem, status: fault.status)
    response.headers[.contentType] = "application/problem+json"
    response.headers.append(contentsOf: fault.headers)
    return response
  }
}
