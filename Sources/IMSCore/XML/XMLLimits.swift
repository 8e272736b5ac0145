/// Bounds of an XML document we are willing to read.
public struct XMLLimits: Hashable, Sendable {
    public var bytes: Int
    public var depth: Int
    public var elements: Int
    public var attributesPerElement: Int
    public var nameBytes: Int
    /// Whether a document type without declarations is passed over rather than refused; it is never followed.
    public var passesDocumentType: Bool

    public init(
        bytes: Int = 256 << 10, depth: Int = 32, elements: Int = 10_000, attributesPerElement: Int = 32,
        nameBytes: Int = 128, passesDocumentType: Bool = false
    ) {
        self.bytes = bytes
        self.depth = depth
        self.elements = elements
        self.attributesPerElement = attributesPerElement
        self.nameBytes = nameBytes
        self.passesDocumentType = passesDocumentType
    }

    public static let standard = XMLLimits()
}

/// Why a document was refused. Equality looks at the code only.
public struct XMLFault: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// Not well formed, or not UTF-8.
        case malformed
        /// A document type declaration, or an entity beyond the five of XML 1.0 §4.6: we read neither.
        case forbidden
        /// A bound of `XMLLimits` was passed.
        case tooLarge
        /// Well formed, but an element is missing or holds what its schema does not allow.
        case invalid
    }

    public var code: Code
    public var detail: String
    /// Offset in the document.
    public var offset: Int

    public init(_ code: Code, _ detail: String, at offset: Int) {
        self.code = code
        self.detail = detail
        self.offset = offset
    }

    public var description: String { "XML at byte \(offset): \(detail)" }
    public static func == (a: XMLFault, b: XMLFault) -> Bool { a.code == b.code }
}
