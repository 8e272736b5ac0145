import Foundation
import LabHarness
import Testing

extension SystemTests {
    /// Application servers, played by Debian's sipp.
    @Suite("Services by sipp")
    struct ServicesBySippTests {
        private static let port = 7060

        /// Every MESSAGE of a user and every registration go to the server.
        private static func services(_ server: Loopback) -> String {
            """
            services:
              - name: texts
                server: sip:\(server):\(port)
                include-register-request: true
                include-register-response: true
                service-info: lab
                trigger:
                  - { method: MESSAGE, session-case: originating }
                  - { method: REGISTER }

            """
        }

        private func server(_ lab: Lab, at address: Loopback) throws -> (child: Child, messages: URL) {
            let base = lab.folder.appendingPathComponent("as")
            let child = try Child(
                Product.tool("sipp"),
                [
                    "-sf", Sipp.scenarios.appendingPathComponent("application-server.xml").path, "-i", "\(address)",
                    "-p", "\(Self.port)", "-t", "u1", "-nostdin", "-deadcall_wait", "0", "-default_behaviors", "none",
                    "-trace_shortmsg", "-shortmessage_file", base.path, "-trace_err", "-error_file",
                    base.appendingPathExtension("errors").path,
                ], name: "application server")
            return (child, base)
        }

        @Test(
            "TS 24.229 §5.4.1.7, §5.4.3.2: a server hears of registrations and takes the users' messages; without it both go on",
            arguments: [Shape.box, .processes])
        func registersAndMessages(shape: Shape) throws {
            let settings = LabSettings { $0.services = Self.services }
            try Lab.run(shape, settings) { lab in
                let address = lab.addresses.node(9)
                let (server, messages) = try server(lab, at: address)
                defer { server.destroy() }
                let text = ["ue", "message", "--from", "1", "--to", "2", "--text", "hi", "--pcscf", "\(lab.pcscf)"]
                var said = try lab.imsbox(text)
                #expect(said.contains("202"), "\(said)")
                let seen = try String(contentsOf: messages, encoding: .utf8)
                let received = seen.split(separator: "\n").filter { $0.contains("\tR\t") }
                #expect(received.count { $0.contains("\tREGISTER sip:\(address)") } >= 2, "\(seen)")
                #expect(received.count { $0.contains("\tMESSAGE sip:") } == 1, "\(seen)")
                server.destroy()
                said = try lab.imsbox(text, within: 60)
                #expect(said.contains("200 OK"), "\(said)")
            }
        }
    }
}

extension Lab {
    fileprivate static func run(_ shape: Shape, _ settings: LabSettings, _ body: (Lab) throws -> Void) throws {
        try run(shape, subscribers: 1...10, settings, body: body)
    }
}
