//! Questions and answers, and when an answer conforms. No I/O.

use chrono::{DateTime, Utc};
use kernel::{ChecklistId, ChecklistRunId, PhotoId, TaskId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};
use web::Versioned;

/// What a question is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuestionKind)]
pub enum Kind {
    /// True or false.
    YesNo,
    /// A measured value.
    Number,
    /// Words.
    Text,
    /// The id of a photo taken as proof.
    Photo,
}

/// A question of a checklist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = limits))]
pub struct Question {
    /// Names it within its checklist: lower case letters, digits, `-` and `_`.
    #[validate(length(min = 1, max = 40), custom(function = key))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]+$")]
    pub key: String,
    /// The question as people read it.
    #[validate(length(min = 1, max = 500), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 500)]
    pub label: String,
    /// What it is answered with.
    pub kind: Kind,
    /// Whether the task cannot be finished without an answer.
    #[serde(default)]
    pub required: bool,
    /// For yes or no: the answer that conforms; without it both do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<bool>,
    /// For a number: the lowest value that conforms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// For a number: the highest value that conforms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// For a number: its unit, `V`, `mm`, `°C`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 20), custom(function = web::check::text))]
    #[schema(min_length = 1, max_length = 20)]
    pub unit: Option<String>,
}

fn key(key: &str) -> Result<(), ValidationError> {
    if key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b)) {
        Ok(())
    } else {
        Err(ValidationError::new("format").with_message(
            "minuscules, chiffres, - et _ seulement | lower case letters, digits, - and _ only"
                .into(),
        ))
    }
}

fn limits(question: &Question) -> Result<(), ValidationError> {
    let numeric = question.min.is_some() || question.max.is_some() || question.unit.is_some();
    let wrong = |both: &'static str| Err(ValidationError::new("limits").with_message(both.into()));
    if numeric && question.kind != Kind::Number {
        return wrong(
            "min, max et unit ne valent que pour un nombre | min, max and unit are for numbers only",
        );
    }
    if question.expected.is_some() && question.kind != Kind::YesNo {
        return wrong("expected ne vaut que pour oui/non | expected is for yes or no only");
    }
    match (question.min, question.max) {
        (Some(min), Some(max)) if min > max => {
            wrong("min doit être inférieur à max | min must be below max")
        }
        _ => Ok(()),
    }
}

/// The questions of a checklist: each key once.
pub(crate) fn questions(questions: &[Question]) -> Result<(), ValidationError> {
    let mut keys: Vec<_> = questions.iter().map(|q| &q.key).collect();
    keys.sort();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(ValidationError::new("duplicate").with_message(
            "deux questions ont la même clé | two questions have the same key".into(),
        ));
    }
    Ok(())
}

/// What was answered: true or false, a number, or text (a photo's id for a photo).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AnswerValue)]
pub enum Value {
    /// Yes or no.
    YesNo(bool),
    /// A measured value.
    Number(f64),
    /// Words, or a photo's id.
    Text(String),
}

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerError {
    /// The checklist has no such question.
    NoSuchQuestion,
    /// The value is of another kind.
    WrongKind(Kind),
    /// Text that is blank or longer than 2000 characters.
    BadText,
}

/// A checklist's template, at one of its versions.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Checklist {
    /// Its id.
    pub id: ChecklistId,
    /// Names a template that came with the trade; none for the firm's own.
    pub code: Option<String>,
    /// What it is for.
    pub name: String,
    /// Its questions, in their order.
    pub questions: Vec<Question>,
    /// Counts its versions.
    pub version: i64,
}

impl Versioned for Checklist {
    fn version(&self) -> i64 {
        self.version
    }
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ChecklistAnswer)]
pub struct Answered {
    /// The question's key.
    pub question: String,
    /// What was answered.
    pub value: Value,
    /// Whether it is within the question's limits.
    pub conforms: bool,
    /// When, by the device's clock.
    pub answered_at: DateTime<Utc>,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// By whom.
    pub answered_by: Option<UserId>,
}

/// A checklist being answered for a task, frozen at the version it began with.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ChecklistRun)]
pub struct Run {
    /// Its id.
    pub id: ChecklistRunId,
    /// The task.
    pub task_id: TaskId,
    /// The template.
    pub checklist_id: ChecklistId,
    /// The template's version it began with.
    pub checklist_version: i64,
    /// What the checklist is for.
    pub name: String,
    /// The questions, in their order.
    pub questions: Vec<Question>,
    /// The answers so far.
    pub answers: Vec<Answered>,
    /// How many answers are outside their limits.
    pub nonconformities: i32,
    /// When the last required answer came, by the device's clock.
    pub completed_at: Option<DateTime<Utc>>,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for Run {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Question {
    /// Whether `value` conforms to the question's limits; an error where it is no answer to it.
    pub fn judge(&self, value: &Value) -> Result<bool, AnswerError> {
        match (self.kind, value) {
            (Kind::YesNo, Value::YesNo(yes)) => {
                Ok(self.expected.is_none_or(|expected| expected == *yes))
            }
            (Kind::Number, Value::Number(number)) => Ok(self.min.is_none_or(|min| *number >= min)
                && self.max.is_none_or(|max| *number <= max)),
            (Kind::Text, Value::Text(text)) => {
                let sound = text.chars().count() <= 2000 && web::check::text(text).is_ok();
                if sound { Ok(true) } else { Err(AnswerError::BadText) }
            }
            (Kind::Photo, Value::Text(id)) => {
                id.parse::<PhotoId>().map(|_| true).map_err(|_| AnswerError::WrongKind(self.kind))
            }
            (kind, _) => Err(AnswerError::WrongKind(kind)),
        }
    }
}

impl Run {
    /// A run of `template` that nobody has answered yet.
    pub fn begin(id: ChecklistRunId, task_id: TaskId, template: &Checklist) -> Self {
        Self {
            id,
            task_id,
            checklist_id: template.id,
            checklist_version: template.version,
            name: template.name.clone(),
            questions: template.questions.clone(),
            answers: Vec::new(),
            nonconformities: 0,
            completed_at: None,
            version: 1,
        }
    }

    /// Takes an answer in; a later answer to the same question takes the place of the former. A
    /// value outside its limits is kept and counted: it is what was found.
    pub fn take(
        &mut self,
        question: &str,
        value: Value,
        by: Option<UserId>,
        answered_at: Timestamp,
        at: Timestamp,
    ) -> Result<(), AnswerError> {
        let asked = self.questions.iter().find(|q| q.key == question);
        let conforms = asked.ok_or(AnswerError::NoSuchQuestion)?.judge(&value)?;
        self.answers.retain(|a| a.question != question);
        self.answers.push(Answered {
            question: question.to_owned(),
            value,
            conforms,
            answered_at,
            at,
            answered_by: by,
        });
        let broken = self.answers.iter().filter(|a| !a.conforms).count();
        self.nonconformities = i32::try_from(broken).unwrap_or(i32::MAX);
        Ok(())
    }

    /// Closes the run if every required question is answered; whether this closed it.
    pub fn close(&mut self, at: Timestamp) -> bool {
        let open = |q: &&Question| q.required && !self.answers.iter().any(|a| a.question == q.key);
        if self.completed_at.is_some() || self.questions.iter().any(|q| open(&q)) {
            return false;
        }
        self.completed_at = Some(at);
        true
    }

    /// How many questions are answered.
    pub fn answered(&self) -> i32 {
        i32::try_from(self.answers.len()).unwrap_or(i32::MAX)
    }

    /// How many questions there are.
    pub fn asked(&self) -> i32 {
        i32::try_from(self.questions.len()).unwrap_or(i32::MAX)
    }
}

/// A checklist as a problem names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChecklistRef {
    /// The template.
    pub id: ChecklistId,
    /// What it is for.
    pub name: String,
    /// Its run for the task, where one was begun.
    pub run_id: Option<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(key: &str, kind: Kind, required: bool) -> Question {
        Question {
            key: key.into(),
            label: "Tension mesurée".into(),
            kind,
            required,
            expected: None,
            min: None,
            max: None,
            unit: None,
        }
    }

    fn run() -> Run {
        let questions = vec![
            Question { expected: Some(true), ..question("vat", Kind::YesNo, true) },
            Question { max: Some(50.0), ..question("volts", Kind::Number, true) },
            question("note", Kind::Text, false),
            question("photo", Kind::Photo, false),
        ];
        let template = Checklist {
            id: ChecklistId::new(),
            code: None,
            name: "VAT".into(),
            questions,
            version: 3,
        };
        Run::begin(ChecklistRunId::new(), TaskId::new(), &template)
    }

    fn now() -> Timestamp {
        "2026-03-02T08:00:00Z".parse().unwrap()
    }

    fn answer(run: &mut Run, question: &str, value: Value) -> Result<(), AnswerError> {
        run.take(question, value, None, now(), now())
    }

    #[test]
    fn a_run_is_complete_when_the_last_required_question_is_answered() {
        let mut run = run();
        assert!(!run.close(now()));
        answer(&mut run, "vat", Value::YesNo(true)).unwrap();
        assert!(!run.close(now()));
        answer(&mut run, "volts", Value::Number(0.0)).unwrap();
        assert!(run.close(now()));
        assert!(!run.close(now()), "it closes once");
        assert_eq!((run.answered(), run.asked(), run.nonconformities), (2, 4, 0));
    }

    #[test]
    fn a_value_outside_its_limits_is_kept_and_counted_until_it_is_corrected() {
        let mut run = run();
        answer(&mut run, "vat", Value::YesNo(false)).unwrap();
        answer(&mut run, "volts", Value::Number(50.1)).unwrap();
        assert_eq!(run.nonconformities, 2);
        answer(&mut run, "volts", Value::Number(50.0)).unwrap();
        assert_eq!((run.nonconformities, run.answered()), (1, 2));
    }

    #[test]
    fn an_answer_of_another_kind_is_none() {
        let mut run = run();
        let kinds = |e: Result<(), AnswerError>| e.unwrap_err();
        let wrong = AnswerError::WrongKind(Kind::YesNo);
        assert_eq!(kinds(answer(&mut run, "vat", Value::Number(1.0))), wrong);
        let wrong = AnswerError::WrongKind(Kind::Photo);
        assert_eq!(kinds(answer(&mut run, "photo", Value::Text("nothing".into()))), wrong);
        assert_eq!(kinds(answer(&mut run, "note", Value::Text(" ".into()))), AnswerError::BadText);
        let none = AnswerError::NoSuchQuestion;
        assert_eq!(kinds(answer(&mut run, "other", Value::YesNo(true))), none);
        assert_eq!(run.answered(), 0);
    }

    #[test]
    fn limits_fit_the_kind_of_the_question_and_each_key_stands_once() {
        let number =
            Question { min: Some(2.0), max: Some(1.0), ..question("a", Kind::Number, true) };
        assert!(number.validate().is_err());
        let text = Question { unit: Some("V".into()), ..question("a", Kind::Text, true) };
        assert!(text.validate().is_err());
        let key = question("Été", Kind::Text, true);
        assert!(key.validate().is_err());
        let fine = question("a", Kind::YesNo, true);
        assert!(questions(std::slice::from_ref(&fine)).is_ok() && fine.validate().is_ok());
        assert!(questions(&[fine.clone(), fine]).is_err());
    }
}
