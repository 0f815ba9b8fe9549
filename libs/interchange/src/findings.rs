//! Values read from texts, and what is said where they are none.

use crate::{Fault, Finding, Place};

/// How a value is written: how it is read, and what people are told is wanted.
pub struct Form<T> {
    /// The value, where the text is one.
    pub parse: fn(&str) -> Option<T>,
    /// What is wanted, in French.
    pub fr: &'static str,
    /// What is wanted, in English.
    pub en: &'static str,
}

/// What was found so far.
pub struct Findings {
    list: Vec<Finding>,
    most: usize,
}

impl Findings {
    /// Nothing yet; `most` findings are enough to stop.
    pub fn new(most: usize) -> Self {
        Self { list: Vec::new(), most }
    }

    /// One more.
    pub fn push(&mut self, finding: Finding) {
        if self.list.len() < self.most {
            self.list.push(finding);
        }
    }

    /// Whether reading on would tell nothing more.
    pub fn full(&self) -> bool {
        self.list.len() >= self.most
    }

    /// The value `text` writes at `place`; none, and a finding, where it is not of that form.
    pub fn read<T>(
        &mut self,
        text: &str,
        form: &Form<T>,
        place: impl FnOnce() -> Place,
    ) -> Option<T> {
        let value = (form.parse)(text);
        if value.is_none() {
            let shown: String = text.chars().take(40).collect();
            self.push(Finding::new(
                place(),
                "bad-value",
                format!("« {shown} » : il faut {}.", form.fr),
                format!("\"{shown}\": must be {}.", form.en),
            ));
        }
        value
    }

    /// `value`, where nothing was found; else what was.
    pub fn done<T>(self, value: T) -> Result<T, Fault> {
        if self.list.is_empty() { Ok(value) } else { Err(Fault { findings: self.list }) }
    }

    /// Everything found, with `last` at the end.
    pub fn stop(mut self, last: Finding) -> Fault {
        self.list.push(last);
        self.told()
    }

    /// Everything found.
    pub fn told(self) -> Fault {
        Fault { findings: self.list }
    }
}
