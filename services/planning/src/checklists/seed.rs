//! The templates of a trade that a new tenant begins with.

use std::pin::Pin;

use kernel::{ChecklistId, Lang};
use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::PgConnection;
use web::SeedFor;

use super::model::{Checklist, Question};
use super::store;

/// The countries whose firms begin with templates in English: where it is the language of work and
/// French is not (Cameroon, Rwanda and Canada stay with French). Templates are the firm's own words
/// from then on.
const IN_ENGLISH: [&str; 24] = [
    "AU", "BW", "ET", "GB", "GH", "GM", "IE", "IN", "KE", "LR", "LS", "MT", "MW", "NA", "NG", "NZ",
    "SL", "SZ", "TZ", "UG", "US", "ZA", "ZM", "ZW",
];

/// A template in a trade's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    code: String,
    name: Said,
    /// The standards and laws it follows, for whoever revises the file.
    #[serde(rename = "source")]
    _source: String,
    questions: Vec<Asked>,
}

/// A sentence in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    fr: String,
    en: String,
}

/// A question with its label in both languages.
#[derive(Debug, Deserialize)]
struct Asked {
    label: Said,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Said {
    fn say(self, lang: Lang) -> String {
        match lang {
            Lang::Fr => self.fr,
            Lang::En => self.en,
        }
    }
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

/// The templates of a trade, as a new tenant has them.
fn templates(sector: &str, lang: Lang) -> Result<Vec<Checklist>, serde_json::Error> {
    let Some(file) = file(sector) else { return Ok(Vec::new()) };
    let templates: Vec<Template> = serde_json::from_str(file)?;
    templates.into_iter().map(|template| template.told(lang)).collect()
}

impl Template {
    fn told(self, lang: Lang) -> Result<Checklist, serde_json::Error> {
        let questions = self.questions.into_iter().map(|asked| {
            let mut question = asked.rest;
            question.insert("label".to_owned(), asked.label.say(lang).into());
            serde_json::from_value::<Question>(question.into())
        });
        Ok(Checklist {
            id: ChecklistId::new(),
            code: Some(self.code),
            name: self.name.say(lang),
            questions: questions.collect::<Result<_, _>>()?,
            version: 1,
        })
    }
}

/// Writes the trade's templates, in the country's language. Repeatable: one that is there already,
/// known by its code, stays as the firm may have changed it.
pub(crate) fn seed<'a>(
    tx: &'a mut PgConnection,
    tenant: &'a SeedFor,
) -> Pin<Box<dyn Future<Output = Result<(), sqlx::Error>> + Send + 'a>> {
    Box::pin(async move {
        let english = IN_ENGLISH.contains(&tenant.country.as_str());
        let lang = if english { Lang::En } else { Lang::Fr };
        let templates =
            templates(&tenant.sector, lang).map_err(|e| sqlx::Error::Decode(e.into()))?;
        for template in templates {
            store::insert(tx, &template, tenant.now).await?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use contracts::IncidentSeverity;
    use kernel::{ChecklistRunId, TaskId, Timestamp};
    use validator::Validate;

    use super::*;
    use crate::checklists::model::{self, AnswerError, Given, Refused, Run, Value as Answer};

    const TRADES: [&str; 3] = ["electricity", "construction", "public_works"];

    #[test]
    fn every_template_of_every_trade_is_one_that_the_api_would_take_in_both_languages() {
        for sector in TRADES {
            let french = templates(sector, Lang::Fr).unwrap();
            let english = templates(sector, Lang::En).unwrap();
            assert!(french.len() >= 4, "{sector}");
            assert_eq!(french.len(), english.len());
            for template in french.iter().chain(&english) {
                let code = template.code.as_deref().unwrap();
                assert!(model::questions(&template.questions).is_ok(), "{code}");
                assert!((1..=200).contains(&template.name.chars().count()), "{code}");
                for question in &template.questions {
                    question.validate().unwrap_or_else(|e| panic!("{code}: {e}"));
                }
            }
            for (fr, en) in french.iter().zip(&english) {
                assert_ne!(fr.name, en.name);
                let same = |(a, b): (&Question, &Question)| a.key == b.key && a.label != b.label;
                assert!(fr.questions.iter().zip(&en.questions).all(same), "{}", en.name);
            }
        }
        assert!(templates("plumbing", Lang::Fr).unwrap().is_empty());
    }

    fn begin(sector: &str, code: &str) -> Run {
        let all = templates(sector, Lang::En).unwrap();
        let template = all.iter().find(|t| t.code.as_deref() == Some(code)).unwrap();
        Run::begin(ChecklistRunId::new(), TaskId::new(), template)
    }

    fn answer(run: &mut Run, question: &str, value: Answer) -> Result<bool, Refused> {
        let at: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        let given = Given {
            question: question.to_owned(),
            value,
            photo_id: None,
            replaces: None,
            answered_at: at,
        };
        run.take(given, None, at)?;
        Ok(run.answer(question).unwrap().conforms)
    }

    fn asks(run: &Run, question: &str) -> bool {
        run.asked().iter().any(|q| q.key == question)
    }

    #[test]
    fn a_deep_narrow_trench_is_shored_with_a_photo_and_a_shallow_one_is_not_asked() {
        let mut run = begin("public_works", "tp-ouverture-fouille");
        answer(&mut run, "profondeur", Answer::Number(1.3)).unwrap();
        assert!(!asks(&run, "etroite") && !asks(&run, "plinthe"), "not more than 1.30 m");
        answer(&mut run, "profondeur", Answer::Number(1.31)).unwrap();
        answer(&mut run, "etroite", Answer::YesNo(true)).unwrap();
        assert!(asks(&run, "blindage") && !asks(&run, "talus"));
        let shored = run.questions.iter().find(|q| q.key == "blindage").unwrap();
        assert_eq!(shored.incident, Some(IncidentSeverity::Critical));
        let bare = answer(&mut run, "blindage", Answer::YesNo(true));
        assert_eq!(bare, Err(Refused::Unfit(AnswerError::PhotoNeeded)));
    }

    #[test]
    fn the_earth_electrode_is_judged_by_the_device_that_protects_the_whole() {
        let mut run = begin("electricity", "elec-mise-en-service");
        answer(&mut run, "schema-tt", Answer::YesNo(true)).unwrap();
        for (device, question, most) in [
            (500.0, "terre-500", 100.0),
            (300.0, "terre-300", 166.0),
            (100.0, "terre-100", 500.0),
            (30.0, "terre-30", 1666.0),
        ] {
            answer(&mut run, "differentiel", Answer::Number(device)).unwrap();
            let earth = run.asked().into_iter().filter(|q| q.key.starts_with("terre-"));
            assert_eq!(earth.map(|q| q.key.as_str()).collect::<Vec<_>>(), [question]);
            // IEC 60364-4-41, 411.5: the touch voltage stays at 50 V at most.
            assert!(most * device / 1000.0 <= 50.0, "{question}");
            assert_eq!(answer(&mut run, question, Answer::Number(most)), Ok(true));
        }
        assert_eq!(answer(&mut run, "isolement", Answer::Number(1.0)), Ok(true));
        answer(&mut run, "schema-tt", Answer::YesNo(false)).unwrap();
        assert!(!asks(&run, "differentiel") && !asks(&run, "terre-30"));
    }

    #[test]
    fn a_slump_is_judged_by_the_class_that_was_ordered() {
        let mut run = begin("construction", "btp-coulage");
        for (class, low, high) in [(1, 10, 40), (2, 50, 90), (3, 100, 150), (4, 160, 210)] {
            answer(&mut run, "classe", Answer::Number(f64::from(class))).unwrap();
            let key = format!("affaissement-s{class}");
            assert_eq!(answer(&mut run, &key, Answer::Number(f64::from(low))), Ok(true));
            assert_eq!(answer(&mut run, &key, Answer::Number(f64::from(high))), Ok(true));
            let wet = answer(&mut run, &key, Answer::Number(f64::from(high + 1)));
            assert_eq!(wet, Err(Refused::Unfit(AnswerError::PhotoNeeded)), "{key}");
        }
        assert_eq!(answer(&mut run, "classe", Answer::Number(5.0)), Ok(true));
        assert!(asks(&run, "affaissement-s5") && !asks(&run, "affaissement-s4"));
    }
}
