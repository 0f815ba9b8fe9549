//! What a report is and how it comes to be.

use auth::Target;
use chrono::{DateTime, NaiveDate, Utc};
use contracts::{ReportChange, ReportChanged};
use kernel::{Lang, ProjectId, ReportId, SiteId, UserId};
use serde::{Deserialize, Serialize};
use validator::Validate;
use web::{Versioned, check};

/// Declares an enum with its word in JSON and in the database.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }
        impl $name {
            /// The word in JSON and in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(word: String) -> Result<Self, String> {
                match word.as_str() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("unknown word: {word}")),
                }
            }
        }
    };
}

words! {
    /// What a report tells.
    ReportKind {
        /// One day of one site.
        Day = "day",
    }
}

words! {
    /// How a report is laid out.
    ReportFormat {
        /// Pages to read and print.
        Pdf = "pdf",
        /// Sheets to reckon with.
        Xlsx = "xlsx",
    }
}

words! {
    /// Where a report stands.
    ReportState {
        /// Being made.
        Requested = "requested",
        /// Its file is there.
        Ready = "ready",
        /// It could not be made.
        Failed = "failed",
    }
}

impl ReportFormat {
    /// The file's media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// The word of a language in the database.
pub fn lang_word(lang: Lang) -> &'static str {
    match lang {
        Lang::Fr => "fr",
        Lang::En => "en",
    }
}

/// A report that is asked for.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReport {
    /// Its id, if the caller chooses it.
    pub id: Option<ReportId>,
    /// What it tells.
    pub kind: ReportKind,
    /// Of which site.
    pub site_id: SiteId,
    /// Of which day, in the site's own time zone.
    #[validate(custom(function = check::day))]
    pub day: NaiveDate,
    /// How it is laid out.
    pub format: ReportFormat,
    /// In which language; French unless said otherwise.
    #[serde(default)]
    pub lang: Lang,
}

/// A report.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// The version; higher is newer.
    pub version: i64,
    /// What it tells.
    pub kind: ReportKind,
    /// Of which site.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// Of which day.
    pub day: NaiveDate,
    /// How it is laid out.
    pub format: ReportFormat,
    /// In which language.
    pub lang: Lang,
    /// Where it stands.
    pub state: ReportState,
    /// Who asked for it.
    pub requested_by: Option<UserId>,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// When its file was made.
    pub made_at: Option<DateTime<Utc>>,
    /// The file's length in bytes.
    pub size: Option<i64>,
    /// The file's SHA-256, in hexadecimal.
    pub sha256: Option<String>,
    /// The SHA-256 of what the report says, in hexadecimal; it is printed on every page.
    pub seal: Option<String>,
    /// Where the file is kept.
    #[serde(skip)]
    pub blob_key: Option<String>,
}

impl Versioned for Report {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Report {
    /// A report as it is asked for.
    pub fn request(new: NewReport, project: ProjectId, by: UserId, now: DateTime<Utc>) -> Self {
        Self {
            id: new.id.unwrap_or_else(ReportId::new),
            version: 1,
            kind: new.kind,
            site_id: new.site_id,
            project_id: project,
            day: new.day,
            format: new.format,
            lang: new.lang,
            state: ReportState::Requested,
            requested_by: Some(by),
            requested_at: now,
            made_at: None,
            size: None,
            sha256: None,
            seal: None,
            blob_key: None,
        }
    }

    /// What decides who may see it.
    pub fn target(&self) -> Target {
        Target::site(self.project_id, self.site_id)
    }

    /// The event of a change.
    pub fn changed(&self, change: ReportChange) -> ReportChanged {
        ReportChanged { report: self.id, version: self.version, change }
    }

    /// The name its file is saved under.
    pub fn file_name(&self) -> String {
        let word = match self.lang {
            Lang::Fr => "rapport",
            Lang::En => "report",
        };
        format!("{word}-{}.{}", self.day, self.format.as_str())
    }
}
