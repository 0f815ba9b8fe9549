//! Where tasks stand: the model, said once more and simply.

/// A task's course.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    pub status: &'static str,
    /// Where it goes on once it is blocked no more.
    back: &'static str,
    begun: bool,
}

impl Course {
    pub const NEW: Self = Self { status: "planned", back: "planned", begun: false };

    /// Takes a step; false where none leads on.
    pub fn step(&mut self, step: &str) -> bool {
        let from = self.status;
        let open = !matches!(from, "done" | "validated" | "cancelled");
        self.status = match (step, from) {
            ("assign" | "rename", same) => same,
            ("dispatch", "planned") => "dispatched",
            ("recall", "dispatched" | "travelling" | "on_site") if self.begun => "paused",
            ("recall", "dispatched" | "travelling" | "on_site") => "planned",
            ("travel", "planned" | "dispatched" | "paused" | "reopened") => "travelling",
            ("arrive", "planned" | "dispatched" | "travelling" | "paused" | "reopened") => {
                "on_site"
            }
            ("start", "planned" | "dispatched" | "travelling" | "on_site" | "reopened")
            | ("resume", "paused") => "in_progress",
            ("pause", "in_progress") => "paused",
            ("block", _) if open && from != "blocked" => "blocked",
            ("unblock", "blocked") => self.back,
            ("finish", "in_progress" | "paused" | "reopened") => "done",
            ("validate", "done") => "validated",
            ("reopen", "done") => "reopened",
            ("cancel", _) if open => "cancelled",
            _ => return false,
        };
        if step == "block" {
            self.back = from;
        }
        self.begun |= step == "start";
        true
    }
}
