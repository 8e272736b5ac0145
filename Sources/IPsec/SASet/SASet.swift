/// A set of four security associations between a UE and the P-CSCF, TS 33.203 §7.1: two for what the UE's client port
/// and the P-CSCF's server port exchange, two for what its server port and the P-CSCF's client port do.
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

        public var stateID: XFRMState.ID { XFRMState.ID(destination: selector.destination, spi: spi) }
    }

    /// In whose kernel the set lies: what goes out of one comes into the other.
    public enum End: Hashable, Sendable { case ue, pcscf }

    public var ue: Side
    public var pcscf: Side
    public var end: End
    public var suite: IPsecSuite
    /// Marks states and policies in the kernel as this instance's.
    public var owner: UInt32

    public init(ue: Side, pcscf: Side, suite: IPsecSuite, owner: UInt32, end: End = .pcscf) {
        self.ue = ue
        self.pcscf = pcscf
        self.end = end
        self.suite = suite
        self.owner = owner
    }

    /// Ties outbound policies to the states of this set; unique, as the SPIs of the end it lies at are.
    public var requestID: UInt32 { (end == .ue ? ue : pcscf).endpoints.serverSPI }

    /// The SPI of an association is chosen by its receiver: RFC 4301 §4.1.
    public var flows: [Flow] {
        let (core, phone) = (pcscf.endpoints, ue.endpoints)
        return [
            toPCSCF(core.serverSPI, from: phone.clientPort, to: core.serverPort),
            toUE(phone.clientSPI, from: core.serverPort, to: phone.clientPort),
            toPCSCF(core.clientSPI, from: phone.serverPort, to: core.clientPort),
            toUE(phone.serverSPI, from: core.clientPort, to: phone.serverPort),
        ]
    }

    private func toPCSCF(_ spi: UInt32, from source: UInt16, to destination: UInt16) -> Flow {
        Flow(
            direction: end == .ue ? .out : .in, spi: spi,
            selector: XFRMSelector(
                source: ue.host, sourcePort: source, destination: pcscf.host, destinationPort: destination,
                owner: owner))
    }

    private func toUE(_ spi: UInt32, from source: UInt16, to destination: UInt16) -> Flow {
        Flow(
            direction: end == .ue ? .in : .out, spi: spi,
            selector: XFRMSelector(
                source: pcscf.host, sourcePort: source, destination: ue.host, destinationPort: destination,
                owner: owner))
    }

    /// The four states, for the kernel.
    public func states(_ keys: SAKeys) -> [XFRMState] { states(flows, keys) }

    /// Those of some flows.
    public func states(_ flows: [Flow], _ keys: SAKeys) -> [XFRMState] {
        flows.map {
            XFRMState(selector: $0.selector, spi: $0.spi, requestID: requestID, suite: suite, keys: keys)
        }
    }

    /// Whether one of the four may have this SPI; `stateIDs` says which, at a cost.
    public func hasSPI(_ spi: UInt32) -> Bool {
        let (core, phone) = (pcscf.endpoints, ue.endpoints)
        return spi == core.serverSPI || spi == core.clientSPI || spi == phone.serverSPI || spi == phone.clientSPI
    }

    public var stateIDs: [XFRMState.ID] { flows.map(\.stateID) }
}
