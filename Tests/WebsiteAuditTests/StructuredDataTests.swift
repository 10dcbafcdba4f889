import Testing

@testable import WebsiteAudit

@Suite("Structured data")
struct StructuredDataTests {
  @Test("businesses are found in lists, graphs and nested things")
  func nested() {
    let data = StructuredData([
      "[{\"@type\":\"WebSite\",\"publisher\":{\"@type\":[\"Organization\",\"schema:Plumber\"],\"name\":\" Pipes \",\"contactPoint\":{\"telephone\":\"+1 212 555 0123\"}}}]",
      "{\"@graph\":[{\"@type\":\"http://schema.org/HairSalon\",\"address\":[{\"@type\":\"PostalAddress\"}]}]}",
    ])
    #expect(data.localBusinesses.map(\.types) == [["Organization", "Plumber"], ["HairSalon"]])
    #expect(data.localBusinesses[0].name == "Pipes")
    #expect(data.localBusinesses[0].telephones == ["+1 212 555 0123"])
    #expect(data.localBusinesses[1].hasAddress)
  }

  @Test(
    "the types of LocalBusiness are known with every prefix",
    arguments: [
      "LocalBusiness", "Restaurant", "https://schema.org/Dentist", "http://schema.org/Bakery", "schema:AutoRepair", "Store", "Attorney",
      "VeterinaryCare",
    ])
  func types(type: String) {
    #expect(LocalBusinessTypes.contains(type))
  }

  @Test("other types are no local business", arguments: ["Organization", "WebSite", "Person", "Product", "Corporation", ""])
  func otherTypes(type: String) {
    #expect(!LocalBusinessTypes.contains(type))
  }

  @Test("hostile depth is refused, wrong values are passed over")
  func hostile() {
    #expect(StructuredData([String(repeating: "[", count: 100_000)]).firstBroken != nil)
    #expect(
      StructuredData(["{\"@type\":5,\"name\":{}}", "3", "{\"@type\":[1,\"Store\"],\"name\":7,\"telephone\":[null,\" \"]}"]).things.count
        == 1)
  }
}
