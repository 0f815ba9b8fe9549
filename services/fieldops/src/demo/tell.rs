//! Tells what happens, as a person would.

use std::time::Instant;

/// The teller of a story. A quiet one says nothing: tests read the outcome instead.
pub struct Tell {
    loud: bool,
    started: Instant,
}

impl Tell {
    /// One who speaks, or one who does not.
    pub fn new(loud: bool) -> Self {
        Self { loud, started: Instant::now() }
    }

    /// A new chapter.
    pub fn chapter(&self, title: &str) {
        if self.loud {
            println!("\n{title}");
        }
    }

    /// Something that was done.
    pub fn say(&self, sentence: &str) {
        if self.loud {
            println!("  {:>6.2} s  {sentence}", self.started.elapsed().as_secs_f64());
        }
    }
}
