import Glibc
import IMSCore
import RoleKit
import Settings

/// Reads a Kamailio CDP file: XML that is nothing but elements and attributes.
///
/// No document types are followed, so there are no entities beyond XML's own five and no file but this one is opened.
enum CDPFile {
    private static let limits = XMLLimits(
        bytes: 4 << 20, depth: 16, elements: 100_000, attributesPerElement: 64, passesDocumentType: true)

    /// The `diameter:` section that says the same.
    static func yaml(_ path: String) throws(Failure) -> String {
        let text: String
        do { text = try TextFile.read(path, maximumBytes: limits.bytes) } catch {
            throw Failure(.usage, "\(path):\(error.line): \(error.problem) – \(error.cure)")
        }
        let bytes = Array(text.utf8)
        do {
            let root = try XMLElement(parsing: bytes, limits: limits)
            return try CDPImport.yaml(from: [element(root)]) { HostNames.address($0) }
        } catch let error as XMLFault {
            let line = error.line(in: bytes)
            throw Failure(.usage, "\(path):\(line): \(error.detail) – is this Kamailio's CDP file (diametercfg.xml)?")
        } catch let error as CDPImportError {
            throw Failure(.usage, "\(path):\(max(1, error.line)): \(error.problem) – mend it there first")
        } catch {
            throw Failure(.failed, "\(path): \(error)")
        }
    }

    /// Recursion ends at the depth the document was let through with.
    private static func element(_ element: XMLElement) -> CDPElement {
        CDPElement(
            element.name, element.attributes, children: element.children.map(Self.element), line: element.line)
    }
}

/// Addresses of names, as CDP would ask for them; for the conversion only, never while running.
enum HostNames {
    static func address(_ name: String) -> SocketAddress? {
        var hints = addrinfo()
        hints.ai_family = AF_INET
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(name, nil, &hints, &list) == 0, let first = list else { return nil }
        defer { freeaddrinfo(first) }
        guard let raw = first.pointee.ai_addr else { return nil }
        let word = raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
        }
        return SocketAddress(family: .v4, high: 0, low: UInt64(word), port: 0)
    }
}
