//! Events as the services would tell them, for a firm with two projects and three sites.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contracts::{
    Change, ChecklistRunChange, ChecklistRunChanged, DocumentChange, DocumentChanged, Envelope,
    Event, IncidentChange, IncidentChanged, IncidentSeverity, IncidentStatus, MilestoneChanged,
    MilestoneStatus, PhotoChange, PhotoChanged, PhotoState, ProjectChanged, ProjectStatus,
    SignatureChange, SignatureTaken, SiteChanged, TaskChange, TaskChanged, TaskStatus,
    TimeEntryChange, TimeEntryChanged,
};
use futures::StreamExt;
use kernel::{
    ChecklistRunId, Currency, DocumentId, EventId, IncidentId, MilestoneId, PhotoId, Position,
    ProjectId, RequestId, SignatureId, SiteId, TaskId, TenantId, TimeEntryId, WorkerId,
};
use testkit::Stage;

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An event on its way to reporting.
pub fn told(tenant: TenantId, event: &impl Event, at: DateTime<Utc>) -> Envelope {
    fn envelope<E: Event>(tenant: TenantId, event: &E, at: DateTime<Utc>) -> Envelope {
        let subject = event.subject();
        Envelope {
            id: EventId::new(),
            tenant,
            kind: E::TYPE.to_owned(),
            action: event.action().to_owned(),
            entity: subject.entity.to_owned(),
            entity_id: subject.id,
            entity_version: subject.version,
            actor: None,
            device_at: None,
            at,
            request_id: RequestId::new(),
            trace: None,
            payload: serde_json::to_value(event).unwrap(),
        }
    }
    envelope(tenant, event, at)
}

/// Publishes and asserts that all of it was taken.
pub async fn publish(stage: &Stage, events: &[Envelope]) {
    for outcome in stage.bus.publish(events).await {
        outcome.unwrap();
    }
}

/// The same in batches, a few of them at a time.
pub async fn publish_at_once(stage: &Stage, events: &[Envelope], batch: usize) {
    futures::stream::iter(events.chunks(batch))
        .for_each_concurrent(4, |batch| publish(stage, batch))
        .await;
}

/// Where things happen.
pub struct World {
    pub project: ProjectId,
    pub other_project: ProjectId,
    /// Two of the first project, one of the other.
    pub sites: [SiteId; 3],
    pub awa: WorkerId,
    pub moussa: WorkerId,
}

pub fn task(world: &World, site: usize, hours: i64) -> TaskChanged {
    let starts_at = at("2026-03-02T08:00:00Z");
    TaskChanged {
        task: TaskId::new(),
        version: 1,
        change: TaskChange::Planned,
        site: world.sites[site],
        project: world.project_of(site),
        status: TaskStatus::Planned,
        starts_at,
        ends_at: starts_at + TimeDelta::hours(hours),
        duration_min: i32::try_from(hours).unwrap() * 60,
        started_at: None,
        finished_at: None,
        workers: vec![if site == 1 { world.moussa } else { world.awa }],
    }
}

pub fn incident(world: &World, site: usize, severity: IncidentSeverity) -> IncidentChanged {
    IncidentChanged {
        incident: IncidentId::new(),
        version: 1,
        change: IncidentChange::Reported,
        site: world.sites[site],
        project: world.project_of(site),
        task: None,
        severity,
        status: IncidentStatus::Open,
        escalation: 0,
    }
}

pub fn stay(world: &World, site: usize, worker: WorkerId) -> TimeEntryChanged {
    TimeEntryChanged {
        entry: TimeEntryId::new(),
        version: 1,
        change: TimeEntryChange::ClockedIn,
        worker,
        site: world.sites[site],
        project: world.project_of(site),
        in_at: at("2026-03-02T07:30:00Z"),
        out_at: None,
    }
}

impl World {
    pub fn new() -> Self {
        Self {
            project: ProjectId::new(),
            other_project: ProjectId::new(),
            sites: [SiteId::new(), SiteId::new(), SiteId::new()],
            awa: WorkerId::new(),
            moussa: WorkerId::new(),
        }
    }

    pub fn project_of(&self, site: usize) -> ProjectId {
        if site == 2 { self.other_project } else { self.project }
    }

    /// The projects and their sites.
    pub fn founding(&self, tenant: TenantId) -> Vec<Envelope> {
        let now = at("2026-03-01T08:00:00Z");
        let mut events = Vec::new();
        for project in [self.project, self.other_project] {
            let event = ProjectChanged {
                project,
                version: 1,
                change: Change::Created,
                status: ProjectStatus::Active,
                currency: Currency::Xof,
            };
            events.push(told(tenant, &event, now));
        }
        for (n, site) in self.sites.into_iter().enumerate() {
            let event = SiteChanged {
                site,
                version: 1,
                change: Change::Created,
                project: self.project_of(n),
                position: Position { lat: 14.7, lon: -17.4, accuracy_m: None },
                radius_m: 150.0,
                zone: "Africa/Dakar".to_owned(),
            };
            events.push(told(tenant, &event, now));
        }
        events
    }

    /// A day's work on all sites: tasks run their course, people come and go, proofs arrive.
    pub fn day(&self, tenant: TenantId) -> Vec<Envelope> {
        let mut now = at("2026-03-02T07:00:00Z");
        let mut events = self.founding(tenant);
        let mut tell = |event: &dyn Fn(DateTime<Utc>) -> Envelope| {
            now += TimeDelta::minutes(1);
            events.push(event(now));
        };
        for site in [0, 0, 1, 2] {
            let planned = task(self, site, 4);
            let started = TaskChanged {
                version: 2,
                change: TaskChange::Started,
                status: TaskStatus::InProgress,
                started_at: Some(at("2026-03-02T08:05:00Z")),
                ..planned.clone()
            };
            let finished = TaskChanged {
                version: 3,
                change: TaskChange::Finished,
                status: TaskStatus::Done,
                finished_at: Some(at("2026-03-02T12:30:00Z")),
                ..started.clone()
            };
            let validated = TaskChanged {
                version: 4,
                change: TaskChange::Validated,
                status: TaskStatus::Validated,
                ..finished.clone()
            };
            for state in [&planned, &started, &finished, &validated] {
                tell(&|now| told(tenant, state, now));
            }
            let announced = PhotoChanged {
                photo: PhotoId::new(),
                version: 1,
                change: PhotoChange::Announced,
                task: Some(planned.task),
                site: planned.site,
                project: planned.project,
                state: PhotoState::Announced,
                taken_at: at("2026-03-02T10:00:00Z"),
            };
            let ready = PhotoChanged {
                version: 3,
                change: PhotoChange::Watermarked,
                state: PhotoState::Ready,
                ..announced.clone()
            };
            tell(&|now| told(tenant, &announced, now));
            tell(&|now| told(tenant, &ready, now));
            let run = ChecklistRunChanged {
                run: ChecklistRunId::new(),
                version: 2,
                change: ChecklistRunChange::Completed,
                task: planned.task,
                site: planned.site,
                answered: 5,
                questions: 5,
                nonconformities: 1,
            };
            tell(&|now| told(tenant, &run, now));
            let came = stay(self, site, planned.workers[0]);
            let left = TimeEntryChanged {
                version: 2,
                change: TimeEntryChange::ClockedOut,
                out_at: Some(came.in_at + TimeDelta::hours(5)),
                ..came.clone()
            };
            tell(&|now| told(tenant, &came, now));
            tell(&|now| told(tenant, &left, now));
        }
        let grave = incident(self, 1, IncidentSeverity::High);
        let resolved = IncidentChanged {
            version: 2,
            change: IncidentChange::Resolved,
            status: IncidentStatus::Resolved,
            ..incident(self, 0, IncidentSeverity::Critical)
        };
        tell(&|now| told(tenant, &grave, now));
        let open = IncidentChanged {
            version: 1,
            change: IncidentChange::Reported,
            status: IncidentStatus::Open,
            ..resolved.clone()
        };
        tell(&|now| told(tenant, &open, now));
        tell(&|now| told(tenant, &resolved, now));
        let unfinished = task(self, 0, 2);
        tell(&|now| told(tenant, &unfinished, now));
        let signature = SignatureTaken {
            signature: SignatureId::new(),
            version: 1,
            change: SignatureChange::Taken,
            task: unfinished.task,
            site: unfinished.site,
            project: unfinished.project,
            signed_at: at("2026-03-02T12:40:00Z"),
        };
        tell(&|now| told(tenant, &signature, now));
        let milestone = MilestoneChanged {
            milestone: MilestoneId::new(),
            version: 1,
            change: Change::Created,
            project: self.project,
            due_on: NaiveDate::from_ymd_opt(2026, 3, 5).unwrap(),
            status: MilestoneStatus::Pending,
        };
        tell(&|now| told(tenant, &milestone, now));
        let permit = DocumentChanged {
            document: DocumentId::new(),
            version: 1,
            change: DocumentChange::Created,
            project: self.project,
            site: Some(self.sites[0]),
            restricted: false,
            expires_on: NaiveDate::from_ymd_opt(2026, 3, 9),
            current: None,
        };
        let reminded =
            DocumentChanged { version: 2, change: DocumentChange::Expiring, ..permit.clone() };
        let published =
            DocumentChanged { version: 3, change: DocumentChange::Published, ..permit.clone() };
        for state in [&permit, &reminded, &published] {
            tell(&|now| told(tenant, state, now));
        }
        events
    }
}
