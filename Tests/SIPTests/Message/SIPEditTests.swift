import SIP
import Testing

@Suite("RFC 3261 §16.6, §16.7: editing a forwarded message")
struct SIPEditTests {
    private static let text =
        "REGISTER sip:ims.org SIP/2.0\r\nVIA: SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b;branch=z9hG4bK2\r\nv:SIP/2.0/UDP c\r\n"
        + "ROUTE:  <sip:r1;lr> ,\r\n <sip:r2;lr>;x=\"1,2\"\r\nRoute: <sip:r3;lr>\r\nX-Odd  :  kept \t\r\nmax-forwards: 70\r\n"
        + "Authorization: Digest a=\"b\", c=d\r\nl: 3\r\nX-Last: z\r\n\r\nabc"

    private func edited(_ text: String = text, _ change: (inout SIPEdit) -> Void) throws -> String {
        var edit = SIPEdit(try SIPMessage(Array(text.utf8)))
        change(&edit)
        let out = edit.serialize()
        // Whatever the edit was, the result is a message again and its Content-Length is right.
        let again = try SIPMessage(out)
        #expect(try again.integer(.contentLength) == again.body.count)
        return out.text
    }

    /// The text with one part replaced; the part must be there.
    private func with(_ old: String, _ new: String, in text: String = text) throws -> String {
        try #require(Array(text.utf8).replacing(old, new)).text
    }

    @Test("nothing changed: byte for byte the same, for every good message of the corpora")
    func untouched() throws {
        #expect(try edited { _ in } == Self.text)
        for name in Corpus.names("rfc4475").map({ "rfc4475/" + $0 }) + Corpus.names("rfc5118").map({ "rfc5118/" + $0 })
        {
            guard case .message(let message) = SIPMessage.judge(Corpus.bytes(name)), message.has(.contentLength) else {
                continue
            }
            #expect(SIPEdit(message).serialize() == message.bytes, "\(name)")
        }
    }

    @Test("Request-URI; the last setting counts")
    func requestURI() throws {
        #expect(
            try edited {
                $0.setRequestURI("sip:x")
                $0.setRequestURI("sip:scscf.ims.org;lr")
            } == with("sip:ims.org", "sip:scscf.ims.org;lr"))
        #expect(try edited { $0.setStatus(500) } == Self.text)
    }

    @Test("status and reason of a response")
    func status() throws {
        let response = "SIP/2.0 503 Busy\r\nl: 0\r\n\r\n"
        #expect(try edited(response) { $0.setStatus(500) } == "SIP/2.0 500 Server Internal Error\r\nl: 0\r\n\r\n")
        #expect(try edited(response) { $0.setStatus(480, "Try later") } == "SIP/2.0 480 Try later\r\nl: 0\r\n\r\n")
        #expect(try edited(response) { $0.setRequestURI("sip:x") } == response)
        #expect(try edited("SIP/2.0 100 \r\nl: 0\r\n\r\n") { $0.setStatus(180, "") } == "SIP/2.0 180 \r\nl: 0\r\n\r\n")
    }

    @Test("a Via goes above all, others above the first of their kind, or below the Via lines")
    func prepend() throws {
        #expect(try edited { $0.prepend(.via, "SIP/2.0/TCP me") } == with("VIA:", "Via: SIP/2.0/TCP me\r\nVIA:"))
        #expect(try edited { $0.prepend(.route, "<sip:r0>") } == with("ROUTE:", "Route: <sip:r0>\r\nROUTE:"))
        #expect(try edited { $0.prepend(.path, Array("<sip:p>".utf8)) } == with("ROUTE:", "Path: <sip:p>\r\nROUTE:"))
        let noVia = "A sip:b SIP/2.0\r\nX: y\r\nl: 0\r\n\r\n"
        #expect(try edited(noVia) { $0.prepend(.via, "v") } == with("X:", "Via: v\r\nX:", in: noVia))
        #expect(try edited(noVia) { $0.prepend(.path, "p") } == with("X:", "Path: p\r\nX:", in: noVia))
    }

    @Test("the later prepend stands above the earlier, the later append below")
    func order() throws {
        #expect(
            try edited {
                $0.prepend(.route, "2")
                $0.prepend(.route, "1")
            } == with("ROUTE:", "Route: 1\r\nRoute: 2\r\nROUTE:"))
        #expect(
            try edited {
                $0.prepend(.path, "2")
                $0.prepend(.path, "1")
            } == with("ROUTE:", "Path: 1\r\nPath: 2\r\nROUTE:"))
        #expect(
            try edited {
                $0.append(.path, "1")
                $0.append(.path, "2")
            } == with("l: 3", "Path: 1\r\nPath: 2\r\nl: 3"))
        #expect(
            try edited {
                $0.append(.path, "1")
                $0.prepend(.path, "0")
            } == with("l: 3", "Path: 0\r\nPath: 1\r\nl: 3"))
    }

    @Test("append: below the last of its kind, before Content-Length, or last")
    func append() throws {
        #expect(try edited { $0.append(.route, "<sip:r4>") } == with("X-Odd", "Route: <sip:r4>\r\nX-Odd"))
        #expect(try edited { $0.append(name: "X-New", "n") } == with("l: 3", "X-New: n\r\nl: 3"))
        #expect(
            try edited("A sip:b SIP/2.0\r\nX: y\r\n\r\n") { $0.append(.path, "p") }
                == "A sip:b SIP/2.0\r\nX: y\r\nPath: p\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("set replaces the value, keeps the name's spelling, and drops the other lines")
    func set() throws {
        #expect(try edited { $0.set(.maxForwards, "69") } == with("max-forwards: 70", "max-forwards: 69"))
        let route = "ROUTE:  <sip:r1;lr> ,\r\n <sip:r2;lr>;x=\"1,2\"\r\nRoute: <sip:r3;lr>\r\n"
        #expect(try edited { $0.set(.route, "<sip:only>") } == with(route, "ROUTE:  <sip:only>\r\n"))
        #expect(
            try edited {
                $0.set(.route, "a")
                $0.set(.route, "<sip:only>")
            } == with(route, "ROUTE:  <sip:only>\r\n"))
        #expect(
            try edited {
                $0.set(.path, "p")
                $0.set(.path, "q")
            } == with("l: 3", "Path: q\r\nl: 3"))
        #expect(
            try edited {
                $0.prepend(.route, "x")
                $0.set(.route, "<sip:only>")
            } == with(route, "ROUTE:  <sip:only>\r\n"))
    }

    @Test("remove: all lines, by id and by name")
    func remove() throws {
        let vias = "VIA: SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b;branch=z9hG4bK2\r\nv:SIP/2.0/UDP c\r\n"
        #expect(try edited { $0.removeAll(.via) } == with(vias, ""))
        #expect(
            try edited {
                $0.removeAll(name: "x-odd")
                $0.removeAll(name: "X-Odd")
            } == with("X-Odd  :  kept \t\r\n", ""))
        #expect(try edited { $0.removeAll(name: "V") } == with(vias, ""))
        #expect(
            try edited {
                $0.append(.path, "p")
                $0.removeAll(.path)
            } == Self.text)
        #expect(
            try edited {
                $0.removeAll(.other)
                $0.set(.other, "x")
                $0.prepend(.other, "x")
                $0.append(name: "", "x")
            } == Self.text)
        #expect(
            try edited {
                $0.removeAll(.route)
                $0.append(.route, "<sip:new>")
            }.contains("\r\nRoute: <sip:new>\r\nX-Odd"))
    }

    @Test("removing first values one by one, within a line and across lines")
    func removeFirstValue() throws {
        let steps = [
            "VIA: SIP/2.0/UDP b;branch=z9hG4bK2\r\nv:SIP/2.0/UDP c\r\n", "v:SIP/2.0/UDP c\r\n", "", "",
        ]
        let vias = "VIA: SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b;branch=z9hG4bK2\r\nv:SIP/2.0/UDP c\r\n"
        for (index, rest) in steps.enumerated() {
            #expect(
                try edited { edit in for _ in 0...index { edit.removeFirstValue(.via) } } == with(vias, rest),
                "\(index + 1) removed")
        }
        #expect(try edited { $0.removeFirstValue(.route) } == with("<sip:r1;lr> ,\r\n <sip:r2", "<sip:r2"))
        #expect(
            try edited { $0.removeFirstValue(.authorization) } == with("Authorization: Digest a=\"b\", c=d\r\n", ""))
    }

    @Test("RFC 3261 §16.7: our Via on, then off again")
    func pushAndPop() throws {
        #expect(
            try edited {
                $0.prepend(.via, "me")
                $0.removeFirstValue(.via)
            } == Self.text)
        #expect(
            try edited {
                $0.removeFirstValue(.route)
                $0.prepend(.route, "<sip:n>")
            } == with("ROUTE:  <sip:r1;lr> ,\r\n <sip:r2", "Route: <sip:n>\r\nROUTE:  <sip:r2"))
        #expect(
            try edited {
                $0.append(.route, "<sip:r4>")
                for _ in 0..<3 { $0.removeFirstValue(.route) }
            }.contains("\r\nRoute: <sip:r4>\r\nX-Odd"))
    }

    @Test("replacing the first value leaves the rest of its line")
    func replaceFirstValue() throws {
        #expect(
            try edited { $0.replaceFirstValue(.via, "SIP/2.0/UDP n") }
                == with("SIP/2.0/UDP a;branch=z9hG4bK1 ,", "SIP/2.0/UDP n ,"))
        #expect(
            try edited {
                $0.replaceFirstValue(.via, "x")
                $0.replaceFirstValue(.via, "y")
            } == with("SIP/2.0/UDP a;branch=z9hG4bK1 ,", "y ,"))
        #expect(
            try edited {
                $0.removeFirstValue(.via)
                $0.replaceFirstValue(.via, "y")
            } == with("SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b;branch=z9hG4bK2", "y"))
        #expect(
            try edited {
                $0.replaceFirstValue(.via, "y")
                $0.removeFirstValue(.via)
            } == with("SIP/2.0/UDP a;branch=z9hG4bK1 , ", ""))
        #expect(try edited { $0.replaceFirstValue(.path, "p") } == with("l: 3", "Path: p\r\nl: 3"))
        #expect(
            try edited {
                $0.prepend(.via, "x")
                $0.replaceFirstValue(.via, "y")
            } == with("VIA:", "Via: y\r\nVIA:"))
    }

    @Test("a new body, and none")
    func body() throws {
        let out = try edited { $0.setBody(Array("hello".utf8), type: "text/plain") }
        #expect(out == (try with("l: 3\r\n", "Content-Type: text/plain\r\nl: 5\r\n")).replacingBody("hello"))
        let typed = try with("l: 3", "c: a/b\r\ne: gzip\r\nl: 3")
        #expect(try edited(typed) { $0.setBody([], type: "") } == with("l: 3", "l: 0").replacingBody(""))
    }

    @Test("RFC 3261 §20.14: Content-Length is added where it was missing, and right whatever was set")
    func contentLength() throws {
        #expect(
            try edited("A sip:b SIP/2.0\r\nX: y\r\n\r\nab") { _ in }
                == "A sip:b SIP/2.0\r\nX: y\r\nContent-Length: 2\r\n\r\nab")
        #expect(try edited { $0.set(.contentLength, "77") } == Self.text)
        #expect(
            try edited { $0.removeAll(.contentLength) }.contains("Content-Length: 3\r\n")
                || edited { $0.removeAll(.contentLength) }.contains("l: 3\r\n"))
    }

    @Test("a line end in a new value cannot make a header")
    func noSmuggling() throws {
        let out = try edited { edit in
            edit.set(.maxForwards, "1\r\nEvil: a")
            edit.prepend(.path, "p\nEvil: b")
            edit.append(name: "X-Y", "z\rEvil: c")
            edit.setRequestURI("sip:x SIP/2.0\r\nEvil: d")
        }
        #expect(try SIPMessage(Array(out.utf8)).first("Evil") == nil)
    }

    @Test("a whole proxy hop at once")
    func proxyHop() throws {
        let out = try edited { edit in
            edit.setRequestURI("sip:next.org")
            edit.removeFirstValue(.route)
            edit.set(.maxForwards, "69")
            edit.prepend(.recordRoute, "<sip:me;lr>")
            edit.prepend(.via, "SIP/2.0/UDP me;branch=z9hG4bKn")
            edit.append(.pChargingVector, "icid-value=1")
        }
        #expect(
            out
                == "REGISTER sip:next.org SIP/2.0\r\nVia: SIP/2.0/UDP me;branch=z9hG4bKn\r\nVIA: SIP/2.0/UDP a;branch=z9hG4bK1 , SIP/2.0/UDP b;branch=z9hG4bK2\r\n"
                + "v:SIP/2.0/UDP c\r\nRecord-Route: <sip:me;lr>\r\nROUTE:  <sip:r2;lr>;x=\"1,2\"\r\nRoute: <sip:r3;lr>\r\nX-Odd  :  kept \t\r\nmax-forwards: 69\r\n"
                + "Authorization: Digest a=\"b\", c=d\r\nP-Charging-Vector: icid-value=1\r\nl: 3\r\nX-Last: z\r\n\r\nabc"
        )
    }
}

extension String {
    fileprivate func replacingBody(_ body: String) -> String { String(dropLast(3)) + body }
}
