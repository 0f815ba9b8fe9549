//! What rows refer to: among themselves, and to what is there.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use auth::{Action, Target};
use chrono::{Datelike, Duration};
use chrono_tz::Tz;
use contracts::{ImportedLink, ImportedSkill, ImportedTask, ImportedWorker};
use kernel::{ProjectId, SiteId, SkillId, TaskId, Timestamp, WorkerId};
use web::Ctx;

use super::finding::{File, Findings};
use super::model::Plan;
use super::rows::{Rows, SiteRow, TaskRow, When, WorkerRow};
use crate::sites::model::Site;

/// The longest span of a task, in days, as planning has it.
const LONGEST_DAYS: i64 = 3 * 366;

/// What is there already of what rows name.
#[derive(Default)]
pub(super) struct Known {
    /// Projects by their code.
    pub projects: HashMap<String, ProjectId>,
    /// Sites by their project's code and their name.
    pub sites: HashMap<(String, String), Vec<KnownSite>>,
    /// Skills by their code.
    pub skills: HashMap<String, SkillId>,
    /// The codes of projects that another import is about to make.
    pub waiting_projects: HashSet<String>,
    /// The sites that another import is about to make, as above.
    pub waiting_sites: HashSet<(String, String)>,
}

/// A site that rows may name.
#[derive(Clone, Copy)]
pub(super) struct KnownSite {
    /// Its id.
    pub id: SiteId,
    /// Its project.
    pub project: ProjectId,
    /// Its time zone.
    pub zone: Tz,
}

/// Makes the rows into what they stand for; what does not hold together is a finding.
pub(super) fn resolve(cx: &Ctx, rows: Rows, known: Known, findings: &mut Findings) -> Plan {
    let mut resolving = Resolving { cx, known, findings };
    let mut plan = Plan::default();
    for row in rows.projects {
        let at = (File::Projects, row.line);
        let code = &row.project.code;
        let known = &resolving.known;
        if known.projects.contains_key(code) || known.waiting_projects.contains(code) {
            let (fr, en) =
                ("ce code désigne déjà un projet", "this code already stands for a project");
            resolving.findings.add(at, "code", "taken", fr, en);
            continue;
        }
        resolving.known.projects.insert(row.project.code.clone(), row.project.id);
        plan.projects.push((row.line, row.project));
    }
    let made: HashSet<_> = plan.projects.iter().map(|(_, p)| p.id).collect();
    for row in rows.sites {
        let line = row.line;
        plan.sites.extend(resolving.site(row, &made).map(|site| (line, site)));
    }
    for row in rows.workers {
        plan.workers.extend(resolving.worker(row));
    }
    plan.tasks = resolving.tasks(rows.tasks, &made);
    plan
}

struct Resolving<'a> {
    cx: &'a Ctx,
    known: Known,
    findings: &'a mut Findings,
}

impl Resolving<'_> {
    /// Whether the caller may do `action` there; to whom the place is unseen, it is unknown.
    fn may(
        &mut self,
        action: Action,
        target: &Target,
        at: (File, u64),
        column: &'static str,
        new: bool,
    ) -> bool {
        let caller = &self.cx.caller;
        if caller.may(action, target) {
            return true;
        }
        if new || caller.may(Action::ReadProject, target) {
            let (fr, en) =
                ("votre rôle ne le permet pas ici", "your role does not allow this here");
            self.findings.add(at, column, "forbidden", fr, en);
        } else {
            self.unknown(at, column);
        }
        false
    }

    fn unknown(&mut self, at: (File, u64), column: &'static str) {
        let (fr, en) = ("inconnu ici et dans l'import", "unknown here and in the import");
        self.findings.add(at, column, "reference", fr, en);
    }

    fn site(&mut self, row: SiteRow, made: &HashSet<ProjectId>) -> Option<Site> {
        let at = (File::Sites, row.line);
        let Some(&project) = self.known.projects.get(&row.project) else {
            self.unknown(at, "project");
            return None;
        };
        let target = Target::project(project);
        if !self.may(Action::ManageProject, &target, at, "project", made.contains(&project)) {
            return None;
        }
        let mut new = row.new;
        new.project_id = project;
        let site = Site::open(new, self.cx.tenant.zone);
        let key = (row.project, site.name.clone());
        if self.known.sites.contains_key(&key) || self.known.waiting_sites.contains(&key) {
            let (fr, en) =
                ("le projet a déjà un chantier de ce nom", "the project has a site of this name");
            self.findings.add(at, "name", "taken", fr, en);
            return None;
        }
        let zone = site.zone.parse().unwrap_or(self.cx.tenant.zone);
        self.known.sites.insert(key, vec![KnownSite { id: site.id, project, zone }]);
        Some(site)
    }

    fn skill(&mut self, code: &str, at: (File, u64)) -> Option<SkillId> {
        let skill = self.known.skills.get(code).copied();
        if skill.is_none() {
            let shown: String = code.chars().take(60).collect();
            self.findings.add(
                at,
                "skills",
                "reference",
                format!("compétence « {shown} » inconnue"),
                format!("unknown skill \"{shown}\""),
            );
        }
        skill
    }

    fn worker(&mut self, row: WorkerRow) -> Option<(u64, ImportedWorker)> {
        let mut skills = Vec::with_capacity(row.skills.len());
        for (code, valid_until) in &row.skills {
            let skill_id = self.skill(code, (File::Workers, row.line))?;
            skills.push(ImportedSkill { skill_id, valid_until: *valid_until });
        }
        let (name, phone) = (row.name, row.phone);
        Some((row.line, ImportedWorker { id: WorkerId::new(), name, phone, skills }))
    }

    fn tasks(&mut self, rows: Vec<TaskRow>, made: &HashSet<ProjectId>) -> Vec<(u64, ImportedTask)> {
        let mut places: Vec<Place> = Vec::with_capacity(rows.len());
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut wanted: Vec<(usize, TaskRow)> = Vec::with_capacity(rows.len());
        let mut tasks = Vec::with_capacity(rows.len());
        for mut row in rows {
            let at = (File::Tasks, row.line);
            if let Some(name) = row.name.take() {
                match names.entry(name) {
                    Entry::Vacant(free) => {
                        free.insert(tasks.len());
                    }
                    Entry::Occupied(_) => {
                        let (fr, en) = ("référence en double", "ref there twice");
                        self.findings.add(at, "ref", "twice", fr, en);
                    }
                }
            }
            let Some((place, task)) = self.task(&row, made) else {
                // What other rows say of it is not to be judged.
                places.push(Place::default());
                tasks.push(None);
                continue;
            };
            places.push(place);
            wanted.push((tasks.len(), row));
            tasks.push(Some(task));
        }
        let ids: Vec<_> = tasks.iter().map(|t| t.as_ref().map(|t| t.id)).collect();
        let mut edges = Vec::new();
        let mut lines = vec![0; tasks.len()];
        for (nth, row) in wanted {
            lines[nth] = row.line;
            for before in &row.after {
                let first = names.get(&before.name).copied();
                let Some(first) = self.before(first, nth, before.lag_min, &places, row.line) else {
                    continue;
                };
                edges.push((first, nth));
                if let (Some(task), Some(id)) = (&mut tasks[nth], ids[first]) {
                    task.after.push(ImportedLink { task: id, lag_min: before.lag_min });
                }
            }
        }
        self.refuse_cycle(&edges, &names, &lines);
        let rows = lines.into_iter().zip(tasks);
        rows.filter_map(|(line, task)| Some((line, task?))).collect()
    }

    fn task(&mut self, row: &TaskRow, made: &HashSet<ProjectId>) -> Option<(Place, ImportedTask)> {
        let at = (File::Tasks, row.line);
        let key = (row.project.clone(), row.site.clone());
        let site = match self.known.sites.get(&key).map(Vec::as_slice) {
            Some([site]) => *site,
            Some([_, ..]) => {
                let (fr, en) = (
                    "plusieurs chantiers du projet portent ce nom",
                    "several sites have this name",
                );
                self.findings.add(at, "site", "ambiguous", fr, en);
                return None;
            }
            _ => {
                let project = self.known.projects.contains_key(&row.project);
                self.unknown(at, if project { "site" } else { "project" });
                return None;
            }
        };
        let target = Target::site(site.project, site.id);
        let new = made.contains(&site.project);
        if !self.may(Action::PlanTask, &target, at, "site", new) {
            return None;
        }
        let starts_at = self.instant(row.starts, site.zone, at, "starts_at")?;
        let ends_at = match row.ends {
            Some(ends) => Some(self.instant(ends, site.zone, at, "ends_at")?),
            None => None,
        };
        let minutes = Duration::minutes(row.duration_min.unwrap_or_default().into());
        let end = ends_at.unwrap_or(starts_at + minutes);
        let span = end - starts_at;
        if span <= Duration::zero() || span > Duration::days(LONGEST_DAYS) || end.year() > 2101 {
            let (fr, en) = (
                "doit suivre le début, de trois ans au plus",
                "must come after the start, within three years",
            );
            self.findings.add(at, "ends_at", "order", fr, en);
            return None;
        }
        let mut skills = Vec::with_capacity(row.skills.len());
        for code in &row.skills {
            skills.push(self.skill(code, at)?);
        }
        let task = ImportedTask {
            id: TaskId::new(),
            site_id: site.id,
            title: row.title.clone(),
            description: row.description.clone(),
            priority: row.priority.to_owned(),
            workers_needed: row.workers_needed,
            starts_at,
            ends_at,
            duration_min: row.duration_min,
            skills,
            after: Vec::new(),
        };
        Some((Place { project: Some(site.project), span: Some((starts_at, end)) }, task))
    }

    fn instant(
        &mut self,
        when: When,
        zone: Tz,
        at: (File, u64),
        column: &'static str,
    ) -> Option<Timestamp> {
        let instant = when.at(zone);
        if instant.is_none() {
            self.findings.add(
                at,
                column,
                "clock",
                format!("cette heure n'existe pas à {zone} : les horloges avancent"),
                format!("this time is not on clocks in {zone}: they go forward"),
            );
        }
        instant
    }

    /// The task that comes before `second`, where it can.
    fn before(
        &mut self,
        first: Option<usize>,
        second: usize,
        lag_min: i32,
        places: &[Place],
        line: u64,
    ) -> Option<usize> {
        let at = (File::Tasks, line);
        let Some(first) = first.filter(|first| *first != second) else {
            let (fr, en) = ("référence inconnue dans ce fichier", "ref unknown in this file");
            self.findings.add(at, "predecessors", "reference", fr, en);
            return None;
        };
        let (before, after) = (&places[first], &places[second]);
        let (Some((_, end)), Some((start, _))) = (before.span, after.span) else { return None };
        if before.project != after.project {
            let (fr, en) = ("tâche d'un autre projet", "task of another project");
            self.findings.add(at, "predecessors", "reference", fr, en);
            return None;
        }
        let earliest = end + Duration::minutes(lag_min.into());
        if start < earliest {
            self.findings.add(
                at,
                "starts_at",
                "too_early",
                format!("avant la fin de ce qui précède ({})", earliest.to_rfc3339()),
                format!("before the end of what comes before ({})", earliest.to_rfc3339()),
            );
        }
        Some(first)
    }

    /// Links that lead back to where they began are named by one of their tasks.
    fn refuse_cycle(
        &mut self,
        edges: &[(usize, usize)],
        names: &HashMap<String, usize>,
        lines: &[u64],
    ) {
        let mut open = vec![0_usize; lines.len()];
        let mut followers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (first, second) in edges {
            open[*second] += 1;
            followers.entry(*first).or_default().push(*second);
        }
        let mut free: VecDeque<_> = (0..open.len()).filter(|nth| open[*nth] == 0).collect();
        while let Some(nth) = free.pop_front() {
            for follower in followers.get(&nth).into_iter().flatten() {
                open[*follower] -= 1;
                if open[*follower] == 0 {
                    free.push_back(*follower);
                }
            }
        }
        let Some(stuck) = open.iter().position(|left| *left > 0) else { return };
        let mut tied: Vec<_> = names
            .iter()
            .filter(|(_, nth)| open[**nth] > 0)
            .map(|(name, _)| name.as_str())
            .collect();
        tied.sort_unstable();
        tied.truncate(20);
        let tied = tied.join(", ");
        self.findings.add(
            (File::Tasks, lines[stuck]),
            "predecessors",
            "cycle",
            format!("ces tâches s'attendent en rond : {tied}"),
            format!("these tasks wait for each other in a circle: {tied}"),
        );
    }
}

/// Where a task of the file stands.
#[derive(Default)]
struct Place {
    project: Option<ProjectId>,
    span: Option<(Timestamp, Timestamp)>,
}
