//! What hangs on a project: its steering, its money, what it delivers.

use anyhow::Result;
use fieldops::demo::Api;
use reqwest::Method;
use serde_json::json;

use super::{World, now};

impl World {
    /// How it is steered.
    pub(super) async fn steering(&mut self) -> Result<()> {
        let (lead, mark) = (self.team.lead.clone(), self.project_mark.clone());
        let project = self.things["project"].clone();
        let new = json!({"project_id": project, "category": "weather", "title": mark,
                         "probability": 3, "impact": 4});
        self.put("risk", &lead.post("/v1/risks", &new).await?)?;
        let new = json!({"project_id": project, "held_at": now(), "agenda": mark});
        let meeting = lead.post("/v1/steering/meetings", &new).await?;
        let meeting = self.put("steering_meeting", &meeting)?;
        let new = json!({"meeting_id": meeting, "kind": "action", "title": mark});
        self.put("steering_item", &lead.post("/v1/steering/items", &new).await?)?;
        let new = json!({"project_id": project, "indicator": "validated_tasks", "aim": "at_least",
                         "target": 90.0, "warning": 80.0});
        self.put("steering_kpi", &lead.post("/v1/steering/kpis", &new).await?)?;
        Ok(())
    }

    /// Its money.
    pub(super) async fn money(&mut self) -> Result<()> {
        let lead = self.team.lead.clone();
        let (project, today) = (self.things["project"].clone(), self.things["today"].clone());
        let whole = self.project_mark.clone();
        let new = json!({"project_id": project, "name": whole, "category": "materials",
                         "planned_minor": 1_000_000});
        self.put("budget_line", &lead.post("/v1/budget-lines", &new).await?)?;
        let new = json!({"project_id": project, "category": "materials", "supplier": whole,
                         "ordered_on": today, "amount_minor": 1000});
        self.put("commitment", &lead.post("/v1/commitments", &new).await?)?;
        let new = json!({"project_id": project, "category": "materials", "supplier": whole,
                         "spent_on": today, "amount_minor": 1000});
        self.put("cost", &lead.post("/v1/costs", &new).await?)?;
        let new = json!({"from": "MAD", "to": "EUR", "day": today, "rate": "0.0925"});
        self.put("rate", &lead.post("/v1/exchange-rates", &new).await?)?;
        let new = json!({"project_id": project, "reference": "M-1", "terms": {"client": whole,
                         "signed_on": today, "lines": [{"name": whole, "amount_minor": 100_000,
                                                        "vat_bp": 1800}]}});
        self.put("contract", &lead.post("/v1/contracts", &new).await?)?;
        let new = json!({"contract_id": self.things["contract"], "claimed_on": today});
        self.put("claim", &lead.post("/v1/claims", &new).await?)?;
        Ok(())
    }

    /// What the project delivers and how it changes.
    pub(super) async fn delivery(&mut self, lead: &Api, project: &str) -> Result<()> {
        let (whole, later) = (self.project_mark.clone(), self.things["later"].clone());
        let part = json!({"site_id": self.things["site"], "kind": "zone", "name": self.site_mark});
        self.put("site_part", &lead.post("/v1/site-parts", &part).await?)?;
        self.things.insert("fresh_site_part", self.fresh("fresh_site_part", 0).await?);
        let new = json!({"project_id": project, "name": whole, "due_on": later});
        self.put("deliverable", &lead.post("/v1/deliverables", &new).await?)?;
        let new = json!({"project_id": project, "title": whole, "reason": "Rocher"});
        self.put("change_order", &lead.post("/v1/change-orders", &new).await?)?;
        let new = json!({"project_id": project, "title": whole, "severity": "high"});
        self.put("issue", &lead.post("/v1/issues", &new).await?)?;
        let rows = crate::calls::form("projects", "code,name\nC-1,Projet importé\n");
        let kind = "multipart/form-data; boundary=rows";
        let made =
            lead.raw(Method::POST, "/v1/imports", Some((kind, rows.into_bytes()))).await?.ok()?;
        self.put("import", &made)?;
        Ok(())
    }
}
