/// What a machine asks its runner to do, in this order. The first two need no allocation, and most events have fewer.
public struct DiameterEffects<Effect: Sendable>: Sequence, Sendable {
    private var first: Effect?
    private var second: Effect?
    private var rest: [Effect] = []

    public init() {}

    public init(_ first: Effect) { self.first = first }

    public init(_ first: Effect, _ second: Effect) {
        self.first = first
        self.second = second
    }

    public mutating func append(_ effect: Effect) {
        if first == nil {
            first = effect
        } else if second == nil {
            second = effect
        } else {
            rest.append(effect)
        }
    }

    public var isEmpty: Bool { first == nil }

    public struct Iterator: IteratorProtocol {
        let effects: DiameterEffects
        var position = 0

        public mutating func next() -> Effect? {
            defer { position += 1 }
            switch position {
            case 0: return effects.first
            case 1: return effects.second
            default: return position - 2 < effects.rest.count ? effects.rest[position - 2] : nil
            }
        }
    }

    public func makeIterator() -> Iterator { Iterator(effects: self) }
}
