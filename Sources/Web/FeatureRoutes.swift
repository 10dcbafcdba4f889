import Hummingbird

/// The URLs about leads, batches, progress and reports.
func addFeatureRoutes(
  to signedIn: RouterGroup<SignedInContext>, _ web: WebDependencies, _ services: ReportServices
) {
  signedIn.get("/", use: DashboardRoutes(web: web, services: services).dashboard)

  let prices = PriceSettingsRoutes(web: web, services: services)
  signedIn.get("/settings/rates", use: prices.rates)
  signedIn.get("/settings/budget", use: prices.budget)
  signedIn.get("/settings/templates", use: prices.templates)
  signedIn.group().add(middleware: RoleRequired(.admin)).post("/settings/templates", use: prices.changeTemplate)

  let leads = LeadRoutes(web: web, services: services)
  let imports = LeadImportRoutes(web: web, services: services, uploads: services.uploads, options: services.importing)
  signedIn.get("/leads", use: leads.list)
  signedIn.get("/leads/import", use: imports.page)
  signedIn.post("/leads/import", use: imports.post)
  signedIn.get("/leads/{id}", use: leads.detail)
  signedIn.post("/selection", use: SelectionRoutes(web: web, services: services).change)

  let start = NewBatchRoutes(web: web, services: services)
  signedIn.get("/batches/new", use: start.page)
  signedIn.post("/batches/preview", use: start.preview)
  signedIn.post("/batches", use: start.start)

  let batches = BatchRoutes(web: web, services: services)
  signedIn.get("/batches", use: batches.history)
  signedIn.get("/batches/{id}", use: batches.detail)
  signedIn.post("/batches/{id}/pause", use: batches.pause)
  signedIn.post("/batches/{id}/resume", use: batches.resume)
  signedIn.get("/batches/{id}/cancel", use: batches.cancelPage)
  signedIn.post("/batches/{id}/cancel", use: batches.cancel)
  signedIn.post("/batches/{id}/rerun", use: batches.rerun)
  signedIn.get("/batches/{id}/leads/{lead_id}/report", use: ReportRoutes(web: web, services: services).report)

  let api = BatchAPI(web: web, services: services, statuses: StatusCache(now: web.now))
  let startAPI = StartAPI(web: web, services: services)
  let downloads = BatchDownloads(web: web, services: services)
  let sockets = ProgressSockets(web: web, services: services, places: SocketPlaces(limit: services.limits.socketsPerAccount))
  for base in ["/api", "/api/v1"] {
    let calls = signedIn.group(RouterPath(base))
    calls.get("/leads", use: LeadAPI(web: web, services: services).list)
    calls.post("/leads/import", use: imports.importNow)
    calls.get("/templates", use: api.templates)
    calls.post("/batch/preview", use: startAPI.preview)
    calls.post("/batch/start", use: startAPI.start)
    calls.get("/batch", use: api.list)
    calls.get("/batch/ws", use: sockets.all)
    calls.get("/batch/{id}", use: api.status)
    calls.get("/batch/{id}/status", use: api.status)
    calls.get("/batch/{id}/progress", use: sockets.batch)
    calls.get("/batch/{id}/leads", use: api.leads)
    calls.post("/batch/{id}/pause", use: api.pause)
    calls.post("/batch/{id}/resume", use: api.resume)
    calls.post("/batch/{id}/cancel", use: api.cancel)
    calls.get("/batch/{id}/results.csv", use: downloads.results)
    calls.get("/batch/{id}/errors.csv", use: downloads.errors)
  }
}
