//! What the firm of the story owns: a depot, two vans, tools, and parts in them.

use anyhow::Result;
use serde_json::{Value, json};

use super::client::{Api, text};
use super::tell::Tell;

/// The admin notes what the firm owns.
pub async fn furnish(admin: &Api, tell: &Tell) -> Result<()> {
    let id = |made: Value| text(&made, "id").map(str::to_owned);
    let week: Vec<_> =
        (1..=6).map(|day| json!({"day": day, "opens": "07:00:00", "closes": "18:30:00"})).collect();
    let depot = json!({
        "name": "Dépôt de Pikine", "address": "Route de Rufisque, Pikine",
        "position": {"lat": 14.7549, "lon": -17.3906}, "opening_hours": week,
    });
    let depot = id(admin.post("/v1/depots", &depot).await?)?;
    let mut vans = Vec::new();
    for (plate, kg, litres) in [("DK 2041 BF", 900, 6_000), ("DK 2042 BF", 1_400, 11_000)] {
        let van = json!({
            "plate": plate, "kind": "van", "seats": 3, "depot_id": depot,
            "capacity": {"kg": kg, "litres": litres},
        });
        vans.push(id(admin.post("/v1/vehicles", &van).await?)?);
    }
    let in_depot = json!({"kind": "depot", "id": depot});
    let on = |van: &str| json!({"kind": "vehicle", "id": van});
    for (kind, name, holder) in [
        ("MEGOHMMETRE", "Mégohmmètre 5 kV", on(&vans[0])),
        ("TREUIL", "Treuil de tirage 20 kN", on(&vans[1])),
        ("VAT", "Vérificateur d'absence de tension HTA", in_depot.clone()),
    ] {
        let tool = json!({"kind": kind, "name": name, "holder": holder});
        admin.post("/v1/tools", &tool).await?;
    }
    for (code, name, unit) in [
        ("TETE-HTA-240", "Tête de câble HTA 240 mm²", "piece"),
        ("CABLE-HTA-240", "Câble HTA 3 × 240 mm²", "m"),
    ] {
        let part = json!({"code": code, "name": name, "unit": unit});
        let part = id(admin.post("/v1/parts", &part).await?)?;
        let came = json!({
            "part_id": part, "reason": "received", "quantity": 200, "to": in_depot,
        });
        admin.post("/v1/stock-movements", &came).await?;
        let loaded = json!({
            "part_id": part, "reason": "moved", "quantity": 40, "from": in_depot,
            "to": on(&vans[1]),
        });
        admin.post("/v1/stock-movements", &loaded).await?;
    }
    tell.say("a depot, two vans with tools and parts on board");
    Ok(())
}
