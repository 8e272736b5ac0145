import IMSCore
import SIP
import SMS

/// What becomes of the user data of an RP-DATA from a phone, TS 24.341 §5.3.3.4.1, TS 23.040 §9.2.
enum SubmissionDecision: Equatable {
    /// Stored for this recipient, whose key it is.
    case accept(SMSSubmit, recipient: String)
    /// RP-ERROR with an SMS-SUBMIT-REPORT.
    case refuse(RPCause, SMSReport.Failure, reason: String)

    /// What there is room for.
    struct Room {
        var messages: Int
        var ofRecipient: (String) -> Int
    }

    static func decide(_ userData: [UInt8], _ plan: NumberingPlan, _ room: Room) -> SubmissionDecision {
        let submit: SMSSubmit
        do throws(SMSFault) {
            switch try MobileTPDU(userData) {
            case .submit(let found): submit = found
            case .command:
                return .refuse(.facilityNotImplemented, .tpduNotSupported, reason: "an SMS-COMMAND")
            }
        } catch {
            return .refuse(error.cause, .unspecified, reason: error.detail)
        }
        guard let recipient = recipient(submit.destination, plan) else {
            return .refuse(
                .unassignedNumber, .invalidAddress, reason: "no number of the numbering plan: \(submit.destination)")
        }
        guard room.messages > 0, room.ofRecipient(recipient) > 0 else {
            return .refuse(.congestion, .busy, reason: "no room for more messages")
        }
        return .accept(submit, recipient: recipient)
    }

    /// TP-Destination-Address as a tel URI, whole by the numbering plan; nil for a name and what the plan cannot read.
    private static func recipient(_ address: TPAddress, _ plan: NumberingPlan) -> String? {
        guard let number = address.number else { return nil }
        return switch plan.normalise(.tel(TelURI(number: number))) {
        case .number(let uri), .shortCode(let uri): IMPU(uri.description)?.text
        case .unchanged, .undialable: nil
        }
    }
}
