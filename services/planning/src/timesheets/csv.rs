//! Approved weeks as payroll reads them: a line per worker, week and kind of hours.
//!
//! The columns, in this order, in UTF-8 with commas and a header:
//!
//! | column | |
//! |---|---|
//! | `worker_id` | the worker |
//! | `worker` | the name |
//! | `week` | ISO 8601: `2026-W10` |
//! | `monday` | its first day |
//! | `country` | whose rules counted |
//! | `kind` | `worked` (all), `normal`, `overtime`, and of all: `night`, `rest_day`, `travel`; beside: `break` |
//! | `percent` | what overtime adds to the wage; empty for the other kinds |
//! | `minutes` | how many |
//! | `hours` | the same in hours, two decimals |
//! | `signed_at` | when the worker signed; empty where the lead approved without |
//! | `approved_at` | when the lead approved |
//! | `timesheet_id`, `version` | which sheet, for a second look |
//!
//! `worked` = `normal` + all `overtime`. Text that a spreadsheet would take for a formula has an
//! apostrophe before it.

use chrono::SecondsFormat;
use interchange::csv::Writer;

use super::model::Timesheet;

/// An approved week with its worker's name.
pub struct Paid {
    /// The week.
    pub sheet: Timesheet,
    /// The worker's name.
    pub name: String,
}

const COLUMNS: [&str; 13] = [
    "worker_id",
    "worker",
    "week",
    "monday",
    "country",
    "kind",
    "percent",
    "minutes",
    "hours",
    "signed_at",
    "approved_at",
    "timesheet_id",
    "version",
];

/// The weeks as a table.
pub fn write(paid: &[Paid]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut table = Writer::new(&mut out);
    table.row(COLUMNS)?;
    for Paid { sheet, name } in paid {
        let Some(figures) = &sheet.figures else { continue };
        let mut kinds =
            vec![("worked", None, figures.worked_min), ("normal", None, figures.normal_min)];
        kinds.extend(figures.overtime.iter().map(|o| ("overtime", Some(o.percent), o.minutes)));
        let beside = [
            ("night", None, figures.night_min),
            ("rest_day", None, figures.rest_day_min),
            ("travel", None, figures.travel_min),
            ("break", None, figures.break_min),
        ];
        kinds.extend(beside.into_iter().filter(|(_, _, minutes)| *minutes > 0));
        let at = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let signed = sheet.signed.as_ref().map(|signed| at(signed.at)).unwrap_or_default();
        let approved = sheet.approved.as_ref().map(|a| at(a.signature.at)).unwrap_or_default();
        for (kind, percent, minutes) in kinds {
            table.row([
                sheet.worker_id.to_string().as_str(),
                name,
                &sheet.week,
                &sheet.monday.to_string(),
                &figures.country,
                kind,
                &percent.map(|percent| percent.to_string()).unwrap_or_default(),
                &minutes.to_string(),
                &hours(minutes),
                &signed,
                &approved,
                &sheet.id.to_string(),
                &sheet.version.to_string(),
            ])?;
        }
    }
    table.finish()?;
    Ok(out)
}

/// Minutes as hours with two decimals, rounded half up.
fn hours(minutes: i64) -> String {
    let hundredths = (minutes * 100 + 30) / 60;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_become_hours_of_two_decimals() {
        for (minutes, text) in
            [(0, "0.00"), (1, "0.02"), (20, "0.33"), (40, "0.67"), (2105, "35.08")]
        {
            assert_eq!(hours(minutes), text);
        }
    }
}
