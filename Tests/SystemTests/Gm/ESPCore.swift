import LabHarness
import Testing

/// The core on the lab's kernel, with UEs behind real ESP: run by `Tests/Lab/run`. One test at a time.
@Suite(
    "The core with IPsec on Gm", .enabled(if: Namespace.hasESP, "needs the lab's kernel: Tests/Lab/run"), .serialized,
    OnOwnThread(), .timeLimit(.minutes(10)))
enum ESPCore {}
