//! How long it takes from one place to another.

use crate::Time;
use crate::validate::Fault;

/// Travel times between places, each way on its own, in the problem's unit of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    places: usize,
    times: Vec<u32>,
}

/// What stands in a matrix where no way leads.
const NO_WAY: u32 = u32::MAX;

impl Matrix {
    /// A matrix of `places` × `places` entries, row by row: `times[from * places + to]`. `None` is
    /// a hole: no way is known. Fractions are rounded up, so that nobody comes too late by them.
    ///
    /// Refused with the first bad entry named: too few or too many entries, a time that is
    /// negative, infinite, not a number or too long.
    pub fn new(places: usize, times: &[Option<f64>]) -> Result<Self, Fault> {
        if times.len() != places * places {
            return Err(Fault::MatrixSize { places, entries: times.len() });
        }
        let entry = |(nth, time): (usize, &Option<f64>)| {
            let (from, to) = (nth / places, nth % places);
            let Some(time) = *time else { return Ok(if from == to { 0 } else { NO_WAY }) };
            let rounded = time.ceil();
            if time.is_nan() || time < 0.0 {
                return Err(Fault::Travel { from, to, time: time.to_string() });
            }
            if rounded >= f64::from(NO_WAY) {
                return Err(Fault::Travel { from, to, time: time.to_string() });
            }
            Ok(rounded as u32)
        };
        let times = times.iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        Ok(Self { places, times })
    }

    /// How many places it knows.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The time from one place to another; `None` where no way leads.
    pub fn between(&self, from: usize, to: usize) -> Option<Time> {
        let time = self.times[from * self.places + to];
        (time != NO_WAY).then_some(Time::from(time))
    }

    /// The time from one place to another; more than any plan allows where no way leads.
    pub(crate) fn raw(&self, from: u32, to: u32) -> Time {
        let time = self.times[from as usize * self.places + to as usize];
        if time == NO_WAY { crate::NEVER } else { Time::from(time) }
    }

    /// How many of its entries are holes.
    pub fn holes(&self) -> usize {
        self.times.iter().filter(|time| **time == NO_WAY).count()
    }
}
