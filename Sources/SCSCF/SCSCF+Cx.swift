import Diameter
import IMSCore
import RoleKit

/// The S-CSCF's questions to the HSS, TS 29.228 §6.
extension SCSCF {
    /// MAR, TS 29.228 §6.3: one vector, or the password's digest.
    func multimediaAuth(
        _ request: RegisterRequest, _ scheme: AuthenticationScheme, resynchronisation: [UInt8]? = nil
    ) async -> Result<AuthenticationData, CxFailure> {
        var mar = diameter.request(CxCommands.multimediaAuth, application: Application.cx)
        mar.add(Base.userName, request.impi.text)
        mar.add(Cx.publicIdentity, request.impu.text)
        mar.add(
            Cx.sipAuthDataItem,
            AVPGroup {
                $0.add(Cx.sipAuthenticationScheme, scheme.rawValue)
                if let resynchronisation { $0.add(Cx.sipAuthorization, resynchronisation) }
            })
        mar.add(Cx.sipNumberAuthItems, 1)
        mar.add(Cx.serverName, config.uri)
        do {
            let maa = try await diameter.ask(mar)
            if let failure = CxOutcome.failure(maa) { return .failure(failure) }
            guard let data = AuthenticationData(maa) else {
                return .failure(CxFailure(status: 500, isTemporary: false, reason: "MAA without a usable vector"))
            }
            return .success(data)
        } catch {
            return .failure(CxOutcome.failure(error))
        }
    }

    /// SAR, TS 29.228 §6.1.2; of a user who is not registered the private identity is not known. Success carries the profile where the HSS sent one.
    func serverAssignment(
        _ type: ServerAssignmentType, impi: IMPI?, impu: IMPU, hasProfile: Bool, hss: String?
    ) async -> Result<AssignedUser, CxFailure> {
        var sar = diameter.request(CxCommands.serverAssignment, application: Application.cx)
        if let hss { sar[Base.destinationHost] = hss }
        if let impi { sar.add(Base.userName, impi.text) }
        sar.add(Cx.publicIdentity, impu.text)
        sar.add(Cx.serverName, config.uri)
        sar.add(Cx.serverAssignmentType, type)
        sar.add(Cx.userDataAlreadyAvailable, hasProfile ? .alreadyAvailable : .notAvailable)
        do {
            let saa = try await diameter.ask(sar)
            if let failure = CxOutcome.failure(saa) { return .failure(failure) }
            return .success(try AssignedUser(saa))
        } catch let failure as DiameterFailure {
            return .failure(CxOutcome.failure(failure))
        } catch {
            return .failure(CxFailure(status: 500, isTemporary: false, reason: "user profile: \(error)"))
        }
    }

    /// A SAR whose answer changes nothing here: the HSS is told, trouble is logged.
    func notifyHSS(_ type: ServerAssignmentType, impi: IMPI, impu: IMPU, hss: String?) async {
        let told = await serverAssignment(type, impi: impi, impu: impu, hasProfile: true, hss: hss)
        if case .failure(let failure) = told {
            ports.log.warning(
                "HSS not told of \(type.name)",
                [(.impi, impi.text), (.impu, impu.text), (.reason, failure.reason)])
        }
    }
}

/// What a successful SAA brings.
struct AssignedUser: Sendable {
    /// Nil where the answer carries no User-Data.
    var profile: UserProfile?
    /// P-Charging-Function-Addresses, where the answer says where records go.
    var chargingFunctions: String?
    var hss: String?

    init(_ saa: DiameterMessage) throws(XMLFault) {
        hss = saa[Base.originHost]
        chargingFunctions = saa[Cx.chargingInformation].flatMap(ChargingFunctions.header)
        if let data = saa[Cx.userData], !data.isEmpty { profile = try UserProfile(parsing: data) }
    }
}
