import Glibc

/// Times as people and logs read them.
public enum WallClock {
    /// `12:01:02.123`, local time.
    public static func time(_ unixNanoseconds: Int64) -> String {
        var seconds = time_t(unixNanoseconds / 1_000_000_000)
        var parts = tm()
        localtime_r(&seconds, &parts)
        return clock(parts, unixNanoseconds)
    }

    /// `2025-11-21T10:00:00.123Z`, RFC 3339 in UTC.
    public static func stamp(_ unixNanoseconds: Int64) -> String {
        var seconds = time_t(unixNanoseconds / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
        return date + "T" + clock(parts, unixNanoseconds) + "Z"
    }

    /// Nanoseconds since 1970.
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func clock(_ parts: tm, _ unixNanoseconds: Int64) -> String {
        let milliseconds = Int32(unixNanoseconds / 1_000_000 % 1_000)
        let fraction = String(1_000 + milliseconds).dropFirst()
        return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)"
    }

    private static func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : String(value) }
}
