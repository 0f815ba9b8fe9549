//! What the field listens to: what others keep of what phones show.

use async_trait::async_trait;
use contracts::{
    ChecklistChanged, DocumentChange, DocumentChanged, DocumentVersionChange,
    DocumentVersionChanged, Envelope, Event, ProjectChanged, SiteChanged, WorkerChanged,
};
use events::{ConsumeError, Consumer};

use super::store;

/// Touches what is now shown otherwise on the phones: sites, documents, fellow workers' names, and
/// the tasks with another version of a checklist. It comes after the commit of what it tells of, so
/// whoever is put on a task, or comes to a site, while that is written is not passed over: either
/// is seen here, or sees it.
pub(crate) struct Renamed;

#[async_trait]
impl Consumer for Renamed {
    fn name(&self) -> &'static str {
        "planning.field"
    }

    fn types(&self) -> &'static [&'static str] {
        &[
            ProjectChanged::TYPE,
            SiteChanged::TYPE,
            WorkerChanged::TYPE,
            ChecklistChanged::TYPE,
            DocumentChanged::TYPE,
            DocumentVersionChanged::TYPE,
        ]
    }

    async fn take(
        &self,
        tx: &mut sqlx::PgConnection,
        event: &Envelope,
    ) -> Result<(), ConsumeError> {
        if let Some(news) = event.read::<ProjectChanged>()? {
            store::touch_project(tx, news.project).await?;
        }
        if let Some(news) = event.read::<SiteChanged>()? {
            store::touch_site(tx, news.site).await?;
        }
        if let Some(news) = event.read::<WorkerChanged>()? {
            store::touch_fellows(tx, news.worker).await?;
        }
        if let Some(news) = event.read::<ChecklistChanged>()? {
            store::touch_checklist(tx, news.checklist).await?;
        }
        if let Some(news) = event.read::<DocumentChanged>()?
            && !matches!(news.change, DocumentChange::Expiring | DocumentChange::Acknowledged)
        {
            store::touch_document(tx, news.document, news.project, news.site).await?;
        }
        if let Some(news) = event.read::<DocumentVersionChanged>()?
            && !matches!(
                news.change,
                DocumentVersionChange::Announced | DocumentVersionChange::Read
            )
        {
            store::touch_document(tx, news.document, news.project, news.site).await?;
        }
        Ok(())
    }
}
