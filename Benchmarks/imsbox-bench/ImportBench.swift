import Foundation
import LabHarness

/// `imsbox subscriber import` of a large file: issue 2 wants a million rows in minutes.
enum ImportBench {
    static func run(rows: Int) throws {
        try Lab.with { lab in
            let clock = ContinuousClock()
            let file = lab.folder.appendingPathComponent("many.csv")
            let store = lab.state.appendingPathComponent("hss.sqlite")
            try Subscriber.importFile(1...rows).write(to: file, atomically: false, encoding: .utf8)
            let wall = try clock.measure {
                try lab.imsbox(["subscriber", "import", file.path, "--store", store.path], within: 1800)
            }
            let size = try FileManager.default.attributesOfItem(atPath: store.path)[.size] as? Int ?? 0
            var table = Table(["", "figure"])
            table.add(["seconds", (wall.milliseconds / 1000).text(1)])
            table.add(["rows a second", (Double(rows) / wall.milliseconds * 1000).text(0)])
            table.add(["octets of database a row", (Double(size) / Double(rows)).text(0)])
            table.print(title: "Import of \(rows) subscribers")
        }
    }
}
