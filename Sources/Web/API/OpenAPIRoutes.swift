import Hummingbird

/// The description of the API (OpenAPI 3.1), for everyone: what it tells is no secret.
struct OpenAPIRoutes: Sendable {
  private let dependencies: WebDependencies

  init(_ dependencies: WebDependencies) { self.dependencies = dependencies }

  /// GET /api/openapi.json: the file of Public/, under an address that does not change.
  @Sendable func describe(_ request: Request, _ context: AppRequestContext) throws -> Response {
    guard let file = dependencies.assets.files["openapi.json"] else { throw RequestRefusal.notFound }
    var response = Response.bytes(file.data, type: file.type)
    response.headers[.cacheControl] = "no-cache"
    return response
  }
}
