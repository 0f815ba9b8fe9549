//! Secrets at rest: XChaCha20-Poly1305 with a random nonce; what a secret belongs to is its
//! associated data, so a row copied to another tenant does not open.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::TenancyError;

const NONCE_LEN: usize = 24;

/// 32 secret bytes, written in base64 in settings.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// A fresh key.
    pub fn generate() -> Self {
        Self(rand::random())
    }

    /// Reads 32 bytes in base64.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(text.trim()).map_err(|e| format!("not base64: {e}"))?;
        let bytes = bytes.try_into().map_err(|_| "a key has 32 bytes".to_owned())?;
        Ok(Self(bytes))
    }

    /// The key in base64.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Another key for one purpose, from which this one cannot be told.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"fieldops key derivation v1");
        hash.update(self.0);
        hash.update(purpose.as_bytes());
        Self(hash.finalize().into())
    }

    /// The secret bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Seals and opens secrets.
#[derive(Clone)]
pub struct Vault(XChaCha20Poly1305);

impl Vault {
    /// A vault under this key.
    pub fn new(key: &Key) -> Self {
        Self(XChaCha20Poly1305::new((&key.0).into()))
    }

    /// Seals `secret` for what `owner` names.
    pub fn seal(&self, owner: &str, secret: &[u8]) -> Result<Vec<u8>, TenancyError> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let payload = Payload { msg: secret, aad: owner.as_bytes() };
        let sealed = self
            .0
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| TenancyError::Sealed)?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what was sealed for `owner`.
    pub fn open(&self, owner: &str, sealed: &[u8]) -> Result<Vec<u8>, TenancyError> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(TenancyError::Sealed)?;
        let payload = Payload { msg: body, aad: owner.as_bytes() };
        self.0.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| TenancyError::Sealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_its_key_only() {
        let key = Key::generate();
        let vault = Vault::new(&key);
        let sealed = vault.seal("a", b"secret").unwrap();
        assert_eq!(vault.open("a", &sealed).unwrap(), b"secret");
        assert!(vault.open("b", &sealed).is_err());
        assert!(Vault::new(&key.derive("x")).open("a", &sealed).is_err());
        assert!(vault.open("a", &sealed[..10]).is_err());
        assert_eq!(Key::parse(&key.to_base64()).unwrap().bytes(), key.bytes());
    }
}
