import CMnl
import Glibc
public import IPsec

/// A NETLINK_XFRM socket: asks, and waits for the answer.
///
/// The kernel does what a netlink message asks before `sendto` returns, and its answers then lie in the socket: a
/// question costs two system calls and no waiting, so the P-CSCF's loop asks without leaving its thread. One object
/// belongs to one instance; it has no lock, and is `@unchecked Sendable` to be handed to that instance. A second socket
/// hears which states have run out, from the moment this object is made.
public final class XFRMSocket: SecurityKernel, @unchecked Sendable {
    private let socket: OpaquePointer
    private let expiries: XFRMExpiries
    private var sequence: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// Requests that go into one datagram: their acknowledgements must find room in the socket's default buffer.
    private static let batch = 64

    public init() throws(XFRMFailure) {
        expiries = try XFRMExpiries()
        socket = try Self.open(groups: 0)
        // The kernel's own words with a refusal, and not the whole request again. Older kernels lack one or both.
        var on: Int32 = 1
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK] {
            mnl_socket_setsockopt(socket, Int32(option), &on, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    deinit { mnl_socket_close(socket) }

    /// A socket that hears these multicast groups; only a process with CAP_NET_ADMIN may name any.
    static func open(groups: UInt32) throws(XFRMFailure) -> OpaquePointer {
        guard let socket = mnl_socket_open2(Int32(NETLINK_XFRM), Int32(SOCK_CLOEXEC.rawValue)) else {
            throw .last("no XFRM netlink socket")
        }
        guard mnl_socket_bind(socket, groups, pid_t(MNL_SOCKET_AUTOPID)) == 0 else {
            let failure = XFRMFailure.last("XFRM netlink socket not bound")
            mnl_socket_close(socket)
            throw failure
        }
        return socket
    }

    /// Asks for each in turn; nil for what was done. What comes after a refusal is asked for all the same.
    public func perform(_ requests: [XFRMRequest]) -> [XFRMFailure?] {
        var outcomes: [XFRMFailure?] = []
        var rest = requests[...]
        while !rest.isEmpty {
            outcomes += perform(batch: rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
        }
        return outcomes
    }

    /// All states of this network namespace.
    public func states() throws(XFRMFailure) -> [XFRMStateReport] {
        try ask(.dumpStates).compactMap { if case .state(_, let report) = $0 { report } else { nil } }
    }

    /// All policies of this network namespace.
    public func policies() throws(XFRMFailure) -> [XFRMPolicyReport] {
        try ask(.dumpPolicies).compactMap { if case .policy(_, let report) = $0 { report } else { nil } }
    }

    /// How many states and policies this network namespace has.
    public func counts() throws(XFRMFailure) -> XFRMCounts {
        var counts = XFRMCounts(states: 0, policies: 0)
        for reply in try ask(.countStates) + ask(.countPolicies) {
            switch reply {
            case .stateCount(let count): counts.states = count
            case .policyCount(let count): counts.policies = count
            default: break
            }
        }
        return counts
    }

    /// States the kernel has ended since the last call.
    public func expired() -> [XFRMState.ID] { expiries.read() }

    /// One state with its counters.
    public func state(_ id: XFRMState.ID) throws(XFRMFailure) -> XFRMStateReport? {
        for reply in try ask(.getState(id)) { if case .state(_, let report) = reply { return report } }
        return nil
    }

    private func perform(batch: ArraySlice<XFRMRequest>) -> [XFRMFailure?] {
        let (first, start) = (sequence &+ 1, batch.startIndex)
        var datagram: [UInt8] = []
        datagram.reserveCapacity(XFRMRequest.capacity(batch.count))
        for request in batch {
            sequence &+= 1
            request.append(to: &datagram, sequence: sequence)
        }
        let silent = XFRMFailure(.other, code: EIO, text: "the kernel did not answer")
        var outcomes = [XFRMFailure?](repeating: silent, count: batch.count)
        var open = batch.count
        do throws(XFRMFailure) {
            try send(&datagram)
            while open > 0 {
                for reply in try receive() {
                    guard let (number, failure) = Self.outcome(reply) else { continue }
                    let index = Int(number &- first)
                    guard outcomes.indices.contains(index) else { continue }
                    outcomes[index] = failure.map { Self.judged($0, of: batch[start + index]) }
                    open -= 1
                }
            }
        } catch {
            for index in outcomes.indices where outcomes[index] == silent { outcomes[index] = error }
        }
        return outcomes
    }

    private static func outcome(_ reply: XFRMReply) -> (UInt32, XFRMFailure?)? {
        switch reply {
        case .acknowledged(let sequence): (sequence, nil)
        case .refused(let sequence, let code, let text): (sequence, XFRMFailure(code: code, text: text))
        default: nil
        }
    }

    /// Nothing a new state needs can be absent but an algorithm: ENOENT is what the kernel's cryptography says then.
    private static func judged(_ failure: XFRMFailure, of request: XFRMRequest) -> XFRMFailure {
        guard case .addState = request, failure.code == ENOENT else { return failure }
        return XFRMFailure(.unsupported, code: failure.code, text: failure.text)
    }

    /// One question whose answer may be many messages.
    private func ask(_ request: XFRMRequest) throws(XFRMFailure) -> [XFRMReply] {
        sequence &+= 1
        var datagram = request.bytes(sequence: sequence)
        try send(&datagram)
        var found: [XFRMReply] = []
        while true {
            for reply in try receive() {
                switch reply {
                case .done(sequence), .acknowledged(sequence): return found
                case .refused(sequence, let code, let text): throw XFRMFailure(code: code, text: text)
                default: found.append(reply)
                }
            }
        }
    }

    private func send(_ datagram: inout [UInt8]) throws(XFRMFailure) {
        let datagramSize = datagram.count
        // Keys lie in it: nothing of them stays in freed memory.
        defer { datagram.withUnsafeMutableBytes { $0.baseAddress.map { explicit_bzero($0, datagramSize) } } }
        guard mnl_socket_sendto(socket, datagram, datagram.count) >= 0 else { throw .last("XFRM request not sent") }
    }

    /// The next datagram; answers lie there already, so one that is missing is an error and not waited for.
    private func receive() throws(XFRMFailure) -> [XFRMReply] {
        while true {
            let count = recv(mnl_socket_get_fd(socket), &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .last("the kernel did not answer") }
            return buffer.withUnsafeMutableBytes { memory in
                // The kernel lists states with their keys: nothing of them stays here.
                defer { memory.baseAddress.map { explicit_bzero($0, count) } }
                return XFRMReply.read(UnsafeRawBufferPointer(rebasing: memory[..<count]))
            }
        }
    }
}

extension XFRMFailure {
    init(code: Int32, text: String) {
        let kind: Kind =
            switch code {
            case EPERM, EACCES: .notPermitted
            case EEXIST: .exists
            case ESRCH, ENOENT: .absent
            case EPROTONOSUPPORT, EAFNOSUPPORT, ENOSYS, EOPNOTSUPP: .unsupported
            default: .other
            }
        self.init(kind, code: code, text: text.isEmpty ? String(cString: strerror(code)) : text)
    }

    static func last(_ what: String) -> XFRMFailure {
        let code = errno
        return XFRMFailure(code: code, text: "\(what): \(String(cString: strerror(code)))")
    }
}
