//! Typed ids. Every one is a UUIDv7, so ids made later sort later; a client may choose the id of
//! what it creates, which is how a phone works offline.

/// Declares a typed id over a UUID.
#[macro_export]
macro_rules! id {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord,
                 serde::Serialize, serde::Deserialize, sqlx::Type, utoipa::ToSchema)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        #[schema(value_type = uuid::Uuid)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            /// A new id, ordered by the present time.
            #[allow(clippy::new_without_default)] // an id that differs at each call is no default
            pub fn new() -> Self {
                Self(uuid::Uuid::now_v7())
            }

            /// The plain UUID.
            pub fn uuid(self) -> uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map(Self)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

id! {
    /// A firm that uses the platform.
    TenantId;
    /// A person who signs in.
    UserId;
    /// A sign-in of a user on one device.
    SessionId;
    /// An invitation to become a user.
    InvitationId;
    /// An operator of the platform.
    PlatformAdminId;
    /// One making (or unmaking) of a tenant.
    RunId;
    /// A project of a tenant.
    ProjectId;
    /// A site (chantier) of a project.
    SiteId;
    /// A phase of a project.
    PhaseId;
    /// A milestone of a project.
    MilestoneId;
    /// A document of a project or a site.
    DocumentId;
    /// One version of a document.
    DocumentVersionId;
    /// A line of a project's budget.
    BudgetLineId;
    /// An order that binds the firm to pay: a purchase or a subcontract.
    CommitmentId;
    /// A cost that was incurred.
    CostId;
    /// An exchange rate of one day.
    RateId;
    /// A contract with a client (marché).
    ContractId;
    /// A line of a contract's schedule of values.
    ContractLineId;
    /// A progress claim (situation de travaux).
    ClaimId;
    /// A zone or a level of a site.
    SitePartId;
    /// What a project hands over, for a sponsor to validate.
    DeliverableId;
    /// A change order (avenant) of a project.
    ChangeOrderId;
    /// A matter of a project that somebody must settle.
    IssueId;
    /// An import of projects, sites, tasks and workers.
    ImportId;
    /// A person with skills who is planned.
    WorkerId;
    /// A skill of the tenant's trade.
    SkillId;
    /// A group of workers.
    CrewId;
    /// A time a worker cannot be planned.
    AbsenceId;
    /// A kind of certificate: what it is called, how long it holds.
    CertificateKindId;
    /// A certificate that a worker has.
    CertificateId;
    /// A place of the firm where things are kept and days begin.
    DepotId;
    /// A vehicle.
    VehicleId;
    /// A worker at the wheel of a vehicle for a span of time.
    DriveId;
    /// A tool.
    ToolId;
    /// A kind of spare part.
    PartId;
    /// A quantity of a part that came, went or moved.
    StockMovementId;
    /// A piece of work on a site.
    TaskId;
    /// A link between two tasks.
    DependencyId;
    /// When work is done: a calendar of a project.
    CalendarId;
    /// A change to a project's plan.
    MoveId;
    /// What a plan promised at a moment.
    BaselineId;
    /// A worker on a task.
    AssignmentId;
    /// A search for who does what and when.
    DispatchRunId;
    /// A table of travel times that a firm gave.
    TravelMatrixId;
    /// A checklist's template.
    ChecklistId;
    /// A template of tasks that recur.
    TaskTemplateId;
    /// A checklist being answered for a task.
    ChecklistRunId;
    /// Something that went wrong on a site.
    IncidentId;
    /// The firm's times after which incidents are passed on.
    EscalationId;
    /// What is promised of tasks and incidents: by when somebody acts, by when it is done.
    ServiceLevelId;
    /// The timer of one promise about one thing.
    ServiceTimerId;
    /// A worker's stay on a site, from clock-in to clock-out.
    TimeEntryId;
    /// The code on a site that workers scan to clock in.
    SiteCodeId;
    /// A worker's week of hours, signed by both sides.
    TimesheetId;
    /// A collective agreement on working time.
    AgreementId;
    /// One forgetting of what was kept long enough.
    RetentionId;
    /// A call of a phone that was refused when it was sent late.
    RefusalId;
    /// A photo taken as proof.
    PhotoId;
    /// A signature drawn as proof.
    SignatureId;
    /// A resumable upload.
    UploadId;
    /// An event's envelope.
    EventId;
    /// A piece of background work.
    JobId;
    /// An entry of the audit trail.
    AuditId;
    /// A report made for people.
    ReportId;
    /// Something a manager should look at.
    AlertId;
    /// A risk of a project.
    RiskId;
    /// What a risk was judged to be at one time.
    RiskEntryId;
    /// A KPI that a project's steering follows.
    SteeringKpiId;
    /// A meeting of a project's steering committee.
    SteeringMeetingId;
    /// A decision or an action of a project's steering.
    SteeringItemId;
    /// One request, through every hop.
    RequestId;
}
