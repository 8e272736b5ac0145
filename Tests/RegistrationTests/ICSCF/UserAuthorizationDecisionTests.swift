import Diameter
import RoleKit
import Testing

@testable import ICSCF

@Suite("TS 24.229 §5.3.1.2, §5.3.1.3: what a UAA leads to")
struct UserAuthorizationDecisionTests {
    static let origin = DiameterOrigin(host: "hss.ims.test", realm: "ims.test")

    static func uaa(_ result: DiameterResult) -> DiameterMessage {
        DiameterMessage(CxCommands.userAuthorization, application: Application.cx, flags: [.request])
            .answer(result, from: origin)
    }

    @Test("A Server-Name is where the user is")
    func serverName() {
        var uaa = Self.uaa(.experimental(.subsequentRegistration))
        uaa.add(Cx.serverName, "sip:s.ims.test")
        #expect(UserAuthorizationDecision(uaa) == .assigned("sip:s.ims.test"))
    }

    @Test("Capabilities, or neither: the I-CSCF chooses")
    func capabilities() {
        var uaa = Self.uaa(.experimental(.firstRegistration))
        #expect(UserAuthorizationDecision(uaa) == .choose(ServerCapabilities()))
        uaa.add(Cx.serverCapabilities, AVPGroup { $0.add(Cx.mandatoryCapability, 7) })
        var wanted = ServerCapabilities()
        wanted.mandatory = [7]
        #expect(UserAuthorizationDecision(uaa) == .choose(wanted))
    }

    static let refusals: [(DiameterResult, Int)] = [
        (.experimental(.userUnknown), 403), (.experimental(.identitiesDontMatch), 403),
        (.experimental(.roamingNotAllowed), 403), (.base(.authorizationRejected), 403),
        (.base(.unableToComply), 480), (.base(.tooBusy), 480), (.base(.unableToDeliver), 480),
        (.experimental(.featureUnsupported), 480),
    ]

    @Test("§5.3.1.3: the user's fault is 403, trouble between servers is 480 and temporary", arguments: refusals)
    func refusal(_ result: DiameterResult, _ status: Int) {
        guard case .refuse(let found, let isTemporary, _) = UserAuthorizationDecision(Self.uaa(result)) else {
            Issue.record("not refused")
            return
        }
        #expect(found == status)
        #expect(isTemporary == (status == 480))
    }

    @Test("§5.3.1.3: an answer without a result, or none at all, is 480")
    func noResult() {
        let bare = DiameterMessage(CxCommands.userAuthorization, application: Application.cx, flags: [])
        guard case .refuse(480, true, _) = UserAuthorizationDecision(bare) else {
            Issue.record("not 480")
            return
        }
        #expect(
            UserAuthorizationDecision.unreachable
                == .refuse(status: 480, isTemporary: true, reason: "HSS did not answer"))
    }
}
