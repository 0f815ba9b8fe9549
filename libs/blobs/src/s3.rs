//! Blobs in an S3 bucket.
//!
//! S3 takes parts of 5 MiB at least, a phone sends what it can: so the bytes of an open upload wait
//! as small objects, *pieces*, and [`BlobStore::finish`] streams them into the blob (see
//! [`pieces`]). S3 shows an object only when it is complete.

mod pieces;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use aws_sdk_s3::config::{RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream as S3Body;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use bytes::Bytes;
use futures::{StreamExt, stream};

use crate::{Blob, BlobError, BlobKey, BlobStore, ByteStream, Stored};

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// Attempts at one call, the first included.
const ATTEMPTS: u32 = 3;

/// Which bucket, and who we are there.
#[derive(Clone)]
pub struct S3Settings {
    /// Address of the server, such as `https://s3.example` or `http://127.0.0.1:9000`.
    pub endpoint: String,
    /// Region that requests are signed for.
    pub region: String,
    /// The bucket's name; it stands in the path, not in the host name.
    pub bucket: String,
    /// Access key id.
    pub key: String,
    /// Secret access key. Never shown.
    pub secret: String,
    /// Longest wait for one attempt at a call; all attempts together have twice that.
    pub timeout: Duration,
}

impl S3Settings {
    /// A good [`S3Settings::timeout`]: a part of 8 MiB at 280 kB/s.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, region, bucket, key, .. } = self;
        write!(f, "S3Settings({key} at {endpoint}/{bucket}, region {region})")
    }
}

/// A blob store in an S3 bucket.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: Client,
    bucket: String,
}

impl S3Store {
    /// Makes a client. Nothing is sent yet.
    pub fn open(settings: &S3Settings) -> Result<Self, BlobError> {
        if !settings.endpoint.starts_with("http://") && !settings.endpoint.starts_with("https://") {
            return Err(BlobError::Invalid("the S3 endpoint must begin with http:// or https://"));
        }
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(settings.timeout)
            .operation_timeout(settings.timeout * 2)
            .build();
        let stalls = StalledStreamProtectionConfig::enabled().grace_period(settings.timeout);
        let credentials = Credentials::new(&settings.key, &settings.secret, None, None, "settings");
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(&settings.endpoint)
            .region(Region::new(settings.region.clone()))
            .credentials_provider(credentials)
            .force_path_style(true)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .stalled_stream_protection(stalls.build())
            // Requests sign their body's SHA-256 already; not every S3 server knows these headers.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Ok(Self { client: Client::from_conf(config), bucket: settings.bucket.clone() })
    }

    async fn put_object(&self, name: &str, content: Bytes) -> Result<(), BlobError> {
        let put = self.client.put_object().bucket(&self.bucket).key(name);
        put.body(S3Body::from(content)).send().await.map_err(refused)?;
        Ok(())
    }

    async fn open_object(&self, name: &str) -> Result<Blob, BlobError> {
        self.open_part(name, None).await
    }

    async fn open_part(&self, name: &str, range: Option<String>) -> Result<Blob, BlobError> {
        let get = self.client.get_object().bucket(&self.bucket).key(name).set_range(range);
        let answer = get.send().await.map_err(refused)?;
        let len = answer.content_length().and_then(|len| u64::try_from(len).ok());
        let len = len.ok_or_else(|| BlobError::Unavailable("S3 told no length".into()))?;
        let body = stream::unfold(answer.body, |mut body| async {
            let chunk = body.next().await?;
            Some((chunk.map_err(std::io::Error::other), body))
        });
        Ok(Blob { len, body: body.boxed() })
    }

    /// Names of the objects whose names begin with `prefix`.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, BlobError> {
        let list = self.client.list_objects_v2().bucket(&self.bucket).prefix(prefix);
        let mut pages = list.into_paginator().send();
        let mut names = Vec::new();
        while let Some(page) = pages.next().await {
            let objects = page.map_err(refused)?.contents.unwrap_or_default();
            names.extend(objects.into_iter().filter_map(|object| object.key));
        }
        Ok(names)
    }

    /// Removes objects, a thousand in a call; those that are gone already don't matter.
    async fn remove(&self, names: &[String]) -> Result<(), BlobError> {
        for names in names.chunks(1000) {
            let ids = names.iter().map(|name| ObjectIdentifier::builder().key(name).build());
            let ids = ids.collect::<Result<_, _>>().map_err(BlobError::unavailable)?;
            let delete = Delete::builder()
                .set_objects(Some(ids))
                .quiet(true)
                .build()
                .map_err(BlobError::unavailable)?;
            let call = self.client.delete_objects().bucket(&self.bucket).delete(delete);
            let answer = call.send().await.map_err(refused)?;
            if let Some(error) = answer.errors().first() {
                return Err(BlobError::Unavailable(format!("S3 did not delete: {error:?}")));
            }
        }
        Ok(())
    }
}

#[async_trait]
impl BlobStore for S3Store {
    async fn put(&self, key: &BlobKey, content: Bytes) -> Result<Stored, BlobError> {
        let stored = Stored::of(&content);
        self.put_object(key.as_str(), content).await?;
        Ok(stored)
    }

    async fn get(&self, key: &BlobKey) -> Result<Blob, BlobError> {
        self.open_object(key.as_str()).await
    }

    async fn get_range(&self, key: &BlobKey, from: u64, len: u64) -> Result<ByteStream, BlobError> {
        let bytes = format!("bytes={from}-{}", from + len.max(1) - 1);
        Ok(self.open_part(key.as_str(), Some(bytes)).await?.body)
    }

    async fn head(&self, key: &BlobKey) -> Result<u64, BlobError> {
        let head = self.client.head_object().bucket(&self.bucket).key(key.as_str());
        let answer = head.send().await.map_err(refused)?;
        Ok(answer.content_length().and_then(|len| u64::try_from(len).ok()).unwrap_or_default())
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(key.as_str());
        delete.send().await.map_err(refused)?;
        Ok(())
    }

    async fn delete_prefix(&self, prefix: &BlobKey) -> Result<(), BlobError> {
        self.remove(&self.list(&format!("{prefix}/")).await?).await
    }

    async fn begin_upload(&self, key: &BlobKey) -> Result<u64, BlobError> {
        pieces::begin(self, key).await
    }

    async fn upload_offset(&self, key: &BlobKey) -> Result<u64, BlobError> {
        Ok(pieces::Upload::find(self, key).await?.offset())
    }

    async fn append(&self, key: &BlobKey, offset: u64, body: ByteStream) -> Result<u64, BlobError> {
        pieces::append(self, key, offset, body).await
    }

    async fn finish(&self, key: &BlobKey, len: u64) -> Result<Stored, BlobError> {
        pieces::finish(self, key, len).await
    }

    async fn abort(&self, key: &BlobKey) -> Result<(), BlobError> {
        pieces::clear(self, key).await
    }
}

/// Says what an error of S3 means for the caller. A refused secret is an outage: nobody but the
/// operator can help, and the call may be made again when they did.
fn refused<E>(error: SdkError<E>) -> BlobError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let status = error.raw_response().map(|answer| answer.status().as_u16());
    match (status, error.code()) {
        (Some(404), code) if code != Some("NoSuchBucket") => BlobError::NotFound,
        (Some(507), _) | (_, Some("XMinioStorageFull" | "QuotaExceeded")) => BlobError::Full,
        _ => BlobError::unavailable(error),
    }
}
