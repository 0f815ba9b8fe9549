//! Risks by probability and impact.

use kernel::RiskId;
use serde::Serialize;
use utoipa::ToSchema;

use super::Band;

/// A cell of the heat map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = HeatCell)]
pub struct Cell {
    /// How likely, 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub probability: i16,
    /// How bad, 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    pub impact: i16,
    /// Probability times impact.
    pub score: i16,
    /// How grave that is.
    pub band: Band,
    /// How many risks stand here.
    pub count: usize,
    /// Which.
    pub risk_ids: Vec<RiskId>,
}

/// Risks by probability and impact: the 25 cells of a five by five matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HeatMap {
    /// How many risks in all.
    pub total: usize,
    /// The cells, row by row: probability 1 first, impact 1 first within it.
    pub cells: Vec<Cell>,
}

impl HeatMap {
    /// The map of these risks, each with its probability and impact.
    pub fn of(risks: &[(RiskId, i16, i16)]) -> Self {
        let cells = (1..=5).flat_map(|p| (1..=5).map(move |i| (p, i)));
        let cells = cells.map(|(probability, impact)| {
            let here = risks.iter().filter(|(_, p, i)| (*p, *i) == (probability, impact));
            let risk_ids: Vec<_> = here.map(|(id, ..)| *id).collect();
            let score = probability * impact;
            Cell {
                probability,
                impact,
                score,
                band: Band::of(score),
                count: risk_ids.len(),
                risk_ids,
            }
        });
        Self { total: risks.len(), cells: cells.collect() }
    }
}

#[cfg(test)]
mod tests {
    use Band::{Critical, High, Low, Medium};

    use super::*;

    #[test]
    fn every_score_has_its_band() {
        let bands: Vec<_> = [1, 4, 5, 9, 10, 14, 15, 25].into_iter().map(Band::of).collect();
        assert_eq!(bands, [Low, Low, Medium, Medium, High, High, Critical, Critical]);
    }

    #[test]
    fn the_heat_map_has_all_cells_and_each_risk_once() {
        let (a, b, c) = (RiskId::new(), RiskId::new(), RiskId::new());
        let map = HeatMap::of(&[(a, 2, 3), (b, 2, 3), (c, 5, 5)]);
        assert_eq!((map.total, map.cells.len()), (3, 25));
        assert_eq!(map.cells[7].risk_ids, [a, b]);
        assert_eq!((map.cells[24].count, map.cells[24].band), (1, Band::Critical));
        assert_eq!(map.cells.iter().map(|c| c.count).sum::<usize>(), 3);
    }
}
