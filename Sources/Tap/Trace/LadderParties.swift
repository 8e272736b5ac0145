import RoleKit

/// Who stands where in a ladder: parties that speak to a P-CSCF first, then the instances in the order of the roles,
/// then other parties.
struct LadderParties {
    /// More parties than this on one side share a column.
    private static let mostOutside = 2

    private(set) var names: [String]
    private var columns: [String: Int] = [:]
    private var owners: [SocketAddress: String] = [:]
    /// Outside address → its column's name.
    private var outside: [SocketAddress: String] = [:]

    init(_ rows: [TraceRow]) {
        var roles: [String: Role] = [:]
        for row in rows {
            roles[row.instance] = row.role
            if row.kind != .event { owners[row.local] = row.instance }
        }
        let order = Role.allCases
        let instances = roles.keys.sorted {
            let a = order.firstIndex(of: roles[$0] ?? .hss) ?? 0
            let b = order.firstIndex(of: roles[$1] ?? .hss) ?? 0
            return (a, $0) < (b, $1)
        }
        var left: [SocketAddress] = []
        var right: [SocketAddress] = []
        for row in rows where row.kind != .event && owners[row.remote] == nil {
            guard !left.contains(row.remote), !right.contains(row.remote) else { continue }
            if row.role == .pcscf && row.kind == .sip { left.append(row.remote) } else { right.append(row.remote) }
        }
        names = []
        names += place(left, sharing: "UEs", alone: "UE ")
        names += instances
        names += place(right, sharing: "others", alone: "")
        for (index, name) in names.enumerated() { columns[name] = index }
    }

    /// Names the columns of outside parties.
    private mutating func place(_ addresses: [SocketAddress], sharing name: String, alone prefix: String) -> [String] {
        guard addresses.count > Self.mostOutside else {
            // The port is shown only where it tells two apart, and then must find room.
            let isClear = Set(addresses.map(\.host)).count == addresses.count
            let names = addresses.map { isClear ? prefix + $0.uriHost : $0.description }
            for (address, name) in zip(addresses, names) { outside[address] = name }
            return names
        }
        for address in addresses { outside[address] = name }
        return [name]
    }

    func column(of instance: String) -> Int { columns[instance] ?? 0 }

    /// The columns an arrow leaves and reaches.
    func ends(of row: TraceRow) -> (from: Int, to: Int) {
        let own = column(of: row.instance)
        let other = columns[owners[row.remote] ?? outside[row.remote] ?? ""] ?? own
        return row.received ? (other, own) : (own, other)
    }
}
