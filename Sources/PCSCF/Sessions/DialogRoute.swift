import RoleKit
import SIP

/// The Record-Route of this P-CSCF: double where Gm and Mw meet (RFC 5658 §4.1), with the UE's flow in it.
struct DialogRoute {
    /// Name on the UE's side.
    var gm: String
    /// Name on the core's side.
    var core: String

    /// - Parameters:
    ///   - flow: the UE's; its transport stands in the URI the UE uses, so that it keeps it.
    ///   - token: the flow for the requests that come from the core.
    init(gm: String, core: String, flow: SIPFlow, token: String) {
        self.gm = "<sip:\(gm);lr\(flow.kind == .tcp ? ";transport=tcp" : "")>"
        self.core = "<sip:\(token)@\(core);lr>"
    }

    /// Puts both on top, the one facing the next hop uppermost.
    func record(in edit: inout SIPEdit, towardUE: Bool) {
        edit.prepend(.recordRoute, towardUE ? core : gm)
        edit.prepend(.recordRoute, towardUE ? gm : core)
    }

    /// Methods whose request can make a dialog (RFC 3261 §12, RFC 6665 §4.1, RFC 3515); unknown ones may.
    static func isNeeded(for method: SIPMethod) -> Bool {
        switch method {
        case .invite, .subscribe, .refer, .notify, .other: true
        case .ack, .bye, .cancel, .register, .options, .message, .publish, .info, .prack, .update: false
        }
    }
}
