//! Why a connection ends.

/// Why a connection ends; the number says whether the client comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Close {
    /// The websocket close code.
    pub code: u16,
    /// A few words for who reads it.
    pub reason: &'static str,
}

impl Close {
    /// Closed in order, by the client's wish.
    pub const NORMAL: Self = Self::new(3000, "closed");
    /// Too much waits for this client: it comes back and resumes.
    pub const TOO_SLOW: Self = Self::new(3008, "too slow, come back and resume");
    /// The server goes away, or what this client shows must be loaded anew: it comes back.
    pub const GOING_AWAY: Self = Self::new(3012, "going away, come back");
    /// The page comes from where this server does not serve.
    pub const INVALID_ORIGIN: Self = Self::new(4000, "invalid origin");
    /// What the client shows of who it is is wrong: it does not come back with the same.
    pub const LOGIN_REQUIRED: Self = Self::new(4001, "what you show of who you are is not valid");
    /// What the client showed of who it is held until now: it comes back with what it has.
    pub const LOGIN_EXPIRED: Self = Self::new(3012, "your login has expired, come back");
    /// More connections than the server takes.
    pub const TOO_MANY: Self = Self::new(4008, "too many connections");
    /// A binary frame, which nothing here reads (RFC 6455, 7.4.1).
    pub const BINARY: Self = Self::new(1003, "text frames only");
    /// A frame over the size limit (RFC 6455, 7.4.1).
    pub const FRAME_TOO_LARGE: Self = Self::new(1009, "frame too large");
    /// Not a websocket's frames (RFC 6455, 7.4.1).
    pub const PROTOCOL: Self = Self::new(1002, "protocol error");
    /// Text that is not UTF-8 (RFC 6455, 7.4.1).
    pub const NOT_UTF8: Self = Self::new(1007, "text must be UTF-8");
    /// Nothing was heard of the client for too long.
    pub const DEAD: Self = Self::new(3012, "no sign of life, come back");

    const fn new(code: u16, reason: &'static str) -> Self {
        Self { code, reason }
    }
}
