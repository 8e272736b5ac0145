import RoleKit
import TestSupport

/// A core whose S-CSCFs know their I-CSCF, and phones in it.
public enum CallWorld {
    public static func core(_ change: (inout CoreWorld.Options) -> Void = { _ in }) throws -> CoreWorld {
        var options = CoreWorld.Options()
        options.scscf = [("icscf", .list([.text("icscf.\(CoreWorld.home)")]))]
        change(&options)
        return try CoreWorld(options)
    }

    /// A registered phone of subscriber `number`, at a host of the same number.
    public static func phone(_ number: Int, in core: CoreWorld, contact: String? = nil) throws -> Phone {
        let phone = try Phone(core.subscribe(number), host: UInt8(number), in: core)
        try phone.register(contact: contact)
        return phone
    }
}
