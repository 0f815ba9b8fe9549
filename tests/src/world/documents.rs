//! The firm's documents: one on `site` that was uploaded and read, with an upload that waits.

use anyhow::{Context, Result};
use serde_json::json;

use super::{World, id, until};
use crate::calls::{ANNOUNCED, Things};

impl World {
    pub(super) async fn documents(&mut self) -> Result<()> {
        let lead = self.team.lead.clone();
        let new = json!({"project_id": self.things["project"], "site_id": self.things["site"],
                         "kind": "plan", "name": self.site_mark, "released": true});
        let document = self.put("document", &lead.post("/v1/documents", &new).await?)?;
        let picture = testkit::photos::png();
        let new = json!({"file_name": "plan.png", "size": picture.len()});
        let versions = format!("/v1/documents/{document}/versions");
        let version = self.put("document_version", &lead.post(&versions, &new).await?)?;
        let length = picture.len().to_string();
        let of = format!("version_id {}", crate::calls::base64(&version));
        let tus = lead.with("tus-resumable", "1.0.0");
        let begin = tus.with("upload-length", &length).with("upload-metadata", &of);
        begin.raw(reqwest::Method::POST, "/v1/document-uploads", None).await?.ok()?;
        let at = format!("/v1/document-uploads/{version}");
        let body = Some(("application/offset+octet-stream", picture));
        let piece = tus.with("upload-offset", "0");
        piece.raw(reqwest::Method::PATCH, &at, body).await?.ok()?;
        let announced = self.announce_version().await?;
        self.things.insert("announced_version", announced);
        let waits = self.document_upload().await?;
        self.things.insert("document_upload", waits);
        let path = format!("/v1/document-versions/{version}");
        until("the document is read", async || Ok(lead.get(&path).await?["text"] != "pending"))
            .await
    }

    async fn announce_version(&self) -> Result<String> {
        let new = json!({"file_name": "plan-2.png", "size": ANNOUNCED});
        let versions = format!("/v1/documents/{}/versions", self.things["document"]);
        id(&self.team.lead.post(&versions, &new).await?)
    }

    /// The upload of a version, begun.
    pub(super) async fn document_upload(&self) -> Result<String> {
        let version = self.announce_version().await?;
        let things = Things::from([("announced_version", version.clone())]);
        let all = crate::calls::operations();
        let begin = all.iter().find(|o| o.id == "create_document_upload");
        let begin = begin.context("create_document_upload")?;
        begin.call(&things).by(&self.team.lead).await?.ok()?;
        Ok(version)
    }
}
