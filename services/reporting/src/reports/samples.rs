//! A day to lay out in tests.

use std::io::Cursor;

use chrono::NaiveDate;
use image::{ImageFormat, Rgb, RgbImage};
use kernel::{Timestamp, WorkerId};

use super::day::{Checklist, Day, Incident, Photo, Signature, Stay, Task};

fn at(time: &str) -> Timestamp {
    format!("2026-11-21T{time}:00Z").parse().unwrap()
}

fn task(title: &str, status: &str, real: (Option<&str>, Option<&str>), workers: &[&str]) -> Task {
    Task {
        title: title.into(),
        status: status.into(),
        starts_at: at("08:00"),
        ends_at: at("12:00"),
        started_at: real.0.map(at),
        finished_at: real.1.map(at),
        validated_at: None,
        workers: workers.iter().map(ToString::to_string).collect(),
    }
}

fn stay(worker: &str, from: &str, to: Option<&str>, inside: Option<bool>) -> Stay {
    Stay {
        worker_id: WorkerId::new(),
        worker: worker.into(),
        in_at: at(from),
        out_at: to.map(at),
        in_inside: inside,
    }
}

/// A busy day in Dakar; the first task's title looks like a formula.
pub fn busy_day() -> Day {
    let photo = |n: u32, caption: Option<&str>| Photo {
        task: Some("Pose du coffret de raccordement".into()),
        worker: Some("Awa Ndiaye".into()),
        taken_at: at(&format!("{:02}:1{}", 9 + n, n)),
        caption: caption.map(Into::into),
        state: "ready".into(),
        lat: Some(14.692_8),
        lon: Some(-17.446_7),
        accuracy_m: Some(8.0),
        code: Some(format!("7K3Q-9XW{n}")),
        sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
        watermarked_key: None,
        thumbnail_key: None,
    };
    Day {
        firm: "Sahel Réseaux".into(),
        project_code: "DKR-24".into(),
        project_name: "Extension du réseau BT de Ouakam".into(),
        site_name: "Poste HTA/BT Cité Avion".into(),
        address: Some("Route de Ouakam, Dakar".into()),
        client: Some("Senelec".into()),
        day: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(),
        zone: chrono_tz::Africa::Dakar,
        as_of: at("18:32"),
        tasks: vec![
            task(
                "=1+1 Pose du coffret #raccordement",
                "validated",
                (Some("08:05"), Some("11:40")),
                &["Awa Ndiaye", "Moussa Diop"],
            ),
            task(
                "Tirage de câble 4×150 mm² sur 120 m",
                "done",
                (Some("08:10"), Some("13:25")),
                &["Ibrahima Fall"],
            ),
            task("Essais diélectriques", "in_progress", (Some("14:00"), None), &["Moussa Diop"]),
            task("Remise en état de la chaussée", "planned", (None, None), &[]),
        ],
        stays: vec![
            stay("Awa Ndiaye", "07:52", Some("17:04"), Some(true)),
            stay("Moussa Diop", "08:01", Some("12:02"), Some(true)),
            stay("Ibrahima Fall", "08:30", None, Some(false)),
        ],
        incidents: vec![Incident {
            title: "Gaine percée au croisement de la conduite d'eau".into(),
            severity: "high".into(),
            status: "in_progress".into(),
            reported_at: at("10:20"),
            reporter: Some("Ibrahima Fall".into()),
            task: Some("Tirage de câble 4×150 mm² sur 120 m".into()),
            resolution: None,
        }],
        checklists: vec![Checklist {
            task: "Pose du coffret de raccordement".into(),
            name: "Contrôle de la prise de terre".into(),
            answered: 6,
            questions: 6,
            nonconformities: 1,
            completed_at: Some(at("11:35")),
        }],
        photos: vec![
            photo(0, Some("Coffret avant raccordement")),
            photo(1, None),
            photo(2, Some("Prise de terre : 8,2 Ω")),
            Photo { state: "received".into(), code: None, ..photo(3, None) },
        ],
        signatures: vec![Signature {
            task: Some("Pose du coffret de raccordement".into()),
            signer: "M. Cheikh Sarr".into(),
            role: "client".into(),
            signed_at: at("16:48"),
            sha256: "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752".into(),
            blob_key: "signature".into(),
        }],
    }
}

/// A picture with some shades in it.
pub fn picture(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(255 * x / width) as u8, 120, (255 * y / height) as u8])
    });
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}
