//! How much of a file is read.

/// What a file may hold. Reading stops at the first limit it passes and names the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub bytes: u64,
    /// Elements within one another.
    pub depth: usize,
    /// Bytes of one text, such as a task's notes.
    pub text: usize,
    /// Tasks, summaries included.
    pub tasks: usize,
    /// Links between tasks.
    pub links: usize,
    /// Calendars.
    pub calendars: usize,
    /// Exceptions over all calendars, each recurring one counted as often as it occurs.
    pub exceptions: usize,
    /// Resources.
    pub resources: usize,
    /// Assignments of resources to tasks.
    pub assignments: usize,
    /// Findings told; reading stops when there are more.
    pub findings: usize,
}

impl Default for Limits {
    /// Far above what people plan by hand, far below what hurts a server.
    fn default() -> Self {
        Self {
            bytes: 256 << 20,
            depth: 32,
            text: 64 << 10,
            tasks: 100_000,
            links: 300_000,
            calendars: 2_000,
            exceptions: 100_000,
            resources: 20_000,
            assignments: 300_000,
            findings: 100,
        }
    }
}
