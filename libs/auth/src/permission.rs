//! The permission table: what each role may do, and how far. One place, read by every service and
//! by the golden table in `tests/`.

use crate::caller::Role;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Make, change and remove tenants; see the platform.
    ManageTenants,
    /// Invite users, set their roles, disable them.
    ManageUsers,
    /// See the users.
    ReadUsers,
    /// See projects, sites, phases and milestones.
    ReadProject,
    /// Make a new project.
    CreateProject,
    /// Change a project, its sites, phases and milestones.
    ManageProject,
    /// Accept or refuse a milestone.
    AcceptMilestone,
    /// See the documents of projects and sites.
    ReadDocument,
    /// Add and change documents, and see who read them.
    ManageDocument,
    /// Decide as the sponsor: validate deliverables, approve change orders.
    SponsorProject,
    /// See workers, skills and crews, and depots, vehicles, tools and parts.
    ReadWorkers,
    /// Change workers, skills and crews; decide on leave.
    ManageWorkers,
    /// Ask for own leave, and see and withdraw what was asked.
    AskLeave,
    /// Change depots, vehicles, tools and parts.
    ManageFleet,
    /// Move parts between depots and vehicles, and note what came, was used or lost.
    MoveStock,
    /// See a task, its checklist and its dependencies.
    ReadTask,
    /// Plan tasks and link them.
    PlanTask,
    /// Put workers on tasks.
    AssignTask,
    /// Start, pause, resume and finish a task.
    WorkTask,
    /// Validate or reopen a finished task, or cancel one.
    ValidateTask,
    /// See the checklists' templates.
    ReadChecklist,
    /// Write the checklists' templates.
    ManageChecklist,
    /// See incidents.
    ReadIncident,
    /// Report an incident.
    ReportIncident,
    /// Deal with an incident.
    ManageIncident,
    /// See after how long incidents are passed on.
    ReadEscalation,
    /// Say after how long incidents are passed on.
    ManageEscalation,
    /// See what is promised of tasks and incidents.
    ReadServiceLevel,
    /// Say what is promised.
    ManageServiceLevel,
    /// Clock in and out.
    Clock,
    /// See hours.
    ReadTime,
    /// Correct hours.
    CorrectTime,
    /// Sign the own week of hours.
    SignTime,
    /// Take approved weeks to payroll.
    ExportTime,
    /// See the rules of working time that count for the firm.
    ReadLabour,
    /// Record the firm's collective agreement.
    ManageLabour,
    /// Pull the changes for the phone.
    PullField,
    /// Add photos and signatures.
    AddProof,
    /// See photos and signatures.
    ReadProof,
    /// Read and verify the audit trail.
    ReadAudit,
    /// See KPIs.
    ReadKpi,
    /// Follow the live stream.
    FollowLive,
    /// Make and read reports.
    MakeReport,
    /// See the risks of a project.
    ReadRisk,
    /// Report a risk.
    ReportRisk,
    /// Change and review risks.
    ManageRisk,
    /// See a project's steering: indicators, KPIs, meetings, decisions and actions, its status.
    ReadSteering,
    /// Change a project's steering.
    ManageSteering,
    /// See a project's money: budget, costs, earned value, contracts and claims.
    ReadBudget,
    /// Change a project's money, and submit claims.
    ManageBudget,
    /// Accept or refuse a progress claim.
    AcceptClaim,
    /// Set the firm's exchange rates.
    ManageRates,
}

/// How far a role's permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Not at all.
    No,
    /// What concerns the caller's own worker.
    Own,
    /// What the grant's scope covers.
    Scope,
    /// All of the tenant, whatever the grant's scope.
    Any,
}

impl Action {
    /// All actions.
    pub const ALL: &'static [Self] = &[
        Self::ManageTenants,
        Self::ManageUsers,
        Self::ReadUsers,
        Self::ReadProject,
        Self::CreateProject,
        Self::ManageProject,
        Self::AcceptMilestone,
        Self::ReadDocument,
        Self::ManageDocument,
        Self::SponsorProject,
        Self::ReadWorkers,
        Self::ManageWorkers,
        Self::AskLeave,
        Self::ManageFleet,
        Self::MoveStock,
        Self::ReadTask,
        Self::PlanTask,
        Self::AssignTask,
        Self::WorkTask,
        Self::ValidateTask,
        Self::ReadChecklist,
        Self::ManageChecklist,
        Self::ReadIncident,
        Self::ReportIncident,
        Self::ManageIncident,
        Self::ReadEscalation,
        Self::ManageEscalation,
        Self::ReadServiceLevel,
        Self::ManageServiceLevel,
        Self::Clock,
        Self::ReadTime,
        Self::CorrectTime,
        Self::SignTime,
        Self::ExportTime,
        Self::ReadLabour,
        Self::ManageLabour,
        Self::PullField,
        Self::AddProof,
        Self::ReadProof,
        Self::ReadAudit,
        Self::ReadKpi,
        Self::FollowLive,
        Self::MakeReport,
        Self::ReadRisk,
        Self::ReportRisk,
        Self::ManageRisk,
        Self::ReadSteering,
        Self::ManageSteering,
        Self::ReadBudget,
        Self::ManageBudget,
        Self::AcceptClaim,
        Self::ManageRates,
    ];
}

/// How far `role` may do `action`.
pub fn reach(role: Role, action: Action) -> Reach {
    use Action as A;
    match role {
        Role::PlatformAdmin => match action {
            A::ManageTenants => Reach::Any,
            _ => Reach::No,
        },
        Role::TenantAdmin => match action {
            A::ManageUsers
            | A::ReadUsers
            | A::ReadProject
            | A::ReadDocument
            | A::ReadWorkers
            | A::ManageWorkers
            | A::ManageFleet
            | A::MoveStock
            | A::ReadChecklist
            | A::ManageChecklist
            | A::ExportTime
            | A::ManageEscalation
            | A::ManageLabour
            | A::ReadAudit
            | A::ReadRisk
            | A::ReportRisk
            | A::ManageRisk
            | A::ReadSteering
            | A::ManageSteering
            | A::ReadBudget
            | A::ManageBudget
            | A::AcceptClaim
            | A::ManageRates => Reach::Scope,
            A::ReadLabour | A::ReadEscalation => Reach::Any,
            _ => Reach::No,
        },
        Role::Manager => match action {
            A::ReadProject
            | A::CreateProject
            | A::ManageProject
            | A::AcceptMilestone
            | A::ReadDocument
            | A::ManageDocument
            | A::SponsorProject
            | A::ReadTask
            | A::ReadIncident
            | A::ManageEscalation
            | A::ReadServiceLevel
            | A::ManageServiceLevel
            | A::ReadTime
            | A::ExportTime
            | A::ReadProof
            | A::ReadAudit
            | A::ReadKpi
            | A::FollowLive
            | A::MakeReport
            | A::ReadRisk
            | A::ReportRisk
            | A::ManageRisk
            | A::ReadSteering
            | A::ManageSteering
            | A::ReadBudget
            | A::ManageBudget
            | A::AcceptClaim
            | A::ManageRates => Reach::Scope,
            A::ReadUsers
            | A::ReadWorkers
            | A::ReadChecklist
            | A::ReadEscalation
            | A::ReadLabour => Reach::Any,
            A::AskLeave => Reach::Own,
            _ => Reach::No,
        },
        Role::ProjectLead => match action {
            A::CreateProject
            | A::ReadProject
            | A::ManageProject
            | A::AcceptMilestone
            | A::ReadDocument
            | A::ManageDocument
            | A::ReadTask
            | A::PlanTask
            | A::AssignTask
            | A::ValidateTask
            | A::ReadIncident
            | A::ReportIncident
            | A::ManageIncident
            | A::ReadServiceLevel
            | A::ManageServiceLevel
            | A::ReadTime
            | A::ReadProof
            | A::AddProof
            | A::ReadAudit
            | A::ReadKpi
            | A::FollowLive
            | A::MakeReport
            | A::ReadRisk
            | A::ReportRisk
            | A::ManageRisk
            | A::ReadSteering
            | A::ManageSteering
            | A::ReadBudget
            | A::ManageBudget
            | A::AcceptClaim => Reach::Scope,
            A::ReadUsers
            | A::ReadWorkers
            | A::ManageWorkers
            | A::ManageFleet
            | A::MoveStock
            | A::ReadChecklist
            | A::ManageChecklist
            | A::ReadEscalation
            | A::ReadLabour
            | A::ManageRates => Reach::Any,
            A::AskLeave => Reach::Own,
            _ => Reach::No,
        },
        Role::SiteLead => match action {
            A::ReadProject
            | A::ReadDocument
            | A::ManageDocument
            | A::ReadTask
            | A::PlanTask
            | A::AssignTask
            | A::WorkTask
            | A::ValidateTask
            | A::ReadIncident
            | A::ReportIncident
            | A::ManageIncident
            | A::ReadServiceLevel
            | A::Clock
            | A::ReadTime
            | A::CorrectTime
            | A::AddProof
            | A::ReadProof
            | A::ReadAudit
            | A::ReadKpi
            | A::FollowLive
            | A::MakeReport
            | A::ReadRisk
            | A::ReportRisk => Reach::Scope,
            A::ReadWorkers
            | A::MoveStock
            | A::ReadChecklist
            | A::ReadEscalation
            | A::ReadLabour => Reach::Any,
            A::PullField | A::AskLeave | A::SignTime => Reach::Own,
            _ => Reach::No,
        },
        Role::CrewMember => match action {
            A::AskLeave
            | A::ReadTask
            | A::ReadDocument
            | A::WorkTask
            | A::ReadIncident
            | A::ReportIncident
            | A::Clock
            | A::ReadTime
            | A::SignTime
            | A::PullField
            | A::AddProof
            | A::ReadProof => Reach::Own,
            A::ReadChecklist | A::ReadLabour => Reach::Any,
            _ => Reach::No,
        },
    }
}

#[cfg(test)]
mod tests {
    use kernel::{ProjectId, SessionId, SiteId, UserId, WorkerId};

    use super::*;
    use crate::caller::{Caller, Grant, Scope, Target};

    fn caller(role: Role, scope: Scope) -> Caller {
        Caller {
            user: UserId::new(),
            session: SessionId::new(),
            grants: vec![Grant { role, scope }],
            worker: Some(WorkerId::new()),
            mates: Vec::new(),
        }
    }

    #[test]
    fn a_site_lead_reaches_the_own_site_alone() {
        let (project, site) = (ProjectId::new(), SiteId::new());
        let lead = caller(Role::SiteLead, Scope::Site(site));
        assert!(lead.may(Action::ValidateTask, &Target::site(project, site)));
        assert!(!lead.may(Action::ValidateTask, &Target::site(project, SiteId::new())));
        assert!(!lead.may(Action::ManageProject, &Target::project(project)));
        assert!(!lead.may(Action::ReadTask, &Target::tenant()));
    }

    #[test]
    fn a_crew_member_touches_own_work_only_even_with_a_wide_scope() {
        let crew = caller(Role::CrewMember, Scope::Tenant);
        let site = Target::site(ProjectId::new(), SiteId::new());
        assert!(crew.may(Action::WorkTask, &site.clone().with_workers(crew.worker)));
        assert!(!crew.may(Action::WorkTask, &site.with_workers([WorkerId::new()])));
    }

    #[test]
    fn a_site_lead_reports_risks_and_steers_nothing_and_a_crew_does_neither() {
        assert_eq!(reach(Role::SiteLead, Action::ReportRisk), Reach::Scope);
        for action in [Action::ManageRisk, Action::ReadSteering, Action::ManageSteering] {
            assert_eq!(reach(Role::SiteLead, action), Reach::No, "{action:?}");
        }
        for action in [Action::ReadRisk, Action::ReportRisk, Action::ReadSteering] {
            assert_eq!(reach(Role::CrewMember, action), Reach::No, "{action:?}");
        }
    }

    #[test]
    fn site_leads_and_crews_see_no_money() {
        use Action as A;
        for action in [A::ReadBudget, A::ManageBudget, A::AcceptClaim, A::ManageRates] {
            for role in [Role::SiteLead, Role::CrewMember, Role::PlatformAdmin] {
                assert_eq!(reach(role, action), Reach::No, "{role:?} {action:?}");
            }
        }
    }

    #[test]
    fn a_crew_member_asks_for_own_leave_alone_and_decides_on_none() {
        let crew = caller(Role::CrewMember, Scope::Tenant);
        let of = |worker| Target::tenant().with_workers([worker]);
        assert!(crew.may(Action::AskLeave, &of(crew.worker.unwrap())));
        assert!(!crew.may(Action::AskLeave, &of(WorkerId::new())));
        for action in [Action::ManageWorkers, Action::ManageFleet, Action::MoveStock] {
            assert!(!crew.may_somewhere(action), "{action:?}");
        }
    }

    #[test]
    fn nobody_of_a_tenant_manages_tenants() {
        for role in Role::ALL.into_iter().filter(|r| *r != Role::PlatformAdmin) {
            assert_eq!(reach(role, Action::ManageTenants), Reach::No);
        }
    }
}
