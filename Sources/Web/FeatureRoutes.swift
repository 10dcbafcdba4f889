import Hummingbird

/// The URLs about leads, batches, progress and reports.
func addFeatureRoutes(
  to signedIn: some RouterMethods<SignedInContext>, _ web: WebDependencies, _ services: ReportServices
) {
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

  let api = BatchAPI(
    web: web, services: services, statuses: StatusCache(commits: web.database.commits, now: web.now))
  let startAPI = StartAPI(web: web, services: services)
  let downloads = BatchDownloads(web: web, services: services)
  let sockets = ProgressSockets(web: web, services: services, places: SocketPlaces(limit: services.limits.socketsPerAccount))
  for base in ["/api", "/api/v1"] {
    let calls = signedIn.group(RouterPath(base))
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
