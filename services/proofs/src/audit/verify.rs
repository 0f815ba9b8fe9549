//! Recomputes everything that the trail promises and names what does not hold: the links, the
//! personal parts against what stands for them, the chain's head, and the stored bytes.

use blobs::{BlobError, BlobKey};
use futures::TryStreamExt;
use kernel::{AuditId, Lang, PhotoId, SignatureId, TenantId};
use serde::Serialize;
use sha2::{Digest, Sha256};
use web::{App, commitment, current_lang};

use super::chain::{link, origin};
use super::seal::{keep_head, seal_all};
use super::store::{self, Kept, Sealed, Tip};
use crate::Error;

/// How many links are read at a time.
const PAGE: i64 = 500;
/// How many faults are named; beyond that there is no point.
const NAMED: usize = 1000;

/// What a verification found.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct Verification {
    /// Whether all holds.
    pub ok: bool,
    /// Entries in the trail.
    pub entries: i64,
    /// Entries that a link covers.
    pub sealed: i64,
    /// Entries that wait for their link.
    pub unsealed: i64,
    /// Entries whose personal part was erased; their links hold without it.
    pub erased: i64,
    /// Photos whose bytes were hashed again.
    pub photos: i64,
    /// Signatures whose bytes were hashed again.
    pub signatures: i64,
    /// What does not hold, at most 1000.
    pub faults: Vec<Fault>,
}

/// Something that does not hold.
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct Fault {
    /// What it is.
    pub what: FaultKind,
    /// The place in the chain, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<i64>,
    /// The entry, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_id: Option<AuditId>,
    /// The photo, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photo_id: Option<PhotoId>,
    /// The signature, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature_id: Option<SignatureId>,
    /// A sentence for people.
    pub detail: String,
}

/// The kinds of faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// An entry is not as it was sealed.
    #[default]
    EntryChanged,
    /// An entry that a link covers is gone.
    EntryMissing,
    /// An entry stands in the trail without ever having been sealed.
    EntryUnlinked,
    /// The personal part of an entry is not as it was written.
    DetailChanged,
    /// A link's own hash was changed.
    LinkChanged,
    /// A link was taken out.
    LinkMissing,
    /// The chain ends before what was sealed.
    ChainTruncated,
    /// The chain is another than the one that was sealed.
    ChainRewritten,
    /// The stored bytes are others than were received.
    BytesChanged,
    /// The stored bytes are gone.
    BytesMissing,
    /// The record's hash is not the one the trail remembers.
    HashChanged,
}

impl FaultKind {
    fn sentence(self, lang: Lang) -> &'static str {
        let (fr, en) = match self {
            Self::EntryChanged => ("L'entrée a été modifiée", "The entry was changed"),
            Self::EntryMissing => ("L'entrée a disparu", "The entry is gone"),
            Self::EntryUnlinked => {
                ("L'entrée n'a pas de maillon", "The entry has no link in the chain")
            }
            Self::DetailChanged => (
                "Le détail de l'entrée (qui, où, valeurs) a été modifié",
                "The entry's detail (who, where, values) was changed",
            ),
            Self::LinkChanged => ("Le maillon a été modifié", "The link was changed"),
            Self::LinkMissing => ("Un maillon a disparu", "A link is gone"),
            Self::ChainTruncated => (
                "La chaîne s'arrête avant ce qui a été scellé",
                "The chain ends before what was sealed",
            ),
            Self::ChainRewritten => (
                "La chaîne n'est plus celle qui a été scellée",
                "The chain is no longer the one that was sealed",
            ),
            Self::BytesChanged => (
                "Le fichier conservé n'est plus celui qui a été reçu",
                "The stored file is not the one that was received",
            ),
            Self::BytesMissing => ("Le fichier a disparu", "The file is gone"),
            Self::HashChanged => (
                "L'empreinte enregistrée n'est pas celle du journal",
                "The recorded hash is not the one in the trail",
            ),
        };
        if lang == Lang::Fr { fr } else { en }
    }
}

/// Verifies a tenant's whole trail; with `with_photos` also reads every stored photo and signature
/// again. Memory stays bounded; the time grows with what there is. What waits is sealed first.
pub async fn verify(app: &App, tenant: TenantId, with_photos: bool) -> Result<Verification, Error> {
    seal_all(app, tenant).await?;
    let head = store::head(app.tenants.control(), tenant).await?;
    let mut walk = Walk::from(origin(tenant), head);
    loop {
        let page = {
            let mut db = app.tenants.conn(tenant).await?;
            store::links(&mut db, walk.position, PAGE).await?
        };
        let last = page.len() < PAGE as usize;
        for link in &page {
            walk.step(link);
        }
        if last {
            break;
        }
    }
    let mut found = walk.end();
    {
        let mut db = app.tenants.conn(tenant).await?;
        let (entries, loose) = store::census(&mut db).await?;
        found.entries = entries;
        found.unsealed = store::pending(&mut db).await?;
        for entry in loose {
            let fault = Fault { entry_id: Some(entry), ..Fault::default() };
            found.name(FaultKind::EntryUnlinked, fault);
        }
    }
    if found.faults.is_empty() {
        keep_head(app, tenant).await?;
    }
    if with_photos {
        bytes(app, tenant, &mut found).await?;
    }
    found.ok = found.faults.is_empty();
    Ok(found)
}

impl Verification {
    fn name(&mut self, what: FaultKind, fault: Fault) {
        if self.faults.len() < NAMED {
            let detail = what.sentence(current_lang()).to_owned();
            self.faults.push(Fault { what, detail, ..fault });
        }
    }
}

/// The way along the chain.
struct Walk {
    found: Verification,
    /// The position that was looked at last.
    position: i64,
    /// The hash that the next link must follow; none after a gap.
    before: Option<Vec<u8>>,
    /// The link before did not hold: its fault's index, and the hash it should have had. Whether
    /// the entry or the link itself was changed shows at the link after it.
    suspect: Option<(usize, [u8; 32])>,
    head: Option<Tip>,
}

impl Walk {
    fn from(origin: [u8; 32], head: Option<Tip>) -> Self {
        Self {
            found: Verification::default(),
            position: 0,
            before: Some(origin.to_vec()),
            suspect: None,
            head,
        }
    }

    fn step(&mut self, sealed: &Sealed) {
        let at = Fault {
            position: Some(sealed.position),
            entry_id: Some(sealed.entry_id),
            ..Fault::default()
        };
        if sealed.position != self.position + 1 {
            let gap = Fault { position: Some(self.position + 1), ..Fault::default() };
            self.found.name(FaultKind::LinkMissing, gap);
            (self.before, self.suspect) = (None, None);
        }
        let faults = self.found.faults.len();
        self.hold(sealed, at.clone());
        if let Some(head) = &self.head
            && head.position == sealed.position
            && head.hash != sealed.hash
            && faults == self.found.faults.len()
        {
            self.found.name(FaultKind::ChainRewritten, at);
        }
        self.found.sealed += 1;
        self.position = sealed.position;
        self.before = Some(sealed.hash.clone());
    }

    /// Whether the link covers its entry and follows the one before it.
    fn hold(&mut self, sealed: &Sealed, at: Fault) {
        let suspect = self.suspect.take();
        let Some(entry) = &sealed.entry else {
            return self.found.name(FaultKind::EntryMissing, at);
        };
        let Some(before) = &self.before else { return };
        let computed = link(before, entry);
        if sealed.hash != computed {
            match suspect {
                Some((fault, hash)) if sealed.hash == link(&hash, entry) => {
                    self.was_the_link(fault);
                }
                _ => {
                    self.suspect = Some((self.found.faults.len(), computed));
                    return self.found.name(FaultKind::EntryChanged, at);
                }
            }
        }
        match &sealed.detail {
            Some((salt, value)) if commitment(salt, value)[..] != entry.commitment => {
                self.found.name(FaultKind::DetailChanged, at);
            }
            // Where nothing stands the place was forgotten, or there never was one.
            Some((_, value))
                if sealed.place.as_ref().is_some_and(|place| !stands(value, place)) =>
            {
                self.found.name(FaultKind::DetailChanged, at);
            }
            Some(_) => {}
            None => self.found.erased += 1,
        }
    }

    fn was_the_link(&mut self, fault: usize) {
        if let Some(fault) = self.found.faults.get_mut(fault) {
            fault.what = FaultKind::LinkChanged;
            fault.what.sentence(current_lang()).clone_into(&mut fault.detail);
        }
    }

    fn end(mut self) -> Verification {
        if let Some(head) = self.head.take() {
            if head.position > self.position {
                let end = Fault { position: Some(self.position + 1), ..Fault::default() };
                self.found.name(FaultKind::ChainTruncated, end);
            }
            if let Some((fault, computed)) = self.suspect
                && head.position == self.position
                && head.hash == computed
            {
                self.was_the_link(fault);
            }
        }
        self.found
    }
}

/// Whether an entry's personal part stands for this place.
fn stands(detail: &serde_json::Value, (salt, place): &(Vec<u8>, serde_json::Value)) -> bool {
    detail["place"] == hex::encode(commitment(salt, place))
}

/// Reads all stored originals again.
async fn bytes(app: &App, tenant: TenantId, found: &mut Verification) -> Result<(), Error> {
    let mut after = None;
    loop {
        let page = {
            let mut db = app.tenants.conn(tenant).await?;
            store::originals(&mut db, after).await?
        };
        let Some(last) = page.last() else { break };
        after = Some(PhotoId(last.id));
        for kept in page {
            let fault = Fault { photo_id: Some(PhotoId(kept.id)), ..Fault::default() };
            check(app, &kept, fault, found).await?;
            found.photos += 1;
        }
    }
    let mut after = None;
    loop {
        let page = {
            let mut db = app.tenants.conn(tenant).await?;
            store::signatures(&mut db, after).await?
        };
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(SignatureId(last.id));
        for kept in page {
            let fault = Fault { signature_id: Some(SignatureId(kept.id)), ..Fault::default() };
            check(app, &kept, fault, found).await?;
            found.signatures += 1;
        }
    }
}

async fn check(
    app: &App,
    kept: &Kept,
    fault: Fault,
    found: &mut Verification,
) -> Result<(), Error> {
    if kept.told.as_ref().is_some_and(|told| *told != hex::encode(&kept.sha256)) {
        found.name(FaultKind::HashChanged, fault.clone());
    }
    match hash(app, &kept.key).await {
        Ok(hash) if hash[..] == kept.sha256 => {}
        Ok(_) => found.name(FaultKind::BytesChanged, fault),
        Err(BlobError::NotFound | BlobError::Invalid(_)) => {
            found.name(FaultKind::BytesMissing, fault);
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn hash(app: &App, key: &str) -> Result<[u8; 32], BlobError> {
    let mut body = app.blobs.get(&BlobKey::new(key)?).await?.body;
    let mut hash = Sha256::new();
    while let Some(piece) = body.try_next().await? {
        hash.update(&piece);
    }
    Ok(hash.finalize().into())
}
