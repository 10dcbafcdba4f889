import BatchReports
import Foundation
import HTTPFetch

@testable import Providers

/// An answer as it comes from a fetch.
func answer(_ text: String, status: Int = 200, headers: [HTTPHeader] = []) -> FetchedPage {
  answer(Data(text.utf8), status: status, headers: headers)
}

func answer(_ body: Data, status: Int = 200, headers: [HTTPHeader] = []) -> FetchedPage {
  FetchedPage(
    requestedURL: "", finalURL: "", status: status, headers: headers, body: body, bytesReceived: body.count, fetchedAt: Date(timeIntervalSince1970: 0))
}

/// What an adapter makes of an answer, in one line.
func read(_ adapter: some ProviderAdapter, _ page: FetchedPage) -> String {
  switch adapter.reading(of: page, now: Date(timeIntervalSince1970: 0)) {
  case .answer(let part, let units, _): "\(units): " + (part.whyNot ?? part.text ?? part.facts.map { "\($0.name)=\($0.value)" }.joined(separator: "; "))
  case .unreadable(let isCharged): isCharged ? "unreadable, charged" : "unreadable"
  case .fault(let fault): "\(fault.kind): \(fault.message)"
  case .lost(let fault): "lost: \(fault.message)"
  }
}

func access(_ provider: PaidProvider, baseURL: String? = nil) -> ProviderAccess { ProviderAccess(provider, baseURL: baseURL, key: "k-123456") }
