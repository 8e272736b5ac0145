/// What a machine asks its runner to do, in this order. The first two need no allocation, and most events have fewer.
public struct DiameterEffects<Effect: Sendable>: Sequence, Sendable {
    @usableFromInline var first: Effect?
    @usableFromInline var second: Effect?
    @usableFromInline var rest: [Effect] = []

    @inlinable public init() {}

    @inlinable public init(_ first: Effect) { self.first = first }

    @inlinable public init(_ first: Effect, _ second: Effect) {
        self.first = first
        self.second = second
    }

    @inlinable public mutating func append(_ effect: Effect) {
        if first == nil {
            first = effect
        } else if second == nil {
            second = effect
        } else {
            rest.append(effect)
        }
    }

    @inlinable public var isEmpty: Bool { first == nil }

    public struct Iterator: IteratorProtocol {
        @usableFromInline let effects: DiameterEffects
        @usableFromInline var position = 0

        @inlinable init(effects: DiameterEffects) { self.effects = effects }

        @inlinable public mutating func next() -> Effect? {
            defer { position += 1 }
            switch position {
            case 0: return effects.first
            case 1: return effects.second
            default: return position - 2 < effects.rest.count ? effects.rest[position - 2] : nil
            }
        }
    }

    @inlinable public func makeIterator() -> Iterator { Iterator(effects: self) }
}
