/// What a server notes in the top Via of a request it has received.
extension SIPMessage {
    /// The request with `received` and, where it is asked for, the value of `rport` in its top Via (RFC 3261 §18.2.1,
    /// RFC 3581 §4). The index is moved, not made again: a request that was judged stays judged.
    ///
    /// - Parameter port: the port to fill in; nil where `rport` is not there.
    public func stamped(received host: String, port: UInt16?) -> SIPMessage {
        guard let via = bytes(.via), let slot = firstSlot(.via) else { return self }
        let rport = port == nil ? nil : topViaParameter("rport")
        // A sender that fills these in itself gets them corrected the long way.
        if topViaHas("received")
            || rport != nil && parameter("rport", after: via.lowerBound, end: via.upperBound) != nil
        {
            return corrected(received: host, port: port)
        }
        let portAt = rport?.upperBound ?? via.upperBound
        var stamped: [UInt8] = []
        stamped.reserveCapacity(bytes.count + host.utf8.count + 16)
        stamped.append(contentsOf: bytes[..<portAt])
        if let port, rport != nil { stamped.append(contentsOf: "=\(port)".utf8) }
        stamped.append(contentsOf: bytes[portAt..<via.upperBound])
        stamped.append(contentsOf: ";received=".utf8)
        stamped.append(contentsOf: host.utf8)
        stamped.append(contentsOf: bytes[via.upperBound...])
        return moved(stamped, behind: slot)
    }

    private func corrected(received host: String, port: UInt16?) -> SIPMessage {
        guard var via = try? via() else { return self }
        via.params["received"] = host
        if let port { via.params["rport"] = String(port) }
        var edit = SIPEdit(self)
        edit.replaceFirstValue(.via, via.description)
        return (try? SIPMessage(edit.serialize())) ?? self
    }

    /// The index over bytes that have grown inside the value of one line.
    private func moved(_ bytes: [UInt8], behind line: Int) -> SIPMessage {
        let shift = bytes.count - self.bytes.count
        let offset = UInt32(truncatingIfNeeded: shift)
        var slots = slots
        slots[line].valueEnd += offset
        for index in slots.indices[(line + 1)...] {
            slots[index].start += offset
            slots[index].valueStart += offset
            slots[index].valueEnd += offset
        }
        return SIPMessage(
            bytes: bytes, start: start, slots: slots, headersEnd: headersEnd + shift, bodyStart: bodyStart + shift)
    }
}
