import BatchReports
import Hummingbird

/// The context of a route for signed-in accounts: here the account cannot be missing.
public struct SignedInContext: PageContext, ChildRequestContext {
  public var coreContext: CoreRequestContextStorage
  public let base: AppRequestContext
  private let signedIn: Identity

  public var account: Account { signedIn.account }

  /// Throws `AccessRefusal.notSignedIn`, which pages answer with the sign-in page and the API with 401.
  public init(context: AppRequestContext) throws {
    guard let identity = context.identity else { throw AccessRefusal.notSignedIn }
    coreContext = context.coreContext
    base = context
    signedIn = identity
  }

  /// Throws `AccessRefusal.roleTooLow`.
  public func requireRole(_ role: Role) throws {
    if account.role < role { throw AccessRefusal.roleTooLow(needed: role) }
  }
}

/// Refuses accounts below a role before a route of its group runs.
public struct RoleRequired: RouterMiddleware {
  public typealias Context = SignedInContext
  let role: Role

  public init(_ role: Role) { self.role = role }

  public func handle(
    _ request: Request, context: SignedInContext, next: (Request, SignedInContext) async throws -> Response
  ) async throws -> Response {
    try context.requireRole(role)
    return try await next(request, context)
  }
}
