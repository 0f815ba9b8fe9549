//! Why identity refuses.

use http::StatusCode;
use tenancy::TenancyError;
use web::Problem;

use crate::password::Weakness;

/// What can go wrong in identity.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// E-mail and password do not go together; which of them is wrong is not told.
    #[error("e-mail and password do not match")]
    Credentials,
    /// The account was tried too often; to be tried again after so many seconds.
    #[error("too many failed sign-ins, wait {0} s")]
    TooManyAttempts(u32),
    /// The session has ended, or the refresh token is not one of its own.
    #[error("the session has ended")]
    Session,
    /// The invitation is unknown, used, revoked or expired.
    #[error("the invitation does not hold")]
    Invitation,
    /// The invitation cannot be issued anew: its user has joined.
    #[error("the user has joined already")]
    Joined,
    /// The password cannot be taken.
    #[error("{0}")]
    Password(#[from] Weakness),
    /// Somebody has this e-mail already.
    #[error("a user has this e-mail already")]
    EmailTaken,
    /// The grant at this place is beyond what the caller may give or take.
    #[error("grant {0} is beyond the caller's own")]
    GrantBeyond(usize),
    /// The grant at this place is none that a firm can give.
    #[error("grant {0} makes no sense")]
    GrantSense(usize),
    /// The grant at this place names a project, site or crew that is not there.
    #[error("grant {0} names something unknown")]
    GrantScope(usize),
    /// The user is beyond what the caller may change.
    #[error("the user is above the caller")]
    Above,
    /// Nobody would be left to manage the users.
    #[error("the last admin cannot be removed")]
    LastAdmin,
    /// No such user or invitation.
    #[error("not found")]
    NotFound,
    /// Too many passwords are being checked.
    #[error("too many passwords are being checked")]
    Busy,
    /// Argon2 failed.
    #[error("password hash: {0}")]
    Hash(String),
    /// The signing key could not be used.
    #[error(transparent)]
    Token(#[from] auth::TokenError),
    /// A tenant's data or a sealed secret could not be reached.
    #[error(transparent)]
    Tenancy(#[from] TenancyError),
    /// PostgreSQL said no.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The web layer said no.
    #[error("{}", .0.code())]
    Problem(Box<Problem>),
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Credentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "credentials",
                "E-mail ou mot de passe incorrect",
                "Wrong e-mail or password",
            ),
            Error::TooManyAttempts(seconds) => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-attempts",
                "Trop d'essais pour ce compte ; réessayez plus tard",
                "Too many attempts for this account; try again later",
            )
            .retry_after(seconds),
            Error::Session => Self::new(
                StatusCode::UNAUTHORIZED,
                "session-ended",
                "La session est terminée : reconnectez-vous",
                "The session has ended: sign in again",
            ),
            Error::Invitation => Self::invalid().field(
                "/token",
                "invitation",
                "invitation inconnue, déjà utilisée, retirée ou expirée : demandez-en une nouvelle",
                "this invitation is unknown, used, revoked or expired: ask for a new one",
            ),
            Error::Joined => Self::conflict(
                "already-joined",
                "Cette personne a déjà rejoint l'entreprise",
                "This person has joined already",
            ),
            Error::Password(weakness) => {
                let (fr, en) = weakness.sentences();
                Self::invalid().field("/password", "password", fr, en)
            }
            Error::EmailTaken => Self::conflict(
                "email-taken",
                "Un utilisateur a déjà cette adresse e-mail",
                "A user has this e-mail address already",
            ),
            Error::GrantBeyond(index) => Self::forbidden().field(
                format!("/grants/{index}"),
                "beyond",
                "vous ne pouvez pas donner plus que ce que vous avez",
                "you cannot give more than you have",
            ),
            Error::GrantSense(index) => Self::invalid().field(
                format!("/grants/{index}"),
                "grant",
                "ce rôle ne se donne pas, ou pas avec cette portée",
                "this role cannot be given, or not with this scope",
            ),
            Error::GrantScope(index) => Self::invalid().field(
                format!("/grants/{index}/scope/id"),
                "unknown",
                "projet, chantier ou équipe inconnu",
                "unknown project, site or crew",
            ),
            Error::Above => Self::forbidden(),
            Error::LastAdmin => Self::conflict(
                "last-admin",
                "Il faut au moins un administrateur actif",
                "At least one active admin must remain",
            ),
            Error::NotFound => Self::not_found(),
            Error::Busy => Self::unavailable(2),
            Error::Hash(_) | Error::Token(_) => Self::internal(error),
            Error::Tenancy(error) => error.into(),
            Error::Database(error) => error.into(),
            Error::Problem(problem) => *problem,
        }
    }
}
