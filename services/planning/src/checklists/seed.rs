//! The templates of a trade that a new tenant begins with.

use std::pin::Pin;

use kernel::ChecklistId;
use serde::Deserialize;
use sqlx::PgConnection;
use web::SeedFor;

use super::model::{Checklist, Question};
use super::store;

/// A template in a trade's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    code: String,
    name: String,
    /// The standard or law it follows, for whoever revises the file.
    #[serde(rename = "source")]
    _source: String,
    questions: Vec<Question>,
}

/// The file of a trade; none for a trade that has no templates yet.
fn file(sector: &str) -> Option<&'static str> {
    match sector {
        "electricity" => Some(include_str!("../../seeds/electricity.json")),
        "construction" => Some(include_str!("../../seeds/construction.json")),
        "public_works" => Some(include_str!("../../seeds/public_works.json")),
        _ => None,
    }
}

fn templates(sector: &str) -> Result<Vec<Template>, serde_json::Error> {
    file(sector).map_or_else(|| Ok(Vec::new()), serde_json::from_str)
}

/// Writes the trade's templates. Repeatable: one that is there already, known by its code, stays
/// as the firm may have changed it.
pub(crate) fn seed<'a>(
    tx: &'a mut PgConnection,
    tenant: &'a SeedFor,
) -> Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'a>> {
    Box::pin(async move {
        let templates = templates(&tenant.sector).map_err(|e| sqlx::Error::Decode(e.into()))?;
        for template in templates {
            let checklist = Checklist {
                id: ChecklistId::new(),
                code: Some(template.code),
                name: template.name,
                questions: template.questions,
                version: 1,
            };
            store::insert(tx, &checklist, tenant.now).await?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use validator::Validate;

    use super::*;
    use crate::checklists::model;

    #[test]
    fn every_template_of_every_trade_is_one_that_the_api_would_take() {
        for sector in ["electricity", "construction", "public_works"] {
            let templates = templates(sector).unwrap();
            assert!(templates.len() >= 2, "{sector}");
            for template in templates {
                assert!(model::questions(&template.questions).is_ok(), "{}", template.code);
                for question in &template.questions {
                    question.validate().unwrap_or_else(|e| panic!("{}: {e}", template.code));
                }
            }
        }
        assert!(templates("plumbing").unwrap().is_empty());
    }
}
