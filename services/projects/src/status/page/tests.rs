use std::io::Write;
use std::process::{Command, Stdio};

use kernel::Timestamp;
use kernel::{Currency, MilestoneId, ProjectId, RiskId, SteeringItemId, SteeringMeetingId};
use typeset::typeset;

use super::*;
use crate::budget;
use crate::earned::{EarnedValue, Sums};
use crate::indicators::{Figures, RiskIndicators, RiskThresholds};
use crate::status::model::{KpiStanding, Lights, StatusCounts};

fn at() -> Timestamp {
    "2026-11-21T23:30:00Z".parse().unwrap()
}

/// A project in trouble all of whose texts are `text`.
fn overfull(text: &str) -> ProjectStanding {
    let project_id = ProjectId::new();
    let due = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
    let milestone = StatusMilestone {
        id: MilestoneId::new(),
        name: text.to_owned(),
        due_on: due,
        status: MilestoneStatus::Pending,
        overdue: true,
    };
    let owner = Some(UserId::new());
    let risk = Risk {
        id: RiskId::new(),
        project_id,
        category: contracts::RiskCategory::Supply,
        title: text.to_owned(),
        description: None,
        probability: 5,
        impact: 5,
        score: 25,
        band: Band::Critical,
        owner_id: owner,
        mitigation: None,
        status: contracts::RiskStatus::Open,
        next_review_on: None,
        reported_by: UserId::new(),
        reported_at: at(),
        version: 1,
    };
    let item = SteeringItem {
        id: SteeringItemId::new(),
        project_id,
        meeting_id: SteeringMeetingId::new(),
        kind: SteeringItemKind::Decision,
        title: text.to_owned(),
        details: None,
        owner_id: owner,
        due_on: Some(due),
        status: contracts::SteeringItemStatus::Open,
        done_at: None,
        done_by: None,
        outcome: None,
        version: 1,
    };
    let kpi = KpiStanding {
        indicator: Indicator::IncidentRate,
        aim: Aim::AtMost,
        target: 2.0,
        warning: 5.0,
        value: Some(1234.5),
        level: Level::Breach,
    };
    let figures = Figures { tasks: 10, open_tasks: 10, late_tasks: 3, ..Figures::default() };
    let limits = RiskThresholds::of(project_id, &[], 0);
    let indicators = RiskIndicators::of(&figures, limits, at()).indicators;
    ProjectStanding {
        project_id,
        code: "DKR-24".to_owned(),
        name: text.to_owned(),
        client: Some(text.to_owned()),
        at: at(),
        zone: chrono_tz::Europe::Paris,
        lights: Lights { money: Some(Light::Amber), ..Lights::of(&figures, &indicators, &[], 0) },
        money: Some(money(project_id, Currency::Eur)),
        counts: StatusCounts { milestones: 31, risks: 6, open_items: 1000 },
        progress: Some(33.33),
        milestones: vec![milestone; 10],
        top_risks: vec![risk; 5],
        open_items: vec![item; 20],
        kpis: vec![kpi; 11],
        indicators,
    }
}

fn money(project_id: ProjectId, currency: Currency) -> StatusMoney {
    let planned_minor = 123_456_789_012;
    StatusMoney {
        budget: budget::Figures {
            project_id,
            currency,
            threshold_bp: 1000,
            over: false,
            planned_minor,
            committed_minor: 1_234_567,
            actual_minor: 5,
            forecast_minor: planned_minor + 1,
            contract_minor: 0,
            margin_minor: -planned_minor - 1,
            unpriced_minutes: 0,
            version: 1,
        },
        earned_value: EarnedValue::of(project_id, currency, at().date_naive(), Sums::default()),
    }
}

/// The page's PDF; there is one page.
fn print(standing: &ProjectStanding, lang: Lang) -> Vec<u8> {
    let names = standing.top_risks.iter().filter_map(|r| r.owner_id);
    let owners = names.map(|id| (id, standing.name.clone())).collect();
    let page = Page::of(standing, &standing.name, &owners, lang).unwrap();
    let printed = typeset(page.sheet()).unwrap();
    assert_eq!(printed.pages, 1, "{:.40}", standing.name);
    printed.pdf
}

/// The words of a PDF with plain spaces, where poppler is installed.
fn words(pdf: &[u8]) -> Option<String> {
    let mut reader = Command::new("pdftotext")
        .args(["-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    reader.stdin.take()?.write_all(pdf).ok()?;
    let text = String::from_utf8(reader.wait_with_output().ok()?.stdout).ok()?;
    Some(text.replace(['\u{202f}', '\u{a0}'], " "))
}

#[test]
fn both_languages_say_the_same_in_their_own_way() {
    let standing = overfull("Extension du réseau BT de Ouakam");
    for (lang, said) in [
        (
            Lang::Fr,
            [
                "DKR-24 — Extension du réseau BT de Ouakam",
                "dimanche 22 novembre 2026",
                "22/11/2026 00:30",
                "Europe/Paris",
                "à surveiller",
                "12 345,67 €",
                "33,33 %",
                "et 23 autres",
                "et 1 autre",
                "et 992 autres",
            ],
        ),
        (
            Lang::En,
            [
                "DKR-24 — Extension du réseau BT de Ouakam",
                "Sunday 22 November 2026",
                "22/11/2026 00:30",
                "Europe/Paris",
                "to watch",
                "€12,345.67",
                "33.33%",
                "and 23 more",
                "and 1 more",
                "and 992 more",
            ],
        ),
    ] {
        let pdf = print(&standing, lang);
        if let Some(text) = words(&pdf) {
            for word in said {
                assert!(text.contains(word), "{word:?} is missing in {text}");
            }
        }
    }
}

#[test]
fn francs_have_no_decimals_and_an_empty_project_has_a_page() {
    let full = overfull("Chantier");
    let francs = money(full.project_id, Currency::Xof);
    let empty = ProjectStanding {
        client: None,
        money: Some(francs),
        counts: StatusCounts { milestones: 0, risks: 0, open_items: 0 },
        progress: None,
        milestones: Vec::new(),
        top_risks: Vec::new(),
        open_items: Vec::new(),
        kpis: Vec::new(),
        ..full
    };
    let pdf = print(&empty, Lang::Fr);
    if let Some(text) = words(&pdf) {
        assert!(text.contains("1 234 567 F CFA"), "{text}");
        assert!(text.contains("Aucun risque ouvert."), "{text}");
    }
}

#[test]
fn whatever_people_wrote_is_text_on_the_one_page() {
    for hostile in [
        "#panic(\"no\") #read(\"/etc/passwd\") $x^2$ *b* _i_ `raw` <l> @ref \\ ] ) }".to_owned(),
        "\"]); #set page(width: 1pt)".to_owned(),
        "W".repeat(10_000),
        "mot ".repeat(2_500),
        "e\u{301}\u{302}\u{303}".repeat(3_000),
        "\u{202e}مشروع الكهرباء في الدار البيضاء".repeat(300),
        "👷🏽\u{200d}♀\u{fe0f}🏗\u{fe0f}".repeat(500),
        "\u{0}\u{7}\r\n\t\u{2028}a".repeat(400),
        "界".repeat(10_000),
    ] {
        for lang in [Lang::Fr, Lang::En] {
            print(&overfull(&hostile), lang);
        }
    }
    let pdf = print(&overfull("#panic(\"no\") $x$ *b*"), Lang::Fr);
    if let Some(text) = words(&pdf) {
        assert!(text.contains("#panic(\"no\") $x$ *b*"), "{text}");
    }
}

#[test]
fn the_tag_tells_what_is_said_and_not_when() {
    let standing = overfull("Chantier");
    let tag = |standing: &ProjectStanding, lang| {
        Page::of(standing, "Firme", &HashMap::new(), lang).unwrap().label().tag
    };
    let later = ProjectStanding { at: at() + chrono::TimeDelta::minutes(5), ..standing.clone() };
    assert_eq!(tag(&standing, Lang::Fr), tag(&later, Lang::Fr));
    assert_ne!(tag(&standing, Lang::Fr), tag(&standing, Lang::En));
    let tomorrow = ProjectStanding { at: at() + chrono::TimeDelta::days(1), ..standing.clone() };
    assert_ne!(tag(&standing, Lang::Fr), tag(&tomorrow, Lang::Fr));
    let other = ProjectStanding { progress: Some(34.0), ..standing.clone() };
    assert_ne!(tag(&standing, Lang::Fr), tag(&other, Lang::Fr));
}

#[test]
fn both_languages_have_the_same_words() {
    let keys =
        |lang, json| Words::read(lang, json).unwrap().keys().map(str::to_owned).collect::<Vec<_>>();
    let fr = keys(Lang::Fr, include_str!("../../../templates/status.fr.json"));
    assert_eq!(fr, keys(Lang::En, include_str!("../../../templates/status.en.json")));
}
