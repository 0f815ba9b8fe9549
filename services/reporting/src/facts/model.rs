//! The events that reporting reads, and where each belongs.

use contracts::{
    AlertChanged, BudgetChanged, CertificateChange, CertificateChanged, ChecklistRunChanged,
    DispatchChanged, DocumentChange, DocumentChanged, Envelope, Event, IncidentChanged,
    MilestoneChanged, PhotoChanged, ProjectChanged, ReportChanged, ServiceTimerChanged,
    SignatureTaken, SiteChanged, TaskChanged, TimeEntryChanged, WorkerChanged,
};
use kernel::{ProjectId, SiteId, TaskId, WorkerId};

/// An event that reporting understands.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A project's state.
    Project(ProjectChanged),
    /// A site's state.
    Site(SiteChanged),
    /// A milestone's state.
    Milestone(MilestoneChanged),
    /// A task's state.
    Task(TaskChanged),
    /// An incident's state.
    Incident(IncidentChanged),
    /// How a promise about a task or an incident stands.
    ServiceTimer(ServiceTimerChanged),
    /// A stay's state.
    TimeEntry(TimeEntryChanged),
    /// How far a checklist is answered.
    ChecklistRun(ChecklistRunChanged),
    /// A photo's state.
    Photo(PhotoChanged),
    /// A signature.
    Signature(SignatureTaken),
    /// A document's state.
    Document(DocumentChanged),
    /// A worker's certificate's state.
    Certificate(CertificateChanged),
    /// Whether a worker is planned.
    Worker(WorkerChanged),
    /// How far a search for assignments is: for the feed only.
    Dispatch(DispatchChanged),
    /// News of a report of ours: for the feed only.
    Report(ReportChanged),
    /// News of an alert of ours: for the feed only.
    Alert(AlertChanged),
    /// A project's budget as a whole.
    Budget(BudgetChanged),
}

/// Where a fact belongs: what decides who may see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The project, where the event says it.
    pub project: Option<ProjectId>,
    /// The site, where there is one.
    pub site: Option<SiteId>,
    /// The task whose workers it concerns, where the event does not name them itself.
    pub task: Option<TaskId>,
    /// The workers it concerns.
    pub workers: Vec<WorkerId>,
}

impl Fact {
    /// The types that are read.
    pub const TYPES: &'static [&'static str] = &[
        ProjectChanged::TYPE,
        SiteChanged::TYPE,
        MilestoneChanged::TYPE,
        TaskChanged::TYPE,
        IncidentChanged::TYPE,
        ServiceTimerChanged::TYPE,
        TimeEntryChanged::TYPE,
        ChecklistRunChanged::TYPE,
        PhotoChanged::TYPE,
        SignatureTaken::TYPE,
        DocumentChanged::TYPE,
        CertificateChanged::TYPE,
        WorkerChanged::TYPE,
        DispatchChanged::TYPE,
        ReportChanged::TYPE,
        AlertChanged::TYPE,
        BudgetChanged::TYPE,
    ];

    /// Reads an envelope; none where it is of another type.
    pub fn read(envelope: &Envelope) -> Result<Option<Self>, serde_json::Error> {
        Ok(match envelope.kind.as_str() {
            ProjectChanged::TYPE => envelope.read()?.map(Self::Project),
            SiteChanged::TYPE => envelope.read()?.map(Self::Site),
            MilestoneChanged::TYPE => envelope.read()?.map(Self::Milestone),
            TaskChanged::TYPE => envelope.read()?.map(Self::Task),
            IncidentChanged::TYPE => envelope.read()?.map(Self::Incident),
            ServiceTimerChanged::TYPE => envelope.read()?.map(Self::ServiceTimer),
            TimeEntryChanged::TYPE => envelope.read()?.map(Self::TimeEntry),
            ChecklistRunChanged::TYPE => envelope.read()?.map(Self::ChecklistRun),
            PhotoChanged::TYPE => envelope.read()?.map(Self::Photo),
            SignatureTaken::TYPE => envelope.read()?.map(Self::Signature),
            DocumentChanged::TYPE => envelope.read()?.map(Self::Document),
            CertificateChanged::TYPE => envelope.read()?.map(Self::Certificate),
            WorkerChanged::TYPE => envelope.read()?.map(Self::Worker),
            DispatchChanged::TYPE => envelope.read()?.map(Self::Dispatch),
            ReportChanged::TYPE => envelope.read()?.map(Self::Report),
            AlertChanged::TYPE => envelope.read()?.map(Self::Alert),
            BudgetChanged::TYPE => envelope.read()?.map(Self::Budget),
            _ => None,
        })
    }

    /// Whether the feed tells of it. Who may see a document that some roles only see, the feed
    /// does not know: of those it tells the reminders, which name nothing but an id. So it does of
    /// certificates. Of workers it tells nothing.
    pub fn is_told(&self) -> bool {
        match self {
            Self::Document(e) => !e.restricted || e.change == DocumentChange::Expiring,
            Self::Certificate(e) => e.change == CertificateChange::Expiring,
            Self::Worker(_) => false,
            _ => true,
        }
    }

    /// Where it belongs, as far as the event says it.
    pub fn place(&self) -> Place {
        let at = |project, site| Place { project: Some(project), site, ..Place::default() };
        match self {
            Self::Project(e) => at(e.project, None),
            Self::Site(e) => at(e.project, Some(e.site)),
            Self::Milestone(e) => at(e.project, None),
            Self::Task(e) => Place { workers: e.workers.clone(), ..at(e.project, Some(e.site)) },
            Self::Incident(e) => Place { task: e.task, ..at(e.project, Some(e.site)) },
            Self::ServiceTimer(e) => Place { task: e.task, ..at(e.project, Some(e.site)) },
            Self::TimeEntry(e) => Place { workers: vec![e.worker], ..at(e.project, Some(e.site)) },
            Self::ChecklistRun(e) => {
                Place { site: Some(e.site), task: Some(e.task), ..Place::default() }
            }
            Self::Photo(e) => Place { task: e.task, ..at(e.project, Some(e.site)) },
            Self::Signature(e) => Place { task: Some(e.task), ..at(e.project, Some(e.site)) },
            Self::Document(e) => at(e.project, e.site),
            Self::Certificate(e) => Place { workers: vec![e.worker], ..Place::default() },
            Self::Worker(e) => Place { workers: vec![e.worker], ..Place::default() },
            Self::Dispatch(e) => Place { project: e.project, site: e.site, ..Place::default() },
            Self::Report(_) => Place::default(),
            Self::Alert(e) => Place { project: e.project, site: e.site, ..Place::default() },
            Self::Budget(e) => at(e.project, None),
        }
    }
}
