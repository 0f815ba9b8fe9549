//! Questions: what they ask, when, and which answers conform. No I/O.

use contracts::IncidentSeverity;
use kernel::PhotoId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

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
    /// When it is asked; without it, always. One that is not asked needs no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub when: Option<Condition>,
    /// Which answers need a photo as proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub photo: Option<PhotoWhen>,
    /// How bad the incident is that an answer outside the limits opens; null opens none.
    #[serde(default = "medium")]
    pub incident: Option<IncidentSeverity>,
}

#[allow(clippy::unnecessary_wraps)] // what serde asks for
fn medium() -> Option<IncidentSeverity> {
    Some(IncidentSeverity::Medium)
}

/// When a question is asked: if an earlier one is asked and its answer is so. One of `equals`,
/// `conforms`, or one or both of `min` and `max`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuestionCondition)]
pub struct Condition {
    /// The key of a question that stands before.
    #[validate(length(min = 1, max = 40))]
    #[schema(min_length = 1, max_length = 40)]
    pub question: String,
    /// It is answered with this: yes or no, or these words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Value>,
    /// It is answered with this number or a higher one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// It is answered with this number or a lower one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Its answer is within its limits, or is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conforms: Option<bool>,
}

/// Which answers need a photo as proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = QuestionPhoto)]
pub enum PhotoWhen {
    /// Every one.
    Always,
    /// One outside the limits.
    Nonconforming,
}

impl Condition {
    /// Whether it can be asked of a question of this kind.
    fn fits(&self, kind: Kind) -> bool {
        let limits = self.min.is_some() || self.max.is_some();
        match (&self.equals, limits, self.conforms) {
            (Some(value), false, None) => matches!(
                (kind, value),
                (Kind::YesNo, Value::YesNo(_)) | (Kind::Text, Value::Text(_))
            ),
            (None, true, None) => {
                kind == Kind::Number
                    && !matches!((self.min, self.max), (Some(min), Some(max)) if min > max)
            }
            (None, false, Some(_)) => true,
            _ => false,
        }
    }

    /// Whether an answer is so.
    pub fn matches(&self, value: &Value, conforms: bool) -> bool {
        match (&self.equals, self.conforms, value) {
            (Some(expected), ..) => expected == value,
            (None, Some(expected), _) => expected == conforms,
            (None, None, Value::Number(number)) => {
                self.min.is_none_or(|min| *number >= min)
                    && self.max.is_none_or(|max| *number <= max)
            }
            (None, None, _) => false,
        }
    }
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

/// The questions of a checklist: each key once, and conditions only on questions that stand before,
/// so that none waits for itself.
pub fn questions(questions: &[Question]) -> Result<(), ValidationError> {
    let mut keys: Vec<_> = questions.iter().map(|q| &q.key).collect();
    keys.sort();
    if keys.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(ValidationError::new("duplicate").with_message(
            "deux questions ont la même clé | two questions have the same key".into(),
        ));
    }
    for (at, question) in questions.iter().enumerate() {
        let Some(when) = &question.when else { continue };
        match questions[..at].iter().find(|before| before.key == when.question) {
            Some(before) if when.fits(before.kind) => {}
            Some(_) => {
                return Err(ValidationError::new("condition").with_message(
                    "une condition ne convient pas à la question dont elle dépend | a condition \
                     does not fit the question that it depends on"
                        .into(),
                ));
            }
            None => {
                return Err(ValidationError::new("condition_order").with_message(
                    "une condition doit porter sur une question qui précède | a condition must \
                     be on a question that stands before"
                        .into(),
                ));
            }
        }
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
    /// The answers until now make the question none that is asked.
    NotAsked,
    /// The answer needs a photo as proof.
    PhotoNeeded,
    /// There is no such photo of the task's site.
    NoSuchPhoto,
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::YesNo(yes) => yes.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Question {
    /// What was found, beside what should be: `230 V (0 … 50 V)`.
    pub fn found(&self, value: &Value) -> String {
        let unit = self.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let bound = |bound: Option<f64>| bound.map(|b| b.to_string()).unwrap_or_default();
        match (self.kind, self.expected) {
            (Kind::Number, _) => {
                format!("{value}{unit} ({} … {}{unit})", bound(self.min), bound(self.max))
            }
            (Kind::YesNo, Some(expected)) => format!("{value} ({expected})"),
            _ => value.to_string(),
        }
    }

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
