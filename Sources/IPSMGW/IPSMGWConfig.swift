public import IMSCore
public import RoleKit
public import SIP
public import SMS

/// One IP-SM-GW's configuration; `IPSMGWConfig+Reader.swift` lists the keys.
public struct IPSMGWConfig: Sendable {
    public var common: CommonSettings
    /// SIP timers, TS 24.229 §7.7.
    public var timers: SIPTimers
    /// Our own SIP URI: what filter criteria name, and what phones send their reports to.
    public var uri: String
    /// Our number as a service centre, toward phones.
    public var serviceCentre: RPAddress
    /// I-CSCFs that messages for users of this network go to: the first that answers.
    public var entryPoints: [SIPTarget]
    /// What dialled numbers mean, as the S-CSCF reads them.
    public var numbering: NumberingPlan
    /// Local time minus UTC in quarters of an hour, for time stamps.
    public var zoneQuarters: Int
    /// Seconds a message is kept whose sender leaves that to us.
    public var validitySeconds: Int
    /// Seconds any message is kept at most.
    public var longestValiditySeconds: Int
    /// How deliveries that fail are repeated.
    public var schedule: DeliverySchedule
    /// Recipients a second that are tried after a start, where messages were waiting.
    public var restartRate: Int
    /// Seconds in which a submission that comes again is the same one.
    public var duplicateSeconds: Int
    /// Messages kept for all, and for one recipient.
    public var mostMessages: Int
    public var mostMessagesOfOne: Int
    /// The database's file, in the state directory or absolute.
    public var database: String
}

/// When a delivery that failed is tried again.
public struct DeliverySchedule: Sendable, Equatable {
    /// Seconds before the second attempt, the third …; the last counts for all that follow.
    public var retrySeconds: [Int]
    /// Seconds a phone may take for its delivery report, counted from its 2xx (TR1N and TR2N of TS 24.011 §10 in one).
    public var reportSeconds: Int

    public init(retrySeconds: [Int] = [30, 120, 600, 1_800, 7_200, 21_600], reportSeconds: Int = 40) {
        self.retrySeconds = retrySeconds
        self.reportSeconds = reportSeconds
    }

    /// Milliseconds after so many attempts.
    func pause(after attempts: Int) -> Int {
        guard let last = retrySeconds.last else { return 21_600_000 }
        let index = max(0, attempts - 1)
        return (retrySeconds.indices.contains(index) ? retrySeconds[index] : last) * 1_000
    }
}
