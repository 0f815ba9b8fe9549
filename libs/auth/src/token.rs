//! Ed25519 tokens (RFC 8037). The access token follows RFC 9068: its header says `at+jwt`, so an
//! identity token is never taken for one. Expiry is read against the given clock, without leeway.

use std::collections::HashMap;

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::{Service, TenantId, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::caller::Caller;

/// How long an access token holds: ten minutes.
pub const ACCESS_TTL_SECS: i64 = 600;
/// How long an internal token holds: long enough for one hop and a slow start of it.
pub const INTERNAL_TTL_SECS: i64 = 60;

const ISSUER: &str = "fieldops";
const ACCESS_TYPE: &str = "at+jwt";
const INTERNAL_TYPE: &str = "internal+jwt";

/// Why a token is refused. What it was exactly is for the log, not for the caller.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours: form, type, algorithm, key, signature, issuer or audience.
    #[error("the token is not valid here: {0}")]
    Invalid(String),
    /// Past its time.
    #[error("the token has expired")]
    Expired,
    /// The key could not be used.
    #[error("the signing key cannot be used: {0}")]
    Key(String),
}

/// Whom an access token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Audience {
    /// A tenant's API.
    #[serde(rename = "fieldops-api")]
    Tenant,
    /// The platform's own API.
    #[serde(rename = "fieldops-platform")]
    Platform,
}

/// A key that signs, with its id.
pub struct KeyPair {
    /// The key's id.
    pub kid: String,
    secret: SigningKey,
    encoding: EncodingKey,
}

impl KeyPair {
    /// A key from its 32 secret bytes.
    pub fn from_secret(kid: impl Into<String>, secret: &[u8; 32]) -> Result<Self, TokenError> {
        let secret = SigningKey::from_bytes(secret);
        let der = secret.to_pkcs8_der().map_err(|e| TokenError::Key(e.to_string()))?;
        let encoding = EncodingKey::from_ed_der(der.as_bytes());
        Ok(Self { kid: kid.into(), secret, encoding })
    }

    /// A fresh key.
    pub fn generate() -> Result<Self, TokenError> {
        let secret: [u8; 32] = rand::random();
        Self::from_secret(uuid::Uuid::now_v7().simple().to_string(), &secret)
    }

    /// The half that may be shown.
    pub fn public(&self) -> PublicKey {
        PublicKey { kid: self.kid.clone(), bytes: self.secret.verifying_key().to_bytes() }
    }

    /// The secret half, to be sealed before it is stored.
    pub fn secret_bytes(&self) -> [u8; 32] {
        self.secret.to_bytes()
    }

    fn sign<T: Serialize>(&self, typ: &str, claims: &T) -> Result<String, TokenError> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.encoding)
            .map_err(|e| TokenError::Key(e.to_string()))
    }
}

/// The public half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// The key's id.
    pub kid: String,
    /// The 32 bytes of the Ed25519 point.
    pub bytes: [u8; 32],
}

/// The public keys that are trusted now.
#[derive(Clone, Default)]
pub struct KeySet(HashMap<String, DecodingKey>);

impl KeySet {
    /// Whether the key of this id is among them.
    pub fn knows(&self, kid: &str) -> bool {
        self.0.contains_key(kid)
    }

    fn read<T: DeserializeOwned>(&self, token: &str, typ: &str) -> Result<T, TokenError> {
        let invalid = |e: jsonwebtoken::errors::Error| TokenError::Invalid(e.to_string());
        let header = jsonwebtoken::decode_header(token).map_err(invalid)?;
        if header.typ.as_deref() != Some(typ) {
            return Err(TokenError::Invalid(format!("its type is {:?}", header.typ)));
        }
        let kid = header.kid.unwrap_or_default();
        let key =
            self.0.get(&kid).ok_or_else(|| TokenError::Invalid(format!("unknown key {kid}")))?;
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.validate_exp = false; // read below, against our clock
        rules.validate_aud = false; // part of the claims' type
        rules.required_spec_claims.clear();
        rules.set_issuer(&[ISSUER]);
        rules.set_required_spec_claims(&["iss"]);
        jsonwebtoken::decode(token, key, &rules).map(|t| t.claims).map_err(invalid)
    }
}

impl FromIterator<PublicKey> for KeySet {
    fn from_iter<I: IntoIterator<Item = PublicKey>>(keys: I) -> Self {
        Self(keys.into_iter().map(|k| (k.kid, DecodingKey::from_ed_der(&k.bytes))).collect())
    }
}

/// The id of the key a token claims to be signed with, unverified.
pub fn peek_kid(token: &str) -> Option<String> {
    jsonwebtoken::decode_header(token).ok()?.kid
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Access {
    iss: String,
    /// Whom it is for.
    pub aud: Audience,
    /// The tenant; none for the platform's admins.
    #[serde(rename = "tid", default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Who carries it.
    #[serde(flatten)]
    pub caller: Caller,
    /// Made at, in Unix seconds.
    pub iat: i64,
    /// Holds until, in Unix seconds.
    pub exp: i64,
}

/// Makes an access token for a tenant's user, or for a platform admin where there is no tenant.
pub fn mint_access(
    key: &KeyPair,
    tenant: Option<TenantId>,
    caller: Caller,
    now: Timestamp,
) -> Result<String, TokenError> {
    let aud = if tenant.is_some() { Audience::Tenant } else { Audience::Platform };
    let iat = now.timestamp();
    let claims =
        Access { iss: ISSUER.to_owned(), aud, tenant, caller, iat, exp: iat + ACCESS_TTL_SECS };
    key.sign(ACCESS_TYPE, &claims)
}

/// Reads an access token: our key, our issuer, this audience, a tenant exactly where one belongs,
/// not expired.
pub fn verify_access(
    keys: &KeySet,
    token: &str,
    audience: Audience,
    now: Timestamp,
) -> Result<Access, TokenError> {
    let access: Access = keys.read(token, ACCESS_TYPE)?;
    if access.aud != audience || (audience == Audience::Tenant) != access.tenant.is_some() {
        return Err(TokenError::Invalid("meant for another audience".to_owned()));
    }
    if now.timestamp() >= access.exp {
        return Err(TokenError::Expired);
    }
    Ok(access)
}

/// What an internal token says: the gateway vouches for this caller at this tenant, to one service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Internal {
    iss: String,
    aud: String,
    /// The tenant of the host; none on the platform's host.
    #[serde(rename = "tid", default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// Who calls; none before sign-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// Holds until, in Unix seconds.
    pub exp: i64,
}

/// Makes the token by which `service` trusts the gateway's word.
pub fn mint_internal(
    key: &KeyPair,
    service: Service,
    tenant: Option<TenantId>,
    caller: Option<Caller>,
    now: Timestamp,
) -> Result<String, TokenError> {
    let claims = Internal {
        iss: ISSUER.to_owned(),
        aud: service.name().to_owned(),
        tenant,
        caller,
        exp: now.timestamp() + INTERNAL_TTL_SECS,
    };
    key.sign(INTERNAL_TYPE, &claims)
}

/// Reads an internal token meant for `service`.
pub fn verify_internal(
    keys: &KeySet,
    token: &str,
    service: Service,
    now: Timestamp,
) -> Result<Internal, TokenError> {
    let internal: Internal = keys.read(token, INTERNAL_TYPE)?;
    if internal.aud != service.name() {
        return Err(TokenError::Invalid(format!("meant for {}", internal.aud)));
    }
    if now.timestamp() >= internal.exp {
        return Err(TokenError::Expired);
    }
    Ok(internal)
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use jsonwebtoken::{EncodingKey, Header};
    use kernel::{Clock, SessionId, SystemClock, UserId};

    use super::*;

    fn caller() -> Caller {
        Caller {
            user: UserId::new(),
            session: SessionId::new(),
            grants: Vec::new(),
            worker: None,
            mates: Vec::new(),
        }
    }

    #[test]
    fn a_token_holds_for_its_audience_its_key_and_its_time_only() {
        let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let keys: KeySet = [key.public()].into_iter().collect();
        let now = SystemClock.now();
        let token = mint_access(&key, Some(TenantId::new()), caller(), now).unwrap();
        let read = |token: &str, aud, at| verify_access(&keys, token, aud, at);
        assert!(read(&token, Audience::Tenant, now).is_ok());
        assert!(read(&token, Audience::Platform, now).is_err());
        let late = now + Duration::seconds(ACCESS_TTL_SECS);
        assert!(matches!(read(&token, Audience::Tenant, late), Err(TokenError::Expired)));
        let foreign = mint_access(&other, Some(TenantId::new()), caller(), now).unwrap();
        assert!(read(&foreign, Audience::Tenant, now).is_err());
        let internal = mint_internal(&key, Service::Planning, None, None, now).unwrap();
        assert!(read(&internal, Audience::Tenant, now).is_err());
        assert!(verify_internal(&keys, &internal, Service::Planning, now).is_ok());
        assert!(verify_internal(&keys, &internal, Service::Proofs, now).is_err());
        assert!(verify_internal(&keys, &token, Service::Planning, now).is_err());
    }

    #[test]
    fn the_public_key_used_as_an_hmac_secret_signs_nothing() {
        let key = KeyPair::generate().unwrap();
        let keys: KeySet = [key.public()].into_iter().collect();
        let now = SystemClock.now();
        let genuine = mint_access(&key, Some(TenantId::new()), caller(), now).unwrap();
        let claims: serde_json::Value =
            jsonwebtoken::dangerous::insecure_decode_claims(&genuine).unwrap();
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.kid.clone());
        let secret = EncodingKey::from_secret(&key.public().bytes);
        let forged = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
        assert!(verify_access(&keys, &forged, Audience::Tenant, now).is_err());
    }
}
