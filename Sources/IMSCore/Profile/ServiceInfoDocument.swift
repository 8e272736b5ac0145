/// The body that takes Service-Info to an application server, `application/3gpp-ims+xml`. TS 24.229 §7.6.2, §5.4.1.7
public enum ServiceInfoDocument {
    public static let contentType = "application/3gpp-ims+xml"

    public static func xml(_ information: String) -> [UInt8] {
        var writer = XMLWriter()
        writer.element("ims-3gpp", attributes: [("version", "1")]) { $0.element("service-info", information) }
        return writer.bytes
    }
}
