import Glibc

/// Secret octets in a place of their own, overwritten when the last holder lets go of them.
///
/// `@unchecked Sendable`: nothing changes them between `init` and `deinit`.
public final class SecretOctets: @unchecked Sendable, Equatable, CustomStringConvertible, CustomReflectable {
    private let memory: UnsafeMutableRawBufferPointer

    /// - Parameter octets: overwritten where they lie, if nobody else holds them.
    public init(taking octets: inout [UInt8]) {
        memory = .allocate(byteCount: octets.count, alignment: 1)
        memory.copyBytes(from: octets)
        Self.wipe(&octets)
    }

    /// Of an array somebody else holds, and has to wipe.
    public convenience init(_ octets: [UInt8]) {
        var copy = Array(octets[...])
        self.init(taking: &copy)
    }

    deinit {
        if let address = memory.baseAddress { explicit_bzero(address, memory.count) }
        memory.deallocate()
    }

    public var count: Int { memory.count }

    /// In place; no copy is made.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(memory))
    }

    /// A copy, which nobody wipes.
    public var copy: [UInt8] { Array(memory) }

    /// Overwrites an array in a way the optimiser may not drop, then empties it. It must be held by nobody else.
    public static func wipe(_ octets: inout [UInt8]) {
        octets.withUnsafeMutableBytes { bytes in
            if let address = bytes.baseAddress { explicit_bzero(address, bytes.count) }
        }
        octets = []
    }

    public static func == (a: SecretOctets, b: SecretOctets) -> Bool {
        a.withBytes { one in b.withBytes { one.elementsEqual($0) } }
    }

    public var description: String { "SecretOctets(…)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
