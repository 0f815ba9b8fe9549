//! What is told when a KPI changed.

use contracts::{SteeringKpiChange, SteeringKpiChanged};

use super::model::SteeringKpi;

/// The news of a KPI.
pub(crate) fn changed(kpi: &SteeringKpi, change: SteeringKpiChange) -> SteeringKpiChanged {
    SteeringKpiChanged {
        kpi: kpi.id,
        version: kpi.version,
        change,
        project: kpi.project_id,
        indicator: kpi.indicator,
    }
}
