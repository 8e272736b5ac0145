// swift-tools-version: 6.2
import PackageDescription

/// Flags of every target of ours: Swift 6 language mode, warnings are errors, explicit imports.
let ours: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: ours)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: ours)
}

/// What tests of flows through the whole core look at.
let world: [Target.Dependency] = [
    "PCSCF", "ICSCF", "SCSCF", "HSS", "LabUE", "RoleKit", "SIP", "Diameter", "AKA", "IMSCore", "IPsec", "TestSupport",
    "LabWorld",
]

let package = Package(
    name: "imsbox",
    products: [.executable(name: "imsbox", targets: ["imsbox"])],
    dependencies: [
        // Commands and --help; the ecosystem's convention. Control plane only.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // Structured logs with fixed keys. Control plane only.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // HSS database: migrations, records, WAL over the system's SQLite; hidden behind the store port.
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        // Instance files with line numbers; YAML is what Open5GS users write already.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CMnl", pkgConfig: "libmnl", providers: [.apt(["libmnl-dev"])]),
        .target(name: "CReactor"),

        // Pure: codecs and machines, no I/O.
        module("SIP"),
        module("Diameter"),
        module("AKA", ["COpenSSL"]),
        module("IMSCore", ["SIP"]),
        module("IPsec"),
        module("SMS"),

        // What a role is, and the roles. No role imports another.
        module("RoleKit", ["SIP", "Diameter", "IMSCore", "IPsec"]),
        module("PCSCF", ["RoleKit", "SIP", "IMSCore", "IPsec"]),
        module("ICSCF", ["RoleKit", "SIP", "Diameter", "IMSCore"]),
        module("SCSCF", ["RoleKit", "SIP", "Diameter", "IMSCore", "AKA"]),
        module("HSS", ["RoleKit", "Diameter", "IMSCore", "AKA"]),
        module("IPSMGW", ["RoleKit", "SIP", "IMSCore", "SMS"]),

        // Ports made real.
        module("Reactor", ["RoleKit", "CReactor"]),
        module("Kernel", ["IPsec", "CMnl"]),
        module("Store", ["RoleKit", "HSS", "IPSMGW", "AKA", "Console", .product(name: "GRDB", package: "GRDB.swift")]),
        module("Settings", ["RoleKit", .product(name: "Yams", package: "Yams")]),
        module("Tap", ["RoleKit", "SIP", "Diameter"]),
        module("Console", ["RoleKit"]),

        // The software phone and load generator; no role, no core code in it.
        module("LabUE", ["RoleKit", "SIP", "AKA", "IPsec", "SMS"]),

        // Ports with a virtual clock and a network in memory, for tests of runners and roles.
        .target(
            name: "TestSupport", dependencies: ["RoleKit", "SIP", "Diameter", "AKA", "IPsec"],
            path: "Tests/TestSupport",
            swiftSettings: ours),
        // The four roles joined by those ports, with subscribers, UEs and phones: the world of every flow's tests.
        .target(
            name: "LabWorld",
            dependencies: [
                "PCSCF", "ICSCF", "SCSCF", "HSS", "LabUE", "RoleKit", "SIP", "Diameter", "AKA", "IMSCore",
                "IPsec", "TestSupport",
            ],
            path: "Tests/LabWorld", swiftSettings: ours),

        .executableTarget(
            name: "imsbox",
            dependencies: [
                "SIP", "Diameter", "AKA", "IMSCore", "RoleKit", "PCSCF", "ICSCF", "SCSCF", "HSS",
                "IPSMGW", "SMS", "Reactor", "Kernel", "IPsec", "Store", "Settings", "Tap", "Console", "LabUE",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: ours
        ),

        tests("SIPTests", ["SIP"]),
        tests("DiameterTests", ["Diameter", "TestSupport"]),
        tests("AKATests", ["AKA"]),
        tests("SMSTests", ["SMS"]),
        .target(name: "CLinux", path: "Tests/CLinux"),
        tests("IPsecTests", ["IPsec", "AKA", "CLinux", "TestSupport"]),
        tests("KernelTests", ["IPsec", "Kernel", "LabHarness", "TestSupport", "CLinux"]),
        tests("IMSCoreTests", ["IMSCore", "SIP"]),
        tests("RoleKitTests", ["RoleKit", "SIP", "Diameter", "TestSupport"]),
        tests("HSSTests", ["HSS", "Store", "AKA", "Diameter", "IMSCore", "RoleKit", "TestSupport"]),
        tests("StoreTests", ["Store", "RoleKit", "TestSupport"]),
        tests("ReactorTests", ["Reactor", "RoleKit"]),
        tests("SettingsTests", ["Settings", "RoleKit"]),
        tests("TapTests", ["Tap", "RoleKit", "SIP", "Diameter"]),
        tests("ConsoleTests", ["Console", "RoleKit"]),
        tests("RegistrationTests", world + ["Kernel", "LabHarness"]),
        tests("SessionTests", world),
        tests("RegEventTests", world),
        tests("MessageTests", world + ["IPSMGW", "SMS", "Store"]),
        tests("LabUETests", world),
        tests(
            "ImsboxTests",
            world + [
                "imsbox", "Settings", "Kernel", "Tap", "Console",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Processes, instance files, sipp: shared by the system tests and the benchmarks.
        .target(name: "LabHarness", dependencies: ["CLinux"], path: "Tests/LabHarness", swiftSettings: ours),
        tests(
            "SystemTests", ["imsbox", "LabHarness", "AKA", "LabUE", "Reactor", "Kernel", "IPsec", "RoleKit", "SIP"],
            resources: [.copy("sipp"), .copy("freediameter")]),

        // `make interop`: each role of ours in the place of Kamailio's.
        .executableTarget(
            name: "imsbox-interop", dependencies: ["LabHarness"], path: "Tests/Interop",
            exclude: ["instances", "kamailio", "run", "sipp"], swiftSettings: ours),

        // `make bench`: figures of the hot paths and of the whole, beside Kamailio's.
        .target(name: "CAllocationCounter", path: "Benchmarks/CAllocationCounter"),
        .executableTarget(
            name: "imsbox-bench",
            dependencies: ["SIP", "Diameter", "AKA", "IPsec", "Kernel", "LabHarness", "CAllocationCounter"],
            path: "Benchmarks/imsbox-bench",
            swiftSettings: ours
        ),
    ],
    swiftLanguageModes: [.v6]
)
