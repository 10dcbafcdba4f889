import Hummingbird

/// The router with every URL of the product; the executable gives it to the server, and tests to a server of theirs.
public func buildRouter(_ dependencies: WebDependencies, _ services: ReportServices? = nil) -> Router<AppRequestContext> {
  let router = Router(context: AppRequestContext.self, options: .autoGenerateHeadEndpoints)
  let allowed = AllowedMethods()
  let authenticator = Authenticator(dependencies)
  router.add(middleware: AccessLog(metrics: dependencies.metrics))
  router.add(middleware: SecurityHeaders(settings: dependencies.settings))
  // Around the refusals, which scripts of another origin have to be able to read too.
  router.add(middleware: CrossOrigin(origins: dependencies.settings.corsOrigins))
  router.add(middleware: ErrorResponses(pages: dependencies.pages, allowed: allowed))
  AssetRoutes(assets: dependencies.assets).add(to: router)
  router.add(middleware: Authentication(authenticator: authenticator, settings: dependencies.settings, commits: dependencies.database.commits))
  router.add(middleware: RequestForgery(settings: dependencies.settings))
  addRoutes(to: router, dependencies)
  if let services { addFeatureRoutes(to: router.group(context: SignedInContext.self), dependencies, services, authenticator) }
  allowed.learn(router)
  return router
}

/// Every URL of the product. `signedIn` routes have an account for certain; add `try context.requireRole(…)` where a role is needed.
private func addRoutes(to router: Router<AppRequestContext>, _ dependencies: WebDependencies) {
  let signedIn = router.group(context: SignedInContext.self)
  let admins = signedIn.group().add(middleware: RoleRequired(.admin))

  let health = HealthRoutes(dependencies)
  router.get("/health", use: health.health)
  router.get("/api/health", use: health.health)
  router.get("/api/v1/health", use: health.health)
  router.get("/ready", use: health.ready)
  router.get("/metrics", use: health.metrics)
  router.get("/offline", use: health.offline)

  let openAPI = OpenAPIRoutes(dependencies)
  router.get("/api/openapi.json", use: openAPI.describe)
  router.get("/api/v1/openapi.json", use: openAPI.describe)

  let signIn = SignInRoutes(dependencies)
  router.get("/login", use: signIn.form)
  router.post("/login", use: signIn.signIn)
  router.get("/login/link", use: signIn.link)
  router.post("/login/link", use: signIn.useLink)
  signedIn.post("/logout", use: signIn.signOut)

  let settings = SettingsRoutes(dependencies)
  signedIn.get("/settings", use: settings.home)

  let accounts = AccountRoutes(dependencies)
  admins.get("/settings/accounts", use: accounts.list)
  admins.post("/settings/accounts", use: accounts.add)
  admins.post("/settings/accounts/{id}/role", use: accounts.setRole)
  admins.post("/settings/accounts/{id}/password", use: accounts.setPassword)
  admins.post("/settings/accounts/{id}/disable", use: accounts.disable)
  admins.post("/settings/accounts/{id}/enable", use: accounts.enable)

  let tokens = TokenRoutes(dependencies)
  signedIn.get("/settings/tokens", use: tokens.list)
  signedIn.post("/settings/tokens", use: tokens.add)
  signedIn.post("/settings/tokens/{id}/revoke", use: tokens.revoke)

  admins.get("/settings/audit", use: AuditRoutes(dependencies).list)
}

/// Adds routes under `/api` and, the same ones, under `/api/v1`.
func api(_ group: RouterGroup<SignedInContext>, _ add: (RouterGroup<SignedInContext>) -> Void) {
  add(group.group("/api"))
  add(group.group("/api/v1"))
}
