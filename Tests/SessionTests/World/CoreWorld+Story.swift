import RoleKit
import TestSupport

extension CoreWorld {
    /// What passed each element, for a failing test's eyes.
    var story: String {
        ([pcscfNode, icscfNode] + scscfNodes).map { node in
            node.tap.events.map { "\(node.name): \($0)" }.joined(separator: "\n") + "\n"
                + node.tap.passages.filter { $0.layer == .sip && !$0.text.contains("REGISTER") }.map {
                    "\(node.name) \($0.direction) \($0.text)"
                }.joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
