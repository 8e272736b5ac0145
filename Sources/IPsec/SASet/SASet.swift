/// A set of four security associations between a UE and the P-CSCF, TS 33.203 §7.1: two for what the UE's client port
/// and our server port exchange, two for what its server port and our client port do.
public struct SASet: Hashable, Sendable {
    /// Host and proposal of one side.
    public struct Side: Hashable, Sendable {
        public var host: HostAddress
        public var endpoints: IPsecProposal.Endpoints

        public init(host: HostAddress, endpoints: IPsecProposal.Endpoints) {
            self.host = host
            self.endpoints = endpoints
        }
    }

    /// One direction of one pair of ports.
    public struct Flow: Hashable, Sendable {
        public var direction: XFRMPolicy.Direction
        public var spi: UInt32
        public var selector: XFRMSelector
    }

    public var ue: Side
    public var pcscf: Side
    public var suite: IPsecSuite
    /// Marks states and policies in the kernel as this instance's.
    public var owner: UInt32

    public init(ue: Side, pcscf: Side, suite: IPsecSuite, owner: UInt32) {
        self.ue = ue
        self.pcscf = pcscf
        self.suite = suite
        self.owner = owner
    }

    /// Ties outbound policies to the states of this set; unique, as our SPIs are.
    public var requestID: UInt32 { pcscf.endpoints.serverSPI }

    /// The SPI of an association is chosen by its receiver: RFC 4301 §4.1.
    public var flows: [Flow] {
        let (ours, theirs) = (pcscf.endpoints, ue.endpoints)
        return [
            Flow(
                direction: .in, spi: ours.serverSPI,
                selector: inbound(from: theirs.clientPort, to: ours.serverPort)),
            Flow(
                direction: .out, spi: theirs.clientSPI,
                selector: outbound(from: ours.serverPort, to: theirs.clientPort)),
            Flow(
                direction: .in, spi: ours.clientSPI,
                selector: inbound(from: theirs.serverPort, to: ours.clientPort)),
            Flow(
                direction: .out, spi: theirs.serverSPI,
                selector: outbound(from: ours.clientPort, to: theirs.serverPort)),
        ]
    }

    private func inbound(from theirs: UInt16, to ours: UInt16) -> XFRMSelector {
        XFRMSelector(
            source: ue.host, sourcePort: theirs, destination: pcscf.host, destinationPort: ours, owner: owner)
    }

    private func outbound(from ours: UInt16, to theirs: UInt16) -> XFRMSelector {
        XFRMSelector(source: pcscf.host, sourcePort: ours, destination: ue.host, destinationPort: theirs, owner: owner)
    }

    /// The four states, for the kernel.
    public func states(_ keys: SAKeys) -> [XFRMState] {
        flows.map {
            XFRMState(selector: $0.selector, spi: $0.spi, requestID: requestID, suite: suite, keys: keys)
        }
    }

    public var stateIDs: [XFRMState.ID] {
        flows.map { XFRMState.ID(destination: $0.selector.destination, spi: $0.spi) }
    }
}
