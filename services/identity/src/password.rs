//! Passwords: Argon2id with the parameters that OWASP's password storage cheat sheet names
//! (19 MiB, two passes, one lane). At most two are worked on at once, which bounds the memory.

use std::time::Duration;

use argon2::password_hash::SaltString;
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::Error;

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Argon2 at work in this process.
static SEATS: Semaphore = Semaphore::const_new(2);
/// How long a request waits for a seat.
const QUEUE: Duration = Duration::from_secs(5);

/// Stands for the hash of an account that is not there, so that it takes the same time: no
/// password is known to give it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ibw\
                      $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The most common passwords that are long enough to be taken otherwise (from the published lists
/// of leaked ones), in lower case.
const COMMON: [&str; 32] = [
    "123456789012",
    "1234567890123",
    "12345678901234",
    "123456789123",
    "1234567891011",
    "012345678910",
    "0123456789012",
    "987654321098",
    "121212121212",
    "123123123123",
    "abcdefghijkl",
    "abcdefghijklmnop",
    "azertyuiop123",
    "azertyuiop1234",
    "azertyuiopqs",
    "azertyuiopqsdfghjklm",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopas",
    "qwertyuiopasdfghjkl",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "password1234",
    "password12345",
    "passwordpassword",
    "motdepasse12",
    "motdepasse123",
    "motdepasse1234",
    "administrateur",
    "administrator",
    "iloveyou1234",
    "letmeinletmein",
];

/// Why a password cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Shorter than 12 characters or longer than 200.
    #[error("a password has 12 to 200 characters")]
    Length,
    /// One of those that are tried first.
    #[error("this password is among the most common ones")]
    Common,
}

impl Weakness {
    /// The reason in French and in English.
    pub fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Length => (
                "un mot de passe compte 12 à 200 caractères",
                "a password has 12 to 200 characters",
            ),
            Self::Common => (
                "ce mot de passe est parmi les plus courants : choisissez-en un autre",
                "this password is among the most common ones: choose another",
            ),
        }
    }
}

/// Refuses what is guessed first.
pub(crate) fn check(password: &str) -> Result<(), Weakness> {
    if !(12..=200).contains(&password.chars().count()) {
        return Err(Weakness::Length);
    }
    let lower = password.to_lowercase();
    let one_letter = lower.chars().skip(1).all(|c| lower.starts_with(c));
    if one_letter || COMMON.contains(&lower.as_str()) {
        return Err(Weakness::Common);
    }
    Ok(())
}

/// The hash to store, in PHC form.
pub(crate) async fn hash(password: String) -> Result<String, Error> {
    check(&password)?;
    work(move || {
        let fail = |e: argon2::password_hash::Error| Error::Hash(e.to_string());
        let params =
            Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|e| Error::Hash(e.to_string()))?;
        let salt = SaltString::encode_b64(&rand::random::<[u8; 16]>()).map_err(fail)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(fail)
    })
    .await
}

/// Whether the password gives the stored hash. Without one it takes as long, and is false.
pub(crate) async fn verify(password: String, stored: Option<String>) -> Result<bool, Error> {
    work(move || {
        let stored = stored.as_deref().unwrap_or(NOBODY);
        let hash = PasswordHash::new(stored).map_err(|e| Error::Hash(e.to_string()))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    })
    .await
}

/// Runs `job` on a thread of its own. The seat goes with it: a caller that went away frees nothing
/// before the work is really over.
async fn work<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let seat: SemaphorePermit<'static> = tokio::time::timeout(QUEUE, SEATS.acquire())
        .await
        .map_err(|_| Error::Busy)?
        .map_err(|_| Error::Busy)?;
    tokio::task::spawn_blocking(move || {
        let outcome = job();
        drop(seat);
        outcome
    })
    .await
    .map_err(|e| Error::Hash(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_common_and_monotonous_passwords_are_refused() {
        assert_eq!(check("onze lettre"), Err(Weakness::Length));
        assert_eq!(check(&"é".repeat(201)), Err(Weakness::Length));
        assert_eq!(check("MotDePasse123"), Err(Weakness::Common));
        assert_eq!(check("aaaaAAAAaaaa"), Err(Weakness::Common));
        assert_eq!(check("douze lettres"), Ok(()));
    }

    #[tokio::test]
    async fn a_password_gives_its_own_hash_and_nobody_has_one() {
        let stored = hash("chantier de Thiès".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("chantier de Thiès".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!verify("chantier de Thies".to_owned(), Some(stored)).await.unwrap());
        assert!(!verify("chantier de Thiès".to_owned(), None).await.unwrap());
    }
}
