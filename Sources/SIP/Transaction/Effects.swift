/// What a protocol machine wants done, in the order it is to be done. Four effects lie inline, so that an ordinary
/// step allocates nothing.
public struct Effects<Effect>: Sequence {
    @usableFromInline var inline: (Effect?, Effect?, Effect?, Effect?)
    @usableFromInline var rest: [Effect]
    /// How many there are.
    @inlinable public var count: Int { length }
    @usableFromInline var length: Int

    /// Nothing to do.
    @inlinable
    public init() {
        inline = (nil, nil, nil, nil)
        rest = []
        length = 0
    }

    @inlinable public static var none: Effects { Effects() }

    @inlinable
    public init(_ a: Effect, _ b: Effect) {
        inline = (a, b, nil, nil)
        rest = []
        length = 2
    }

    @inlinable
    public init(_ a: Effect, _ b: Effect, _ c: Effect) {
        inline = (a, b, c, nil)
        rest = []
        length = 3
    }

    @inlinable
    public init(_ a: Effect, _ b: Effect, _ c: Effect, _ d: Effect) {
        inline = (a, b, c, d)
        rest = []
        length = 4
    }

    @inlinable
    public init(_ effect: Effect) {
        inline = (effect, nil, nil, nil)
        rest = []
        length = 1
    }

    @inlinable public var isEmpty: Bool { count == 0 }

    @inlinable
    public mutating func append(_ effect: Effect) {
        switch count {
        case 0: inline.0 = effect
        case 1: inline.1 = effect
        case 2: inline.2 = effect
        case 3: inline.3 = effect
        default: rest.append(effect)
        }
        length += 1
    }

    @inlinable
    public mutating func append(contentsOf more: Effects) {
        for effect in more { append(effect) }
    }

    @inlinable
    public func makeIterator() -> Iterator { Iterator(self) }

    public struct Iterator: IteratorProtocol {
        @usableFromInline let effects: Effects
        @usableFromInline var index = 0

        @inlinable
        init(_ effects: Effects) { self.effects = effects }

        @inlinable
        public mutating func next() -> Effect? {
            guard index < effects.count else { return nil }
            defer { index += 1 }
            return switch index {
            case 0: effects.inline.0
            case 1: effects.inline.1
            case 2: effects.inline.2
            case 3: effects.inline.3
            default: effects.rest[index - 4]
            }
        }
    }
}

extension Effects: Sendable where Effect: Sendable {}
