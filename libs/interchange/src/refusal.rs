//! Why a document's plan cannot be scheduled, in the file's own words.

use schedule::{LinkKind, Refused};

use crate::{Document, Finding, Place};

/// Tasks of a circle named at most; a longer one is shortened in its middle.
const NAMED: usize = 12;

impl Document {
    /// `refused` with tasks and calendars called as the file calls them.
    pub fn explain(&self, refused: &Refused) -> Finding {
        match refused {
            Refused::Cycle(tasks) => self.cycle(tasks),
            Refused::NoWorkingTime(calendar) => self.of_calendar(
                *calendar,
                "no-working-time",
                "n'a pas de temps de travail pour les tâches qui le suivent",
                "has no working time for the tasks that go by it",
            ),
            Refused::Hours(calendar) => self.of_calendar(
                *calendar,
                "bad-hours",
                "a des heures qui se chevauchent ou une période qui finit avant de commencer",
                "has hours that overlap or a period that ends before it begins",
            ),
            Refused::Duration(task) => self.of_task(
                *task,
                "duration",
                "a une durée négative ou trop longue",
                "has a duration that is negative or too long",
            ),
            Refused::Years(task) => self.of_task(
                *task,
                "years",
                "sort des années du calendrier (1950 à 2150)",
                "leaves the calendar's years (1950 to 2150)",
            ),
            Refused::Reference(task) => self.of_task(
                *task,
                "reference",
                "renvoie à une tâche ou à un calendrier qui n'existe pas",
                "refers to a task or a calendar that is not there",
            ),
            Refused::Lag(link) => {
                self.of_link(*link, "lag", "a un délai trop long", "has a lag that is too long")
            }
            Refused::Link(link) => self.of_link(
                *link,
                "link",
                "relie une tâche à elle-même ou à son propre récapitulatif",
                "ties a task to itself or to its own summary",
            ),
        }
    }

    /// What a task is called: its number and its name.
    fn called(&self, task: usize) -> String {
        let uid = self.tasks.get(task).map(|info| info.uid).unwrap_or_default();
        let name = self.plan.tasks.get(task).map_or("", |task| task.name.as_str());
        format!("{uid} « {name} »")
    }

    fn at_task(&self, task: usize) -> Place {
        let what = self.tasks.get(task).map(|info| format!("Task[UID={}]", info.uid));
        Place { what: what.unwrap_or_default(), ..Place::default() }
    }

    fn cycle(&self, tasks: &[usize]) -> Finding {
        let mut names: Vec<String> = tasks.iter().map(|task| self.called(*task)).collect();
        if names.len() > NAMED {
            names.splice(NAMED / 2..names.len() - NAMED / 2, ["…".to_owned()]);
        }
        names.extend(tasks.first().map(|first| self.called(*first)));
        let path = names.join(" → ");
        Finding::new(
            self.at_task(tasks.first().copied().unwrap_or_default()),
            "cycle",
            format!("Ces tâches dépendent les unes des autres en boucle : {path}."),
            format!("These tasks depend on each other in a circle: {path}."),
        )
    }

    fn of_task(&self, task: usize, code: &'static str, fr: &str, en: &str) -> Finding {
        let name = self.called(task);
        Finding::new(
            self.at_task(task),
            code,
            format!("La tâche {name} {fr}."),
            format!("Task {name} {en}."),
        )
    }

    fn of_calendar(&self, calendar: usize, code: &'static str, fr: &str, en: &str) -> Finding {
        let uid = self.calendars.get(calendar).map(|info| info.uid).unwrap_or_default();
        let name = self.plan.calendars.get(calendar).map_or("", |c| c.name.as_str());
        Finding::new(
            Place { what: format!("Calendar[UID={uid}]"), ..Place::default() },
            code,
            format!("Le calendrier {uid} « {name} » {fr}."),
            format!("Calendar {uid} « {name} » {en}."),
        )
    }

    fn of_link(&self, link: usize, code: &'static str, fr: &str, en: &str) -> Finding {
        let Some(tie) = self.plan.links.get(link) else {
            return Finding::new(
                Place::default(),
                code,
                format!("Un lien {fr}."),
                format!("A link {en}."),
            );
        };
        let kind = match tie.kind {
            LinkKind::FinishToStart => "FS",
            LinkKind::StartToStart => "SS",
            LinkKind::FinishToFinish => "FF",
            LinkKind::StartToFinish => "SF",
        };
        let (from, to) = (self.called(tie.from), self.called(tie.to));
        Finding::new(
            self.at_task(tie.to),
            code,
            format!("Le lien {kind} de {from} à {to} {fr}."),
            format!("The {kind} link from {from} to {to} {en}."),
        )
    }
}
