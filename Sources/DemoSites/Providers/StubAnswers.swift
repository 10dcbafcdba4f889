import Foundation

/// What each service answers to a good request: the same for the same question and seed.
struct StubAnswers: Sendable {
  var seed: Int

  func answer(_ provider: StubProvider, to request: StubRequest) -> StubAnswer {
    guard isAllowed(provider, request) else { return StubErrors.wrongKey(provider) }
    switch (provider, request.method, request.path) {
    case (.pagespeed, "GET", "/pagespeedonline/v5/runPagespeed"): return pageSpeed(request.query["url"] ?? "")
    case (.screenshotone, "GET", "/take"): return screenshot(request.query["url"] ?? "")
    case (.hunter, "GET", "/v2/domain-search"): return emails(request.query["domain"] ?? "")
    case (.dataAxle, "POST", "/v1/places/match"): return business(request.body)
    case (.semrush, "GET", "/"): return ranks(request.query["domain"] ?? "")
    case (.openai, "POST", "/v1/chat/completions"): return completion(request.body)
    default: return StubErrors.error(provider, status: 404)
    }
  }

  private func isAllowed(_ provider: StubProvider, _ request: StubRequest) -> Bool {
    let given =
      switch provider {
      case .pagespeed: request.headers["x-goog-api-key"]
      case .screenshotone: request.headers["x-access-key"]
      case .hunter: request.headers["x-api-key"]
      case .dataAxle: request.headers["x-auth-token"]
      case .semrush: request.query["key"]
      case .openai: request.headers["authorization"].map { String($0.dropFirst("Bearer ".count)) }
      }
    return given == provider.key
  }

  private func random(_ provider: StubProvider, _ subject: String) -> SeededRandom { SeededRandom(seed: seed, purpose: provider.rawValue + subject) }

  private func pageSpeed(_ url: String) -> StubAnswer {
    var random = random(.pagespeed, url)
    func score() -> [String: Any] { ["score": Double(random.below(71) + 30) / 100] }
    let categories = ["performance", "accessibility", "best-practices", "seo"].reduce(into: [String: Any]()) { $0[$1] = score() }
    let paint = random.below(6_000) + 900
    return .json(
      [
        "captchaResult": "CAPTCHA_NOT_NEEDED", "kind": "pagespeedonline#result", "id": url, "analysisUTCTimestamp": "2026-01-31T12:00:00.000Z",
        "loadingExperience": [
          "overall_category": paint > 4_000 ? "SLOW" : paint > 2_500 ? "AVERAGE" : "FAST",
          "metrics": [
            "LARGEST_CONTENTFUL_PAINT_MS": ["percentile": paint + 200], "INTERACTION_TO_NEXT_PAINT": ["percentile": random.below(400) + 60],
            "CUMULATIVE_LAYOUT_SHIFT_SCORE": ["percentile": random.below(30)],
          ],
        ],
        "lighthouseResult": [
          "lighthouseVersion": "13.0.1", "requestedUrl": url, "finalUrl": url, "categories": categories,
          "audits": [
            "largest-contentful-paint": ["id": "largest-contentful-paint", "numericValue": Double(paint), "numericUnit": "millisecond"],
            "cumulative-layout-shift": ["id": "cumulative-layout-shift", "numericValue": Double(random.below(300)) / 1_000],
            "total-blocking-time": ["id": "total-blocking-time", "numericValue": Double(random.below(900))],
          ],
        ],
      ], isBilled: true)
  }

  private func screenshot(_ url: String) -> StubAnswer {
    var random = random(.screenshotone, url)
    if random.chance(percent: 4) { return StubErrors.screenshot("host_returned_error", status: 500) }
    return StubAnswer(type: "image/jpeg", body: StubPicture.jpeg, isBilled: true)
  }

  private func emails(_ domain: String) -> StubAnswer {
    var random = random(.hunter, domain)
    let count = random.chance(percent: 35) ? 0 : 1 + random.below(4)
    let name = "site-\(random.below(9_000) + 1_000).example"
    let emails = ["info", "office", "hello", "owner"].prefix(count).map { local in
      [
        "value": "\(local)@\(name)", "type": "generic", "confidence": 40 + random.below(60), "sources": [] as [String],
        "verification": ["date": "2026-01-10", "status": random.chance(percent: 50) ? "valid" : "accept_all"],
      ] as [String: Any]
    }
    return .json(
      [
        "data": ["domain": domain, "disposable": false, "webmail": false, "accept_all": true, "pattern": "{first}", "emails": Array(emails)],
        "meta": ["results": count, "limit": 10, "offset": 0, "params": ["domain": domain]],
      ], isBilled: count > 0)
  }

  private func business(_ body: Data) -> StubAnswer {
    let order = (try? JSONSerialization.jsonObject(with: body)) as? [String: Any]
    guard let identifiers = order?["identifiers"] as? [String: String], let name = identifiers["name"] else {
      return StubErrors.error(.dataAxle, status: 422)
    }
    var random = random(.dataAxle, name)
    if random.chance(percent: 30) { return .json(["document": NSNull()]) }
    let attributes: [String: Any] = [
      "name": name, "street": "\(random.below(900) + 100) Main St", "city": identifiers["city"] ?? "Springfield",
      "state": identifiers["state"] ?? "IL", "postal_code": "\(random.below(89_999) + 10_000)", "in_business": "yes",
      "location_employee_count": random.below(40) + 1, "primary_sic_code_id": "999977", "sic_code_ids": ["999977"],
    ]
    return .json(
      [
        "document": [
          "infogroup_id": "\(random.below(899_999_999) + 100_000_000)", "rules": ["name"], "score": 0.93, "attributes": attributes,
          "labels": ["primary_sic_code_id": ["999977": "Nonclassified Establishments"]],
        ] as [String: Any]
      ], isBilled: true)
  }

  private func ranks(_ domain: String) -> StubAnswer {
    var random = random(.semrush, domain)
    if random.chance(percent: 25) { return StubErrors.semrush(50, "NOTHING FOUND") }
    let numbers = [random.below(9_000_000) + 1_000, random.below(4_000), random.below(20_000), random.below(9_000), random.below(20)]
    let text =
      "Domain;Rank;Organic Keywords;Organic Traffic;Organic Cost;Adwords Keywords\r\n" + domain + ";" + numbers.map(String.init).joined(separator: ";")
      + "\r\n"
    return StubAnswer(type: "text/plain; charset=utf-8", body: Data(text.utf8), isBilled: true)
  }

  private func completion(_ body: Data) -> StubAnswer {
    let order = (try? JSONSerialization.jsonObject(with: body)) as? [String: Any]
    guard let model = order?["model"] as? String, let messages = order?["messages"] as? [[String: String]], let last = messages.last?["content"] else {
      return StubErrors.error(.openai, status: 400)
    }
    var random = random(.openai, last)
    let findings = (try? JSONSerialization.jsonObject(with: Data(last.utf8))) as? [String: Any]
    let first = (findings?["mendFirst"] as? [String])?.first ?? "nothing urgent"
    let text = "This website scores \(findings?["score"] as? Int ?? 0) of 100. What to mend first: \(first). The rest of the report says how."
    return .json(
      [
        "id": "chatcmpl-\(random.below(1_000_000_000))", "object": "chat.completion", "created": 1_769_860_800, "model": model,
        "choices": [["index": 0, "finish_reason": "stop", "message": ["role": "assistant", "content": text]]],
        "usage": ["prompt_tokens": last.count / 4, "completion_tokens": 40, "total_tokens": last.count / 4 + 40],
      ], isBilled: true)
  }
}
