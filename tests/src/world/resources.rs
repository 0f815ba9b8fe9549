//! What the firm owns, and what its people have beside their names.

use anyhow::Result;
use chrono::Days;
use kernel::{Clock, SystemClock};
use serde_json::json;

use super::{World, id};

impl World {
    /// A depot with a part in it, a vehicle, a tool, a kind of certificate and one that `worker`
    /// has, and leave that `worker` asks for.
    pub(super) async fn fleet(&mut self) -> Result<()> {
        let admin = self.team.admin.clone();
        let worker = self.things["worker"].clone();
        let new = json!({"name": "Dépôt", "position": {"lat": 14.75, "lon": -17.39}});
        let depot = self.put("depot", &admin.post("/v1/depots", &new).await?)?;
        let new = json!({"plate": "DK 1234 AA", "kind": "van", "seats": 3, "depot_id": depot});
        self.put("vehicle", &admin.post("/v1/vehicles", &new).await?)?;
        let place = json!({"kind": "depot", "id": depot});
        let new = json!({"kind": "PERCEUSE", "name": "Perceuse", "holder": place});
        self.put("tool", &admin.post("/v1/tools", &new).await?)?;
        let new = json!({"code": "DISJ-16", "name": "Disjoncteur 16 A", "unit": "piece"});
        let part = self.put("part", &admin.post("/v1/parts", &new).await?)?;
        let new = json!({"part_id": part, "reason": "received", "quantity": 5, "to": place});
        self.put("stock_movement", &admin.post("/v1/stock-movements", &new).await?)?;
        let drive = self.drive(0).await?;
        self.things.insert("fresh_drive", drive);
        let new = json!({"code": "PROPRE", "name_fr": "Propre", "name_en": "Own", "months": 12});
        let kind = admin.post("/v1/certificate-kinds", &new).await?;
        let kind = self.put("certificate_kind", &kind)?;
        let today = SystemClock.now().date_naive();
        let new = json!({"worker_id": worker, "kind_id": kind, "issued_on": today});
        self.put("certificate", &admin.post("/v1/certificates", &new).await?)?;
        let day = today + Days::new(200);
        let new = json!({"kind": "leave", "days": {"first": day, "last": day}});
        let path = format!("/v1/workers/{worker}/absences");
        let asked = self.team.crew[0].0.post(&path, &new).await?;
        self.put("asked_absence", &asked)?;
        Ok(())
    }

    /// A drive on a day of its own.
    pub(super) async fn drive(&self, nth: i64) -> Result<String> {
        let day = SystemClock.now().date_naive() + Days::new(300 + nth.unsigned_abs());
        let new = json!({"vehicle_id": self.things["vehicle"], "worker_id": self.things["worker"],
                         "from": format!("{day}T08:00:00Z"), "to": format!("{day}T09:00:00Z")});
        id(&self.team.admin.post("/v1/drives", &new).await?)
    }
}
