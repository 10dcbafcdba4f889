import BatchReports
import Foundation
import HTTPFetch
import Testing

@testable import Providers

/// What the providers' own documentation says: docs/providers.md names the page for each rule.
@Suite("Rules of the providers' documentation") struct DocumentedRulesTests {
  @Test(
    "in no window are there more calls than a provider allows",
    arguments: [
      (PaidProvider.pagespeed, 60.0, 240), (.pagespeed, 100, 400), (.screenshotone, 60, 40), (.hunter, 1, 15), (.hunter, 60, 500),
      (.dataAxle, 10, 150), (.semrush, 1, 10), (.openai, 60, 500),
    ])
  func pace(_ provider: PaidProvider, _ seconds: Double, _ limit: Int) {
    let adapter: any ProviderAdapter =
      switch provider {
      case .pagespeed: PageSpeedInsights(access: access(provider))
      case .screenshotone: ScreenshotOne(access: access(provider))
      case .hunter: Hunter(access: access(provider))
      case .dataAxle: DataAxle(access: access(provider))
      case .semrush: Semrush(access: access(provider))
      case .openai: PlainSummary(access: access(provider))
      }
    #expect(Double(adapter.rate.burst) + adapter.rate.perSecond * seconds <= Double(limit))
  }

  @Test(
    "ScreenshotOne's errors by code and status",
    arguments: [
      ("host_returned_error", 500, "0: it could not load the page"), ("timeout_error", 500, "0: it could not load the page"),
      ("network_error", 500, "0: it could not load the page"), ("name_not_resolved", 400, "0: it could not load the page"),
      ("temporary_unavailable", 503, "unavailable: ScreenshotOne is not available (HTTP 503, temporary_unavailable)."),
      ("internal_application_error", 500, "unavailable: ScreenshotOne is not available (HTTP 500, internal_application_error)."),
      ("request_aborted", 500, "unavailable: ScreenshotOne is not available (HTTP 500, request_aborted)."),
      ("concurrency_limit_reached", 400, "rateLimited: ScreenshotOne asked us to slow down (HTTP 400, concurrency_limit_reached)."),
      ("screenshots_limit_reached", 400, "refused: ScreenshotOne has no screenshots left for us this month (HTTP 400, screenshots_limit_reached)."),
      ("access_key_invalid", 400, "refused: ScreenshotOne refused the request (HTTP 400, access_key_invalid)."),
      ("signature_is_required", 400, "refused: ScreenshotOne refused the request (HTTP 400, signature_is_required)."),
      ("request_not_valid", 400, "refused: ScreenshotOne refused the request (HTTP 400, request_not_valid)."),
    ])
  func screenshotOne(_ code: String, _ status: Int, _ reading: String) {
    let body = #"{"is_successful":false,"error_code":"\#(code)","error_message":"m","documentation_url":"https://screenshotone.com/docs/errors/"}"#
    #expect(read(ScreenshotOne(access: access(.screenshotone)), answer(body, status: status)) == reading)
  }

  @Test("ScreenshotOne counts by the minute: who is over is not asked again within the same try")
  func minute() throws {
    let page = answer(#"{"is_successful":false,"error_code":"concurrency_limit_reached"}"#, status: 400)
    guard case .fault(let fault) = ScreenshotOne(access: access(.screenshotone)).reading(of: page, now: Date()) else {
      Issue.record("no fault")
      return
    }
    #expect(fault.kind == .rateLimited && fault.retryAfter == 60)
  }

  @Test(
    "Semrush's columns come in any order and with others, and its errors with any status",
    arguments: [
      (
        "Database;Adwords Keywords;Organic Cost;Rank;Organic Traffic;Domain;Organic Keywords;New\r\nus;5;4;1;3;fish.example;2;x\r\n", 200,
        "1: Rank in the United States=1; Words it is found by=2; Visits a month from search=3; "
          + "What these visits would cost as advertisements, in dollars a month=4; Words it advertises for=5"
      ),
      ("Rank;Organic Keywords;Organic Traffic;Organic Cost;Adwords Keywords\r\n1;2;3;4;5\r\n", 200, "unreadable"),
      ("ERROR 132 :: API UNITS BALANCE IS ZERO", 403, "refused: There are no API units left at Semrush (error 132)."),
      ("ERROR 134 :: TOTAL LIMIT EXCEEDED", 403, "refused: A limit of our account at Semrush is used up (error 134)."),
      ("ERROR 50 :: NOTHING FOUND\n", 404, "0: search engines do not show this website yet"),
      ("ERROR 131 :: LIMIT EXCEEDED", 429, "rateLimited: Semrush asked us to slow down (error 131)."),
      ("", 429, "rateLimited: Semrush asked us to slow down (HTTP 429)."),
    ])
  func semrush(_ text: String, _ status: Int, _ reading: String) {
    #expect(read(Semrush(access: access(.semrush)), answer(text, status: status)) == reading)
  }

  @Test("Data Axle is asked for names of its data dictionary, with labels, and for no match below its own least score")
  func dataAxleRequest() throws {
    let request = try DataAxle(access: access(.dataAxle)).request(for: Subjects.named("Fish"), idempotencyKey: "")
    let body = try #require(try JSONSerialization.jsonObject(with: request.body ?? Data()) as? [String: Any])
    #expect(request.method == .post && request.headers.contains(HTTPHeader("X-AUTH-TOKEN", "k-123456")))
    #expect(
      body["identifiers"] as? [String: String] == [
        "name": "Fish", "website": "fish.example", "city": "Salem", "state": "OR", "phone": "503-555-0100",
      ])
    #expect(body["limit"] as? Int == 1 && body["include_labels"] as? Bool == true && body["minimum_match_score"] as? Double == 0.85)
    #expect(
      body["fields"] as? [String] == [
        "name", "street", "city", "state", "postal_code", "phone", "primary_sic_code_id", "location_employee_count", "in_business",
      ])
  }

  @Test(
    "Data Axle's codes are shown by their labels, wherever these stand, and not without",
    arguments: [
      (#"{"name":"Fish","primary_sic_code_id":"581208"}"#, #""labels":{"primary_sic_code_id":{"581208":"Restaurants"}}"#, "; Line of business=Restaurants"),
      (#"{"name":"Fish","primary_sic_code_id":"581208"}"#, #""labels":{"primary_sic_code_id":"Restaurants","x":[1]}"#, "; Line of business=Restaurants"),
      (
        #"{"name":"Fish","primary_sic_code_id":"581208","labels":{"primary_sic_code_id":{"581208":"Restaurants"}}}"#, #""score":"0.93""#,
        "; Line of business=Restaurants"
      ),
      (#"{"name":"Fish","primary_sic_code_id":"581208"}"#, #""labels":[]"#, ""), (#"{"name":"Fish","primary_sic_code_id":"581208"}"#, #""score":0.9"#, ""),
      (#"{"name":"Fish","primary_sic_code_id":"581208"}"#, #""labels":{"primary_sic_code_id":{"1":"Other"}}"#, ""),
    ])
  func labels(_ attributes: String, _ member: String, _ line: String) {
    let page = answer(#"{"document":{"infogroup_id":"939010853","rules":["name"],"attributes":\#(attributes),\#(member)}}"#)
    #expect(read(DataAxle(access: access(.dataAxle)), page) == "1: Name on file=Fish" + line)
  }

  @Test("a 500 is Data Axle's own when it speaks of an error or of errors, and a gateway's message is lost")
  func dataAxleErrors() {
    let dataAxle = DataAxle(access: access(.dataAxle))
    for body in [#"{"error":"x"}"#, #"{"result":"failure","errors":{"phone":["is invalid"]}}"#] {
      #expect(read(dataAxle, answer(body, status: 500)) == "unavailable: Data Axle is not available (HTTP 500).")
      #expect(read(dataAxle, answer(body, status: 401)) == "refused: Data Axle refused the request (HTTP 401).")
    }
    for body in [#"{"message":"Internal server error"}"#, "[]", ""] {
      #expect(read(dataAxle, answer(body, status: 500)).hasPrefix("lost: Data Axle"))
    }
  }

  @Test("OpenAI itself, on any of its hosts, is told the newer name of the most tokens, every other server the older one")
  func tokens() throws {
    for (baseURL, name, other) in [
      (nil, "max_completion_tokens", "max_tokens"), ("https://api.openai.com/v1/", "max_completion_tokens", "max_tokens"),
      ("https://EU.API.openai.com/v1", "max_completion_tokens", "max_tokens"), ("https://API.OPENAI.COM/v1", "max_completion_tokens", "max_tokens"),
      ("https://llm.example/v1", "max_tokens", "max_completion_tokens"), ("https://myapi.openai.com/v1", "max_tokens", "max_completion_tokens"),
      ("https://api.openai.com.example/v1", "max_tokens", "max_completion_tokens"),
    ] {
      let request = try PlainSummary(access: access(.openai, baseURL: baseURL)).request(for: Subjects.named("x"), idempotencyKey: "k")
      let body = try #require(try JSONSerialization.jsonObject(with: request.body ?? Data()) as? [String: Any])
      #expect(body[name] as? Int == 300 && body[other] == nil)
    }
  }

  @Test(
    "OpenAI's 429 is asked again unless it is about money, whatever its code is then",
    arguments: [
      ("insufficient_quota", "insufficient_quota", "refused"), ("insufficient_quota", "project_spend_limit_exceeded", "refused"),
      ("requests", "rate_limit_exceeded", "rateLimited"), ("rate_limit_error", "slow_down", "rateLimited"),
    ])
  func money(_ type: String, _ code: String, _ kind: String) {
    let page = answer(#"{"error":{"message":"m","type":"\#(type)","param":null,"code":"\#(code)"}}"#, status: 429)
    #expect(read(PlainSummary(access: access(.openai)), page).hasPrefix(kind + ": "))
  }

  @Test("PageSpeed's key goes in a header, and a used-up day is waited for, not given up")
  func pageSpeed() {
    let pageSpeed = PageSpeedInsights(access: access(.pagespeed))
    let request = pageSpeed.request(for: Subjects.named("x"), idempotencyKey: "")
    #expect(request.headers == [HTTPHeader("X-Goog-Api-Key", "k-123456")] && !request.url.contains("k-123456"))
    let quota =
      #"{"error":{"code":429,"message":"Quota exceeded for quota metric 'Queries' and limit 'Queries per day'","status":"RESOURCE_EXHAUSTED","#
      + #""errors":[{"message":"m","domain":"global","reason":"rateLimitExceeded"}]}}"#
    #expect(read(pageSpeed, answer(quota, status: 429)) == "rateLimited: PageSpeed Insights asked us to slow down (HTTP 429, rateLimitExceeded).")
  }
}
