//! A set of small numbers to be taken from either end.

/// Numbers below a bound, a bit each.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    words: Vec<u64>,
    /// No word before this one has a bit.
    low: usize,
    /// No word from this one on has.
    high: usize,
}

impl Marks {
    /// None of the numbers below `bound`.
    pub(super) fn new(bound: usize) -> Self {
        let words = bound.div_ceil(64);
        Self { words: vec![0; words], low: words, high: 0 }
    }

    pub(super) fn mark(&mut self, number: usize) {
        let word = number / 64;
        self.words[word] |= 1 << (number % 64);
        self.low = self.low.min(word);
        self.high = self.high.max(word + 1);
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Marks all numbers below `bound`.
    pub(super) fn fill(&mut self, bound: usize) {
        (0..bound).for_each(|number| self.mark(number));
    }

    /// Takes the smallest.
    pub(super) fn first(&mut self) -> Option<usize> {
        while self.low < self.words.len() {
            let word = &mut self.words[self.low];
            if *word != 0 {
                let bit = word.trailing_zeros() as usize;
                *word &= *word - 1;
                return Some(self.low * 64 + bit);
            }
            self.low += 1;
        }
        None
    }

    /// Takes the largest.
    pub(super) fn last(&mut self) -> Option<usize> {
        while self.high > 0 {
            let word = &mut self.words[self.high - 1];
            if *word != 0 {
                let bit = 63 - word.leading_zeros() as usize;
                *word &= !(1 << bit);
                return Some((self.high - 1) * 64 + bit);
            }
            self.high -= 1;
        }
        None
    }

    /// All of them, from the smallest.
    pub(super) fn each(&self) -> impl Iterator<Item = usize> {
        let words = self.words.iter().enumerate();
        words.flat_map(|(place, word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| place * 64 + bit)
        })
    }
}
