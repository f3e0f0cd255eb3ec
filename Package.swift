// swift-tools-version: 6.1
import PackageDescription

// One target per concern. The arrows (who may import whom) are those of `Scripts/check-layering`,
// which refuses an import that is not declared here.

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6)]

// `Scripts/build --flavour portable` links everything statically; the objects are those of the other flavour.
let linking: [LinkerSetting] =
    Context.environment["CAMTRACE_FLAVOUR"] == "portable" ? [.unsafeFlags(["-static-executable"])] : []

let package = Package(
    name: "camtrace-rescue",
    products: [
        .executable(name: "camtrace-rescue", targets: ["camtrace-rescue"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // The system calls that the standard library lacks.
        .target(name: "LinuxSystem", dependencies: ["CLinux"], swiftSettings: strict),
        // Those that Swift cannot name: macros and variadic calls.
        .target(name: "CLinux"),
        // Without pkg-config: its file would have the system's folder searched before that of `Scripts/build`, and sqlite3 shared.
        .systemLibrary(name: "CBlkid", providers: [.apt(["libblkid-dev"])]),
        // libudev behind weak symbols: the portable flavour is linked from the same objects, without it.
        .target(name: "CUdev"),
        // Without pkg-config: its file names the system's folder, which would come before that of the static archives.
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        // Disks, partitions and what stands on them, told without changing them.
        .target(name: "BlockDevices", dependencies: ["CBlkid", "CUdev", "LinuxSystem"], swiftSettings: strict),
        // Video containers: parse, salvage, mux. No file I/O, no Foundation.
        .target(name: "MediaContainers", swiftSettings: strict),
        // Where and when a file was recorded: path templates and clocks. No I/O.
        .target(name: "Layouts", swiftSettings: strict),
        // Walking the trees, the index, timelines and gaps.
        .target(
            name: "Recordings",
            dependencies: [
                "LinuxSystem", "MediaContainers", "Layouts",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        // Clips, playlists, subtitles, manifests; repaired files.
        .target(
            name: "Extraction",
            dependencies: [
                "LinuxSystem", "MediaContainers", "Layouts", "Recordings",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        // Recordings from a disk whose file system is gone.
        .target(
            name: "Carving",
            dependencies: ["LinuxSystem", "MediaContainers", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict),
        // Mounting without changing: plans, read-only walls, what fstab keeps.
        .target(name: "Mounting", dependencies: ["BlockDevices", "LinuxSystem"], swiftSettings: strict),
        // What a machine holds, what to do next, and the ledger of what was done.
        .target(
            name: "Recovery",
            dependencies: [
                "BlockDevices", "CZlib", "LinuxSystem", "Mounting", "Recordings", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        // A recorder's own index: learnt from a healthy example, and written back.
        .target(
            name: "Learning",
            dependencies: ["LinuxSystem", "Layouts", "Recordings", "Recovery", .product(name: "GRDBSQLite", package: "GRDB.swift")],
            swiftSettings: strict),
        // What is known of CamTrace, as data.
        .target(
            name: "CamTrace", dependencies: ["BlockDevices", "LinuxSystem", "Recordings", "Recovery"],
            resources: [.embedInCode("Profiles/camtrace.json")],
            swiftSettings: strict),
        // Every sentence a user reads, in English and in French.
        .target(name: "Wording", swiftSettings: strict),
        // Tables, JSON, progress: pure functions of results.
        .target(
            name: "Reporting",
            dependencies: [
                "LinuxSystem", "MediaContainers", "Layouts", "Recordings", "Extraction", "Carving", "BlockDevices", "Mounting", "Recovery",
                "Learning", "CamTrace", "Wording",
            ],
            swiftSettings: strict),
        // newt, loaded when the menu begins.
        .target(name: "CNewt"),
        // The way through a rescue in windows, for a screen or a serial line.
        .target(
            name: "Menu",
            dependencies: [
                "CNewt", "LinuxSystem", "Layouts", "Recordings", "BlockDevices", "Mounting", "Recovery", "Wording", "Reporting",
            ],
            swiftSettings: strict),
        // One file per command: options -> one library call -> rendering.
        .target(
            name: "RescueCommands",
            dependencies: [
                "LinuxSystem", "MediaContainers", "Layouts", "Recordings", "Extraction", "Carving", "BlockDevices", "Mounting", "Recovery",
                "Learning", "CamTrace",
                "Wording", "Reporting", "Menu",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        // @main and the dispatch on the name it was called by, nothing else.
        .executableTarget(
            name: "camtrace-rescue", dependencies: ["CEarlyStart", "RescueCommands"],
            swiftSettings: strict, linkerSettings: linking),
        // Lets the static program start where /proc is not mounted, and where nothing gives random numbers.
        .target(name: "CEarlyStart"),

        .testTarget(name: "LinuxSystemTests", dependencies: ["LinuxSystem"], swiftSettings: strict),
        .testTarget(name: "MediaContainersTests", dependencies: ["MediaContainers"], swiftSettings: strict),
        .testTarget(name: "LayoutsTests", dependencies: ["Layouts"], swiftSettings: strict),
        .testTarget(
            name: "RecordingsTests",
            dependencies: ["Recordings", "Layouts", "LinuxSystem", "MediaContainers", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: strict),
        .testTarget(
            name: "ExtractionTests", dependencies: ["Extraction", "Recordings", "Layouts", "LinuxSystem", "MediaContainers"],
            swiftSettings: strict),
        .testTarget(name: "LearningTests", dependencies: ["Learning", "Layouts", "Recordings", "LinuxSystem"], swiftSettings: strict),
        .testTarget(name: "BlockDevicesTests", dependencies: ["BlockDevices", "LinuxSystem"], swiftSettings: strict),
        .testTarget(name: "CarvingTests", dependencies: ["Carving", "LinuxSystem", "MediaContainers"], swiftSettings: strict),
        .testTarget(name: "MountingTests", dependencies: ["Mounting", "BlockDevices", "LinuxSystem"], swiftSettings: strict),
        .testTarget(
            name: "RecoveryTests", dependencies: ["Recovery", "BlockDevices", "Mounting", "Recordings", "LinuxSystem", "CamTrace"],
            swiftSettings: strict),
        .testTarget(
            name: "MenuTests", dependencies: ["Menu", "BlockDevices", "LinuxSystem", "Mounting", "Recordings", "Recovery"],
            swiftSettings: strict),
        .testTarget(
            name: "ReportingTests", dependencies: ["Reporting", "Wording", "Extraction", "Recordings", "Recovery", "MediaContainers"],
            swiftSettings: strict),
    ]
)
