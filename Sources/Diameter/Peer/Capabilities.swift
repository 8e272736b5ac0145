/// An application a node speaks, as CER and CEA name it. RFC 6733 §5.3, §6.8–6.11
public struct DiameterApplication: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable { case auth, acct }

    public var id: UInt32
    /// 0 for an IETF application; a vendor's goes into Vendor-Specific-Application-Id.
    public var vendor: Vendor
    public var kind: Kind

    public init(id: UInt32, vendor: Vendor, kind: Kind = .auth) {
        self.id = id
        self.vendor = vendor
        self.kind = kind
    }

    /// TS 29.229 §5.1
    public static let cx = DiameterApplication(id: Application.cx, vendor: .threeGPP)
    /// TS 29.272 §7.1.8
    public static let s6a = DiameterApplication(id: Application.s6a, vendor: .threeGPP)
}

/// What CER and CEA say of a node. RFC 6733 §5.3
public struct DiameterCapabilities: Sendable, Hashable {
    public var host: String
    public var realm: String
    public var addresses: [DiameterAddress]
    public var vendorID: UInt32
    public var productName: String
    public var originStateID: UInt32?
    public var supportedVendors: [UInt32]
    public var applications: [DiameterApplication]
    /// Inband-Security-Id values; empty means none was said, which is NO_INBAND_SECURITY. §6.10
    public var inbandSecurity: [UInt32]

    public init(
        host: String, realm: String, addresses: [DiameterAddress], vendorID: UInt32, productName: String,
        originStateID: UInt32?, supportedVendors: [UInt32], applications: [DiameterApplication],
        inbandSecurity: [UInt32] = []
    ) {
        self.host = host
        self.realm = realm
        self.addresses = addresses
        self.vendorID = vendorID
        self.productName = productName
        self.originStateID = originStateID
        self.supportedVendors = supportedVendors
        self.applications = applications
        self.inbandSecurity = inbandSecurity
    }

    /// Reads them from a CER or CEA whose grammar has been checked; what is missing reads as empty.
    public init(_ message: DiameterMessage) {
        self.init(
            host: message[Base.originHost] ?? "", realm: message[Base.originRealm] ?? "",
            addresses: message.all(Base.hostIPAddress), vendorID: message[Base.vendorID] ?? 0,
            productName: message[Base.productName] ?? "", originStateID: message[Base.originStateID],
            supportedVendors: message.all(Base.supportedVendorID), applications: Self.applications(message),
            inbandSecurity: message.all(Base.inbandSecurityID))
    }

    private static func applications(_ message: DiameterMessage) -> [DiameterApplication] {
        var found = message.all(Base.authApplicationID).map { DiameterApplication(id: $0, vendor: .ietf) }
        found += message.all(Base.acctApplicationID).map { DiameterApplication(id: $0, vendor: .ietf, kind: .acct) }
        for group in message.all(Base.vendorSpecificApplicationID) {
            let vendor = Vendor(rawValue: group[Base.vendorID] ?? 0)
            found += group.all(Base.authApplicationID).map { DiameterApplication(id: $0, vendor: vendor) }
            found += group.all(Base.acctApplicationID).map { DiameterApplication(id: $0, vendor: vendor, kind: .acct) }
        }
        return found
    }

    /// Appends them in CCF order. Inband-Security-Id is left out: NO_INBAND_SECURITY is what its absence means.
    public func write(to message: inout DiameterMessage) {
        message.add(Base.originHost, host)
        message.add(Base.originRealm, realm)
        message.add(Base.hostIPAddress, each: addresses)
        message.add(Base.vendorID, vendorID)
        message.add(Base.productName, productName)
        if let originStateID { message.add(Base.originStateID, originStateID) }
        message.add(Base.supportedVendorID, each: supportedVendors)
        for application in applications where application.vendor == .ietf {
            message.add(application.kind == .auth ? Base.authApplicationID : Base.acctApplicationID, application.id)
        }
        for application in applications where application.vendor != .ietf {
            message.add(
                Base.vendorSpecificApplicationID,
                AVPGroup {
                    $0.add(Base.vendorID, application.vendor.rawValue)
                    $0.add(
                        application.kind == .auth ? Base.authApplicationID : Base.acctApplicationID, application.id)
                })
        }
    }

    /// Our applications that the other side has too, in our order. A relay has all. §5.3
    ///
    /// The vendor and the kind need not agree: peers name Cx with vendor 0 or as a plain Auth-Application-Id.
    public func common(with other: DiameterCapabilities) -> [UInt32] {
        let theirs = Set(other.applications.map(\.id))
        if theirs.contains(Application.relay) { return applications.map(\.id) }
        return applications.map(\.id).filter { theirs.contains($0) }
    }

    /// Why a connection with this peer cannot be: 5010 without a common application, 5017 if it insists on security
    /// inside the connection, which we have none of. §5.3, §6.10
    public func refusal(of other: DiameterCapabilities) -> ResultCode? {
        if !other.inbandSecurity.isEmpty, !other.inbandSecurity.contains(0) { return .noCommonSecurity }
        return common(with: other).isEmpty ? .noCommonApplication : nil
    }
}
