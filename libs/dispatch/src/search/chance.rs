//! Chance that is the same on every machine and in every version.

/// A small generator of random numbers: Wang Yi's `wyrand`.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// Each seed and stream is a sequence of its own.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut it = Self(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        it.next();
        it
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0xa076_1d64_78bd_642f);
        let wide = u128::from(self.0) * u128::from(self.0 ^ 0xe703_7ed1_a0b4_28db);
        (wide >> 64) as u64 ^ wide as u64
    }

    /// Below a bound, which is not nought.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// From 0 up to, not including, 1.
    pub fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
