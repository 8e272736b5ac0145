import Testing

/// The core as an operator runs it: the built program, real sockets on loopback, clients and decoders nobody here wrote.
///
/// One test at a time: each starts processes and measures nothing, but a machine with two cores is soon full.
@Suite("The core on sockets", .serialized, OnOwnThread(), .timeLimit(.minutes(5)))
enum SystemTests {}
