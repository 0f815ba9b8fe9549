//! Figures beside their limits.

fn main() {}
