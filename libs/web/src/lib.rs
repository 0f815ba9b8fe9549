//! What every service of the house shares at its door: who calls, what was asked, how to answer,
//! and the one way to change something ([`Visit::write`]).

mod answer;
mod app;
mod audit;
pub mod check;
mod content;
mod context;
mod describe;
mod edge;
mod extract;
mod host;
mod hours;
mod idempotency;
mod kept;
mod keys;
mod module;
mod page;
mod part;
mod place;
mod problem;
mod query;
mod roads;
pub mod tus;
mod write;

pub use answer::{Answer, Changed, Created, Done, Found, IfMatch, Reply, Versioned, found_as_of};
pub use app::{App, Parts};
pub use audit::{commitment, detail_of};
pub use content::{Content, Label, made, serve};
pub use context::{Ctx, Device, Platform, PlatformVisit, Visit};
pub use describe::{MatchHeader, NotServed, ReadRefused, WriteHeaders, WriteRefused};
pub use edge::{FORM_LIMIT, INTERNAL_HEADER, REQUEST_ID_HEADER, edge};
pub use extract::{PathId, Valid, nullable, sentence};
pub use host::{Hosted, Hosting};
pub use hours::{Opening, openings};
pub use idempotency::REMEMBERED;
pub use kept::{KeptAnswers, forget_answers, kept_answers};
pub use keys::InternalKeys;
pub use module::{FoundAdmin, Invitee, Module, Seed, SeedFor};
pub use page::{Page, PageParams};
pub use part::{HearsOfImports, Part, TakesImports, Told};
pub use problem::{FieldError, Problem, ProblemBody, answering, current_lang, current_request_id};
pub use query::{Listed, Params};
pub use roads::{BadRoads, Dialect, Roads};
pub use write::Write;
