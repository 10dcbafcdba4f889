// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "batchreports",
  products: [
    .executable(name: "batchreports", targets: ["BatchReportsServer"])
  ],
  dependencies: [
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
  ],
  targets: [
    // System libraries; the Debian packages are listed in tools/debian-packages.txt.
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    // What the product knows: values and rules, no SQL and no HTTP.
    .target(name: "BatchReports"),

    // Leaves: each knows one technology and none of the others.
    .target(name: "HTTPFetch", dependencies: ["CCurl"]),
    .target(name: "CSV"),
    .target(name: "Secrets", dependencies: ["CSodium"]),
    .target(
      name: "WebSockets",
      dependencies: [
        "CZlib",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .target(
      name: "DemoSites",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
      ]
    ),

    .target(
      name: "Storage",
      dependencies: [
        "BatchReports", "Secrets", "CSV",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
        .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .target(name: "WebsiteAudit", dependencies: ["BatchReports", "HTTPFetch", "CLibXML2"]),
    .target(name: "Providers", dependencies: ["BatchReports", "HTTPFetch"]),
    .target(
      name: "Runner",
      dependencies: [
        "BatchReports", "Storage", "WebsiteAudit", "Providers", "HTTPFetch",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]
    ),
    .target(
      name: "Web",
      dependencies: [
        "BatchReports", "Storage", "WebSockets", "CSV", "Secrets",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]
    ),
    .executableTarget(
      name: "BatchReportsServer",
      dependencies: [
        "BatchReports", "Storage", "Runner", "Providers", "Web", "WebSockets", "HTTPFetch", "DemoSites", "CSV", "Secrets",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]
    ),

    // Measuring: see benchmarks/run.
    .executableTarget(
      name: "lead-benchmark", dependencies: ["BatchReports", "Storage", .product(name: "GRDB", package: "GRDB.swift")], path: "benchmarks/leads"
    ),
    .executableTarget(
      name: "hello-yardstick",
      dependencies: [.product(name: "Hummingbird", package: "hummingbird"), .product(name: "Logging", package: "swift-log")], path: "benchmarks/hello"
    ),
    .executableTarget(
      name: "batch-benchmark",
      dependencies: [
        "BatchReports", "Storage", "Runner", "DemoSites", "HTTPFetch", "WebsiteAudit", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      path: "benchmarks/batch"
    ),

    // Tests: a target each, and what they share.
    .target(
      name: "TestSupport",
      dependencies: [
        "BatchReports", "Storage", "Runner", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      path: "Tests/Support", exclude: ["Web"]
    ),
    .target(
      name: "WebTestSupport",
      dependencies: [
        "TestSupport", "Web", "Storage", "Secrets", "BatchReports", "WebSockets", "CSV", .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"), .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ],
      path: "Tests/Support/Web"
    ),
    .testTarget(name: "BatchReportsTests", dependencies: ["BatchReports"]),
    .testTarget(name: "SecretsTests", dependencies: ["Secrets"]),
    .testTarget(name: "CSVTests", dependencies: ["CSV"]),
    .testTarget(name: "HTTPFetchTests", dependencies: ["HTTPFetch"]),
    .testTarget(name: "WebsiteAuditTests", dependencies: ["WebsiteAudit", "BatchReports", "HTTPFetch"]),
    .testTarget(
      name: "DemoSitesTests",
      dependencies: ["DemoSites", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")]
    ),
    .testTarget(name: "ProvidersTests", dependencies: ["Providers", "BatchReports", "HTTPFetch", "DemoSites"]),
    .testTarget(
      name: "WebSocketsTests",
      dependencies: [
        "WebSockets", "CZlib",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Logging", package: "swift-log"),
      ]
    ),
    .testTarget(
      name: "StorageTests",
      dependencies: ["BatchReports", "Secrets", "Storage", "CSV", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]
    ),
    .testTarget(
      name: "RunnerTests",
      dependencies: [
        "BatchReports", "Storage", "Runner", "Providers", "HTTPFetch", "DemoSites", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]
    ),
    .testTarget(
      name: "WebTests",
      dependencies: [
        "Web", "Storage", "Secrets", "BatchReports", "CSV", "WebSockets", "TestSupport", "WebTestSupport",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"), "Runner",
      ]
    ),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "BatchReportsServer", "BatchReports", "Storage", "Secrets", "DemoSites", "CSV", "Web", "TestSupport", "WebTestSupport",
        .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]
    ),
  ],
  swiftLanguageModes: [.v6]
)
