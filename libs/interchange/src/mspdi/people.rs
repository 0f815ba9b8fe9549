//! Resources, and the tasks they are assigned to.

use std::collections::HashMap;

use super::words::{DECIMAL, DURATION, FLAG, INTEGER};
use super::xml::Node;
use crate::findings::Findings;
use crate::{Assignment, Finding, Place, Resource, ResourceKind};

/// Places by the numbers the file knows things by.
type Places = HashMap<i64, usize>;

/// Those who work, with what refers to others by numbers that may stand later in the file.
#[derive(Default)]
pub struct People {
    /// Each with its calendar's number.
    pub resources: Vec<(Resource, Option<i64>)>,
    /// Each with its task's number and its resource's.
    pub assignments: Vec<(Assignment, i64, i64)>,
}

impl People {
    /// Reads one `Resource`; Project's own unnamed one is left out.
    pub fn resource(&mut self, node: &Node, found: &mut Findings) {
        let Some(uid) = found.need(node, "UID", &INTEGER) else { return };
        let Some(name) = node.text("Name").filter(|_| uid > 0) else { return };
        let cost = found.get(node, "IsCostResource", &FLAG) == Some(true);
        let kind = match found.get(node, "Type", &INTEGER) {
            _ if cost => ResourceKind::Cost,
            Some(0) => ResourceKind::Material,
            Some(2) => ResourceKind::Cost,
            _ => ResourceKind::Work,
        };
        let units = percent(found.get(node, "MaxUnits", &DECIMAL));
        let resource = Resource { uid, name: name.to_owned(), kind, calendar: None, units };
        let calendar = found.get(node, "CalendarUID", &INTEGER).filter(|uid| *uid > 0);
        self.resources.push((resource, calendar));
    }

    /// Reads one `Assignment`; one of nobody is left out.
    pub fn assignment(&mut self, node: &Node, found: &mut Findings) {
        let uid = found.get(node, "UID", &INTEGER).unwrap_or(0);
        let task = found.need(node, "TaskUID", &INTEGER);
        let resource = found.need(node, "ResourceUID", &INTEGER);
        let (Some(task), Some(resource)) = (task, resource) else { return };
        // Project writes -65535 where nobody is assigned, and 0 for its unnamed resource.
        if resource <= 0 || task <= 0 {
            return;
        }
        let units = percent(found.get(node, "Units", &DECIMAL));
        let work = found.get(node, "Work", &DURATION).unwrap_or(0);
        let assignment = Assignment { uid, task: 0, resource: 0, units, work };
        self.assignments.push((assignment, task, resource));
    }

    /// The resources and assignments with their places instead of numbers.
    pub fn placed(
        self,
        calendars: &Places,
        tasks: &Places,
        found: &mut Findings,
    ) -> (Vec<Resource>, Vec<Assignment>) {
        let resources: Vec<Resource> = self
            .resources
            .into_iter()
            .map(|(resource, uid)| Resource {
                calendar: uid.and_then(|uid| calendars.get(&uid).copied()),
                ..resource
            })
            .collect();
        let places: Places =
            resources.iter().enumerate().map(|(at, resource)| (resource.uid, at)).collect();
        let mut assignments = Vec::with_capacity(self.assignments.len());
        for (assignment, task, resource) in self.assignments {
            if let (Some(&task), Some(&resource)) = (tasks.get(&task), places.get(&resource)) {
                assignments.push(Assignment { task, resource, ..assignment });
                continue;
            }
            found.push(Finding::new(
                Place {
                    what: format!("Project/Assignments/Assignment[UID={}]", assignment.uid),
                    ..Place::default()
                },
                "unknown-task",
                format!("Tâche {task} ou ressource {resource} inconnue."),
                format!("Unknown task {task} or resource {resource}."),
            ));
        }
        (resources, assignments)
    }
}

/// A share of one in per cent; a whole one where nothing is told.
fn percent(share: Option<f64>) -> i64 {
    share.map_or(100, |share| (share * 100.0).round() as i64)
}
