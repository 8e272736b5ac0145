/// A short message on its way to a recipient, as the store keeps it.
public struct StoredMessage: Hashable, Sendable {
    /// Rising with time: the order of delivery.
    public var id: Int64
    /// Whom it is for: the canonical public identity its number leads to.
    public var recipient: String
    /// Whose it is: who gets the status report.
    public var origin: String
    /// The SMS-DELIVER or SMS-STATUS-REPORT as the recipient gets it, at the first attempt as at the last.
    public var tpdu: [UInt8]
    /// When it was accepted, and until when it is kept; seconds since 1970.
    public var acceptedAt: Int64
    public var expiresAt: Int64
    /// What no one but the recipient can know: the first part of the Call-IDs it is sent with.
    public var token: String
    public var attempts: Int
    /// When it was sent last; 0 where it never was.
    public var sentAt: Int64
    /// What the sender wants to hear of it; nil: nothing.
    public var report: ReportRequest?

    /// What a status report repeats of the submission (TS 23.040 §9.2.2.3).
    public struct ReportRequest: Hashable, Sendable {
        /// TP-Message-Reference.
        public var reference: UInt8
        /// TP-Destination-Address, octet for octet.
        public var destination: [UInt8]

        public init(reference: UInt8, destination: [UInt8]) {
            self.reference = reference
            self.destination = destination
        }
    }

    public init(
        id: Int64, recipient: String, origin: String, tpdu: [UInt8], acceptedAt: Int64, expiresAt: Int64,
        token: String, attempts: Int = 0, sentAt: Int64 = 0, report: ReportRequest? = nil
    ) {
        self.id = id
        self.recipient = recipient
        self.origin = origin
        self.tpdu = tpdu
        self.acceptedAt = acceptedAt
        self.expiresAt = expiresAt
        self.token = token
        self.attempts = attempts
        self.sentAt = sentAt
        self.report = report
    }

    /// RP-Message-Reference of every attempt: a phone that gets a repetition sees that it is one.
    var reference: UInt8 { UInt8(truncatingIfNeeded: id) }
}

/// What is remembered of a submission so that the same one coming again is not another: it outlives the message, which may
/// have been delivered before its sender heard that it was accepted.
public struct SubmissionReceipt: Hashable, Sendable {
    public var key: String
    /// When it was accepted; seconds since 1970.
    public var acceptedAt: Int64

    public init(key: String, acceptedAt: Int64) {
        self.key = key
        self.acceptedAt = acceptedAt
    }
}
