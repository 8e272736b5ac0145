public import IPsec
public import RoleKit

/// IPsec between the hosts of a virtual world: what their model kernels make of each packet, as RFC 4301 §5 has it.
///
/// A host without a kernel sends and takes everything in the clear. Streams are judged packet by packet like datagrams.
public struct VirtualIPsec {
    public var kernels: [HostAddress: ModelKernel] = [:]
    /// Packets that have left hosts with a kernel.
    public private(set) var sealed = 0
    /// Of those in the clear the ends, oldest first.
    public private(set) var clear: [(from: SocketAddress, to: SocketAddress)] = []

    /// What became of a packet as it left.
    public enum Passage {
        case clear
        /// Inside ESP: this SPI, and keys only their owner can take off again.
        case sealed(spi: UInt32, suite: IPsecSuite, keys: SAKeys)
        case dropped
    }

    /// A packet leaves a host.
    mutating func leave(_ from: SocketAddress, _ to: SocketAddress) -> Passage {
        guard let kernel = kernels[from.hostAddress] else { return .clear }
        let passage = kernel.outbound(from, to)
        switch passage {
        case .clear: clear.append((from, to))
        case .sealed: sealed += 1
        case .dropped: break
        }
        return passage
    }

    /// Whether a packet that left so is taken in.
    func arrives(_ passage: Passage, _ from: SocketAddress, _ to: SocketAddress) -> Bool {
        guard let kernel = kernels[to.hostAddress] else {
            if case .clear = passage { return true }
            return false
        }
        return kernel.admits(passage, from, to)
    }

    /// One packet of a stream.
    mutating func passes(_ from: SocketAddress, _ to: SocketAddress) -> Bool { arrives(leave(from, to), from, to) }
}

extension ModelKernel {
    /// The policy that decides, by priority.
    private func rule(_ direction: XFRMPolicy.Direction, _ from: SocketAddress, _ to: SocketAddress) -> XFRMPolicy? {
        rules.values.filter { $0.direction == direction && $0.selector.covers(from, to) }
            .min { $0.priority < $1.priority }
    }

    func outbound(_ from: SocketAddress, _ to: SocketAddress) -> VirtualIPsec.Passage {
        guard let rule = rule(.out, from, to) else { return .clear }
        guard case .protect(let requestID) = rule.action,
            let state = held.values.first(where: {
                $0.requestID == requestID && $0.selector.covers(from, to) && $0.id.destination == to.hostAddress
            })
        else { return .dropped }
        return .sealed(spi: state.spi, suite: state.suite, keys: state.keys)
    }

    func admits(_ passage: VirtualIPsec.Passage, _ from: SocketAddress, _ to: SocketAddress) -> Bool {
        let rule = rule(.in, from, to)
        switch passage {
        case .dropped: return false
        case .clear: return rule == nil
        case .sealed(let spi, let suite, let keys):
            let id = XFRMState.ID(destination: to.hostAddress, spi: spi)
            guard let state = held[id] else { return false }
            guard state.suite == suite, state.keys.integrity == keys.integrity,
                state.keys.encryption == keys.encryption
            else {
                forged[id, default: 0] += 1
                return false
            }
            guard state.selector.covers(from, to) else { return false }
            taken[id, default: 0] += 1
            guard case .protect(let requestID) = rule?.action else { return rule == nil }
            return requestID == 0 || requestID == state.requestID
        }
    }
}

extension XFRMSelector {
    fileprivate func covers(_ from: SocketAddress, _ to: SocketAddress) -> Bool {
        (isFromAnywhere || source == from.hostAddress) && (isToAnywhere || destination == to.hostAddress)
            && (sourcePort == 0 || sourcePort == from.port) && (destinationPort == 0 || destinationPort == to.port)
    }
}
