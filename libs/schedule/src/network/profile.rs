//! What is left of a resource over time.

/// Free units by the clock: from each minute on, until the next one; nought before the first.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    steps: Vec<(i64, i64)>,
}

impl Profile {
    /// The later of two steps at one minute counts.
    pub(super) fn new(capacity: impl Iterator<Item = (i64, i64)>) -> Self {
        let mut steps = vec![(i64::MIN, 0)];
        let mut capacity: Vec<_> = capacity.collect();
        capacity.sort_by_key(|(minute, _)| *minute);
        for (minute, units) in capacity {
            if steps[steps.len() - 1].0 == minute {
                steps.pop();
            }
            steps.push((minute, units));
        }
        Self { steps }
    }

    /// When, from the last time within these minutes that fewer than `units` are free, there is
    /// more again; none if there never is. `Ok` if enough are free throughout.
    pub(super) fn fits(&self, from: i64, to: i64, units: i64) -> Result<(), Option<i64>> {
        let first = self.steps.partition_point(|step| step.0 <= from).max(1) - 1;
        let within = self.steps.partition_point(|step| step.0 < to);
        match (first..within).rev().find(|step| self.steps[*step].1 < units) {
            Some(step) => Err(self.steps.get(step + 1).map(|next| next.0)),
            None => Ok(()),
        }
    }

    /// Takes units away from these minutes.
    pub(super) fn take(&mut self, from: i64, to: i64, units: i64) {
        let (first, after) = (self.cut(from), self.cut(to));
        let after = if from < to { after } else { first };
        for step in &mut self.steps[first..after] {
            step.1 -= units;
        }
    }

    /// The step that begins at a minute, made if there is none.
    fn cut(&mut self, minute: i64) -> usize {
        let place = self.steps.partition_point(|step| step.0 < minute);
        if self.steps.get(place).is_none_or(|step| step.0 != minute) {
            let units = self.steps[place - 1].1;
            self.steps.insert(place, (minute, units));
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_not_free_until_it_is_given_back() {
        let mut profile = Profile::new([(100, 2), (500, 3)].into_iter());
        assert_eq!(profile.fits(100, 600, 2), Ok(()));
        assert_eq!(profile.fits(50, 600, 1), Err(Some(100)));
        assert_eq!(profile.fits(100, 600, 3), Err(Some(500)));
        assert_eq!(profile.fits(100, 600, 4), Err(None));
        profile.take(200, 300, 2);
        assert_eq!(profile.fits(100, 200, 2), Ok(()));
        assert_eq!(profile.fits(100, 201, 1), Err(Some(300)));
        assert_eq!(profile.fits(300, 400, 2), Ok(()));
    }
}
