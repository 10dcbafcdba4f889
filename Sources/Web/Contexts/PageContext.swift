import BatchReports
import Foundation
import Hummingbird
import NIOCore

/// What both contexts know of a request.
public protocol PageContext: RequestContext {
  var base: AppRequestContext { get }
}

extension PageContext {
  public var identity: Identity? { base.identity }
  public var requestID: String { base.id }
  /// The connection, for a route that upgrades it.
  public var channel: any Channel { base.channel }

  /// The fields of a posted form. Throws `RequestRefusal.unsupportedMediaType` when something else was posted.
  public func form() throws -> FormFields {
    guard let form = base.form else { throw RequestRefusal.unsupportedMediaType(expected: "application/x-www-form-urlencoded") }
    return form
  }

  /// A UUID in the path. Throws `RequestRefusal.notFound` when it cannot be one.
  public func id(_ name: String) throws -> UUID {
    guard let text = parameters.get(name), let id = UUID(text: text) else { throw RequestRefusal.notFound }
    return id
  }
}
