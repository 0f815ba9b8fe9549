//! Who listens to what.

use crate::bus::Consumer;

/// A consumer and the exact event types it takes, known to every process of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interest {
    /// The consumer's name, [`Consumer::name`].
    pub consumer: &'static str,
    /// The exact types, [`Consumer::types`].
    pub types: &'static [&'static str],
}

impl Interest {
    /// What this consumer listens to.
    pub fn of(consumer: &dyn Consumer) -> Self {
        Self { consumer: consumer.name(), types: consumer.types() }
    }

    /// Whether the consumer takes events of this type.
    pub fn takes(&self, kind: &str) -> bool {
        self.types.contains(&kind)
    }
}
