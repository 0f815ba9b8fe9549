//! Checklists and their answers. No I/O.

mod question;

use chrono::{DateTime, Utc};
use kernel::{ChecklistId, ChecklistRunId, PhotoId, TaskId, Timestamp, UserId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use web::Versioned;

pub use self::question::{AnswerError, Kind, PhotoWhen, Question, Value, questions};

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
    /// The photo that proves it.
    pub photo_id: Option<PhotoId>,
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
    /// How many answers to questions that are asked are outside their limits.
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

    /// Takes an answer in, in the place of a former one to the same question. A value outside its
    /// limits is kept and counted: it is what was found. Whoever would take the place of what
    /// somebody else answered says that they saw it (`given.replaces`), else the answer that
    /// stands is given back.
    pub fn take(&mut self, given: Given, by: Option<UserId>, at: Timestamp) -> Result<(), Refused> {
        let asked = self.questions.iter().find(|q| q.key == given.question);
        let asked = asked.ok_or(AnswerError::NoSuchQuestion)?;
        let conforms = asked.judge(&given.value)?;
        let photo = given.photo_id.is_some();
        let bare = match asked.photo {
            Some(PhotoWhen::Always) => !photo,
            Some(PhotoWhen::Nonconforming) => !photo && !conforms,
            None => false,
        };
        if bare {
            return Err(AnswerError::PhotoNeeded.into());
        }
        if let Some(present) = self.answers.iter().find(|a| a.question == given.question)
            && present.answered_by != by
            && given.replaces != Some(present.answered_at)
        {
            return Err(Refused::Answered(Box::new(present.clone())));
        }
        self.answers.retain(|a| a.question != given.question);
        self.answers.push(Answered {
            question: given.question,
            value: given.value,
            conforms,
            photo_id: given.photo_id,
            answered_at: given.answered_at,
            at,
            answered_by: by,
        });
        Ok(())
    }

    /// Counts, and closes the run where every required question that is asked is answered; whether
    /// this closed it. An answer may bring up questions that open it again.
    pub fn close(&mut self, at: Timestamp) -> bool {
        let asked = self.asked();
        let answers: Vec<_> = asked.iter().filter_map(|q| self.answer(&q.key)).collect();
        let broken = answers.iter().filter(|a| !a.conforms).count();
        let open = asked.iter().any(|q| q.required && self.answer(&q.key).is_none());
        self.nonconformities = i32::try_from(broken).unwrap_or(i32::MAX);
        let closes = !open && self.completed_at.is_none();
        if open {
            self.completed_at = None;
        } else if closes {
            self.completed_at = Some(at);
        }
        closes
    }

    /// The answer to a question, asked or not.
    pub fn answer(&self, key: &str) -> Option<&Answered> {
        self.answers.iter().find(|a| a.question == key)
    }

    /// The questions that the answers until now make asked, in their order.
    pub fn asked(&self) -> Vec<&Question> {
        let mut asked: Vec<&Question> = Vec::with_capacity(self.questions.len());
        for question in &self.questions {
            let matches = question.when.as_ref().is_none_or(|when| {
                asked.iter().any(|before| before.key == when.question)
                    && self
                        .answer(&when.question)
                        .is_some_and(|a| when.matches(&a.value, a.conforms))
            });
            if matches {
                asked.push(question);
            }
        }
        asked
    }

    /// How many of the questions that are asked are answered, and how many are.
    pub fn counts(&self) -> (i32, i32) {
        let asked = self.asked();
        let answered = asked.iter().filter(|q| self.answer(&q.key).is_some()).count();
        let number = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        (number(answered), number(asked.len()))
    }
}

/// An answer as it is given.
#[derive(Debug, Clone)]
pub struct Given {
    /// The question's key.
    pub question: String,
    /// What is answered.
    pub value: Value,
    /// The photo that proves it.
    pub photo_id: Option<PhotoId>,
    /// When the answer was given that this one takes the place of.
    pub replaces: Option<Timestamp>,
    /// When, by the device's clock.
    pub answered_at: Timestamp,
}

/// Why an answer is not taken.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    /// It does not fit its question.
    Unfit(AnswerError),
    /// Somebody else answered meanwhile, so.
    Answered(Box<Answered>),
}

impl From<AnswerError> for Refused {
    fn from(error: AnswerError) -> Self {
        Self::Unfit(error)
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
    use validator::Validate;

    use super::question::Condition;
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
            when: None,
            photo: None,
            incident: None,
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

    fn given(question: &str, value: Value) -> Given {
        let question = question.to_owned();
        Given { question, value, photo_id: None, replaces: None, answered_at: now() }
    }

    fn answer(run: &mut Run, question: &str, value: Value) -> Result<(), Refused> {
        run.take(given(question, value), None, now())
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
        assert_eq!((run.counts(), run.nonconformities), ((2, 4), 0));
    }

    #[test]
    fn a_value_outside_its_limits_is_kept_and_counted_until_it_is_corrected() {
        let mut run = run();
        answer(&mut run, "vat", Value::YesNo(false)).unwrap();
        answer(&mut run, "volts", Value::Number(50.1)).unwrap();
        run.close(now());
        assert_eq!(run.nonconformities, 2);
        answer(&mut run, "volts", Value::Number(50.0)).unwrap();
        run.close(now());
        assert_eq!((run.nonconformities, run.counts().0), (1, 2));
    }

    #[test]
    fn an_answer_of_another_kind_is_none() {
        let mut run = run();
        let kinds = |e: Result<(), Refused>| match e.unwrap_err() {
            Refused::Unfit(error) => error,
            Refused::Answered(_) => panic!("nobody answered before"),
        };
        let wrong = AnswerError::WrongKind(Kind::YesNo);
        assert_eq!(kinds(answer(&mut run, "vat", Value::Number(1.0))), wrong);
        let wrong = AnswerError::WrongKind(Kind::Photo);
        assert_eq!(kinds(answer(&mut run, "photo", Value::Text("nothing".into()))), wrong);
        assert_eq!(kinds(answer(&mut run, "note", Value::Text(" ".into()))), AnswerError::BadText);
        let none = AnswerError::NoSuchQuestion;
        assert_eq!(kinds(answer(&mut run, "other", Value::YesNo(true))), none);
        assert_eq!(run.answers, []);
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

    fn conditional() -> Run {
        let when = |question: &str| Condition {
            question: question.into(),
            equals: None,
            min: None,
            max: None,
            conforms: None,
        };
        let mut run = run();
        run.questions = vec![
            question("deep", Kind::Number, true),
            Question {
                when: Some(Condition { min: Some(1.3), ..when("deep") }),
                expected: Some(true),
                ..question("shored", Kind::YesNo, true)
            },
            Question {
                when: Some(Condition { conforms: Some(false), ..when("shored") }),
                ..question("why", Kind::Text, true)
            },
        ];
        run
    }

    #[test]
    fn a_question_is_asked_only_while_what_it_depends_on_is_asked_and_so() {
        let mut run = conditional();
        assert_eq!(run.counts(), (0, 1));
        answer(&mut run, "deep", Value::Number(1.0)).unwrap();
        assert!(run.close(now()), "nothing else is asked");
        answer(&mut run, "deep", Value::Number(2.0)).unwrap();
        assert!(!run.close(now()));
        assert_eq!((run.counts(), run.completed_at), ((1, 2), None), "it is open again");
        answer(&mut run, "shored", Value::YesNo(false)).unwrap();
        answer(&mut run, "why", Value::Text("Terrain rocheux".into())).unwrap();
        assert!(run.close(now()));
        assert_eq!((run.counts(), run.nonconformities), ((3, 3), 1));
        answer(&mut run, "deep", Value::Number(0.8)).unwrap();
        run.close(now());
        assert_eq!(
            (run.counts(), run.nonconformities),
            ((1, 1), 0),
            "what is not asked counts no more"
        );
    }

    #[test]
    fn a_condition_stands_on_a_question_before_and_fits_it() {
        let run = conditional();
        assert!(questions(&run.questions).is_ok());
        let mut later = run.questions.clone();
        later.swap(0, 1);
        let mut own = run.questions.clone();
        own[1].when.as_mut().unwrap().question = "shored".into();
        let mut none = run.questions.clone();
        none[2].when.as_mut().unwrap().question = "other".into();
        for wrong in [later, own, none] {
            assert_eq!(questions(&wrong).unwrap_err().code, "condition_order");
        }
        let mut unfit = run.questions.clone();
        unfit[2].when.as_mut().unwrap().min = Some(1.0);
        let mut backwards = run.questions.clone();
        backwards[1].when.as_mut().unwrap().max = Some(1.0);
        let mut empty = run.questions;
        empty[1].when.as_mut().unwrap().min = None;
        for wrong in [unfit, backwards, empty] {
            assert_eq!(questions(&wrong).unwrap_err().code, "condition");
        }
    }

    #[test]
    fn a_photo_proves_what_must_be_proved() {
        let mut run = run();
        run.questions[1].photo = Some(PhotoWhen::Nonconforming);
        answer(&mut run, "volts", Value::Number(0.0)).unwrap();
        let bare = answer(&mut run, "volts", Value::Number(230.0));
        assert_eq!(bare, Err(AnswerError::PhotoNeeded.into()));
        let photo_id = Some(PhotoId::new());
        run.take(Given { photo_id, ..given("volts", Value::Number(230.0)) }, None, now()).unwrap();
        assert_eq!(run.answer("volts").unwrap().photo_id, photo_id);
        run.questions[0].photo = Some(PhotoWhen::Always);
        let bare = answer(&mut run, "vat", Value::YesNo(true));
        assert_eq!(bare, Err(AnswerError::PhotoNeeded.into()));
    }

    #[test]
    fn nobody_overwrites_unseen_what_somebody_else_answered() {
        let mut run = run();
        let (awa, binta) = (Some(UserId::new()), Some(UserId::new()));
        run.take(given("volts", Value::Number(12.0)), awa, now()).unwrap();
        let unseen = run.take(given("volts", Value::Number(0.0)), binta, now()).unwrap_err();
        assert_eq!(unseen, Refused::Answered(Box::new(run.answers[0].clone())));
        let seen = Given { replaces: Some(now()), ..given("volts", Value::Number(0.0)) };
        run.take(seen, binta, now()).unwrap();
        run.take(given("volts", Value::Number(1.0)), binta, now()).unwrap();
        assert_eq!(run.answer("volts").unwrap().value, Value::Number(1.0));
    }
}
