import Hummingbird

/// The URLs about leads, batches, progress and reports.
func addFeatureRoutes(
  to signedIn: RouterGroup<SignedInContext>, _ web: WebDependencies, _ services: ReportServices, _ authenticator: Authenticator
) {
  let features = FeatureSettingsRoutes(web: web, services: services)
  let admins = signedIn.group().add(middleware: RoleRequired(.admin))
  admins.get("/settings/features", use: features.list)
  admins.post("/settings/features", use: features.change)

  let pages = signedIn.group().add(middleware: PagesSwitch(features: services.features))
  pages.get("/", use: DashboardRoutes(web: web, services: services).dashboard)

  let prices = PriceSettingsRoutes(web: web, services: services)
  signedIn.get("/settings/rates", use: prices.rates)
  signedIn.get("/settings/budget", use: prices.budget)
  signedIn.get("/settings/templates", use: prices.templates)
  admins.post("/settings/templates", use: prices.changeTemplate)

  let leads = LeadRoutes(web: web, services: services)
  let imports = LeadImportRoutes(web: web, services: services, uploads: services.uploads, options: services.importing)
  pages.get("/leads", use: leads.list)
  pages.get("/leads/import", use: imports.page)
  pages.post("/leads/import", use: imports.post)
  pages.get("/leads/{id}", use: leads.detail)
  pages.post("/selection", use: SelectionRoutes(web: web, services: services).change)

  // Far above what people and their programs do: it stops one that seals quotes without end.
  let previews = RateLimiter(burst: 1000, perSecond: 20)
  let start = NewBatchRoutes(web: web, services: services, previews: previews)
  pages.get("/batches/new", use: start.page)
  pages.post("/batches/preview", use: start.preview)
  pages.post("/batches", use: start.start)

  let batches = BatchRoutes(web: web, services: services)
  pages.get("/batches", use: batches.history)
  pages.get("/batches/bulk", use: batches.bulkCancelPage)
  pages.post("/batches/bulk", use: batches.bulk)
  pages.get("/batches/{id}", use: batches.detail)
  pages.get("/batches/{id}/adjust", use: batches.adjustPage)
  pages.post("/batches/{id}/concurrency", use: batches.concurrency)
  pages.post("/batches/{id}/priority", use: batches.priority)
  pages.post("/batches/{id}/start-now", use: batches.startNow)
  pages.post("/batches/{id}/pause", use: batches.pause)
  pages.post("/batches/{id}/resume", use: batches.resume)
  pages.get("/batches/{id}/cancel", use: batches.cancelPage)
  pages.post("/batches/{id}/cancel", use: batches.cancel)
  pages.get("/batches/{id}/retry", use: batches.retryPage)
  pages.post("/batches/{id}/retry", use: batches.retry)
  pages.post("/batches/{id}/rerun", use: batches.rerun)
  pages.get("/batches/{id}/leads/{lead_id}/report", use: ReportRoutes(web: web, services: services).report)

  let api = BatchAPI(web: web, services: services, statuses: StatusCache(now: web.now))
  let startAPI = StartAPI(web: web, services: services, previews: previews)
  let downloads = BatchDownloads(web: web, services: services)
  let sockets = ProgressSockets(
    web: web, services: services, places: SocketPlaces(limit: services.limits.socketsPerAccount), authenticator: authenticator)
  for base in ["/api", "/api/v1"] {
    let calls = signedIn.group(RouterPath(base))
    calls.get("/leads", use: LeadAPI(web: web, services: services).list)
    calls.post("/leads/import", use: imports.importNow)
    calls.get("/templates", use: api.templates)
    calls.post("/batch/preview", use: startAPI.preview)
    calls.post("/batch/start", use: startAPI.start)
    calls.post("/batch/bulk", use: api.bulk)
    calls.get("/batch", use: api.list)
    calls.get("/batch/ws", use: sockets.all)
    calls.get("/batch/{id}", use: api.status)
    calls.get("/batch/{id}/status", use: api.status)
    calls.get("/batch/{id}/progress", use: sockets.batch)
    calls.get("/batch/{id}/leads", use: api.leads)
    calls.post("/batch/{id}/concurrency", use: api.concurrency)
    calls.post("/batch/{id}/priority", use: api.priority)
    calls.post("/batch/{id}/start-now", use: api.startNow)
    calls.post("/batch/{id}/pause", use: api.pause)
    calls.post("/batch/{id}/resume", use: api.resume)
    calls.post("/batch/{id}/cancel", use: api.cancel)
    calls.post("/batch/{id}/retry", use: api.retry)
    calls.get("/batch/{id}/results.csv", use: downloads.results)
    calls.get("/batch/{id}/errors.csv", use: downloads.errors)
  }
}
