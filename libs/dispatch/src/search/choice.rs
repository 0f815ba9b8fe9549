//! Of many places those among which somebody wants to choose.

use std::collections::{BTreeMap, BTreeSet};

use crate::search::offers::Offer;

/// So many places of one team are told before further ones of others are looked for.
const OFTEN: usize = 3;

/// Some of these places, cheapest first, at most so many: such as somebody wants to choose among.
///
/// The cheapest is among them, and the one that starts first. Half of them are of different teams,
/// as far as there are any; of the others the cheapest, without one team crowding out the rest.
/// Only what `fits` is told, and `fits` is asked of no more places than that takes.
///
/// # Errors
/// The first of `fits`.
pub fn choose<E>(
    mut offers: Vec<Offer>,
    most: usize,
    fits: impl FnMut(&Offer) -> Result<bool, E>,
) -> Result<Vec<Offer>, E> {
    offers.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.start.cmp(&b.start)));
    // One place may be found in two ways, with a depot left where it is or put there anew.
    let mut known = BTreeSet::new();
    offers.retain(|offer| known.insert((people(offer), offer.start)));
    let mut by_start: Vec<_> = (0..offers.len()).collect();
    by_start.sort_by_key(|nth| offers[*nth].start);
    let verdicts = vec![None; offers.len()];
    let mut choice = Choice { offers, verdicts, of: BTreeMap::new(), taken: 0, fits };
    if most > 0 {
        choice.take_first(0..by_start.len())?;
    }
    if most > 1 {
        choice.take_first(by_start.into_iter())?;
    }
    for (of_one, until) in [(1, most.div_ceil(2)), (OFTEN, most), (usize::MAX, most)] {
        choice.take_all(of_one, until)?;
    }
    let all = choice.offers.into_iter().zip(choice.verdicts);
    Ok(all.filter(|(_, taken)| *taken == Some(true)).map(|(offer, _)| offer).collect())
}

/// Who does it, in order.
fn people(offer: &Offer) -> Vec<usize> {
    let mut people: Vec<_> = offer.team.iter().map(|member| member.0).collect();
    people.sort_unstable();
    people
}

/// Places, cheapest first, and what is chosen of them.
struct Choice<F> {
    offers: Vec<Offer>,
    /// Whether each is taken; none where it has not been asked about.
    verdicts: Vec<Option<bool>>,
    /// How many are taken of each team.
    of: BTreeMap<Vec<usize>, usize>,
    taken: usize,
    fits: F,
}

impl<F> Choice<F> {
    /// Takes a place if it fits; whether it is taken.
    fn take<E>(&mut self, nth: usize) -> Result<bool, E>
    where
        F: FnMut(&Offer) -> Result<bool, E>,
    {
        if let Some(taken) = self.verdicts[nth] {
            return Ok(taken);
        }
        let fits = (self.fits)(&self.offers[nth])?;
        self.verdicts[nth] = Some(fits);
        if fits {
            self.taken += 1;
            *self.of.entry(people(&self.offers[nth])).or_default() += 1;
        }
        Ok(fits)
    }

    /// Takes the first that fits.
    fn take_first<E>(&mut self, all: impl Iterator<Item = usize>) -> Result<(), E>
    where
        F: FnMut(&Offer) -> Result<bool, E>,
    {
        for nth in all {
            if self.take(nth)? {
                break;
            }
        }
        Ok(())
    }

    /// Takes what fits, cheapest first, of each team until so many of its places are taken, until so
    /// many are taken of all.
    fn take_all<E>(&mut self, of_one: usize, until: usize) -> Result<(), E>
    where
        F: FnMut(&Offer) -> Result<bool, E>,
    {
        for nth in 0..self.offers.len() {
            if self.taken >= until {
                break;
            }
            let of = self.of.get(&people(&self.offers[nth])).copied().unwrap_or(0);
            if of < of_one {
                self.take(nth)?;
            }
        }
        Ok(())
    }
}
