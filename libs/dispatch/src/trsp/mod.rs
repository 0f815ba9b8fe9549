//! The technician routing and scheduling problem of Pillac, Guéret and Medaglia ("A parallel
//! matheuristic for the technician routing and scheduling problem", Optimization Letters 7, 2013):
//! one day, one depot, and the least sum of the routes' durations. Its instances are planned by the
//! same search as everything else.

use std::fmt::Write as _;

use crate::plan::{Plan, Visit};
use crate::problem::{Depot, Job, Problem, Shift, Weights, Window, Worker};
use crate::travel::Matrix;
use crate::validate::Fault;

/// Ticks in a unit of the instance: distances are not whole numbers.
pub const TICKS: i64 = 100_000;

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A line is not as it should be.
    #[error("line {line}: {wrong}")]
    Line {
        /// Which, from 1.
        line: usize,
        /// What is wrong.
        wrong: &'static str,
    },
    /// The file ends before all is said.
    #[error("{0}")]
    Short(&'static str),
    /// What it says cannot be planned.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// An instance as it stands in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// How many technicians.
    pub crew: usize,
    /// The depot, the technicians' homes, the requests.
    pub nodes: Vec<Node>,
}

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its number in the file.
    pub id: i64,
    /// Where.
    pub at: (i64, i64),
    /// First and last start; of a technician, the day.
    pub window: (i64, i64),
    /// How long it takes.
    pub service: i64,
    /// Skills held or asked for.
    pub skills: Vec<usize>,
    /// Tools held or asked for.
    pub tools: Vec<usize>,
    /// Parts held or asked for, by kind.
    pub parts: Vec<u32>,
}

impl Instance {
    /// Reads a file's text.
    pub fn read(text: &str) -> Result<Self, Refused> {
        let mut lines = text.lines().enumerate().map(|(nth, line)| (nth + 1, line.trim()));
        let name = lines.next().map_or("", |line| line.1).to_owned();
        let mut find = |head: &str| lines.by_ref().find(|line| line.1.starts_with(head));
        find("CREW COUNT").ok_or(Refused::Short("there is no line CREW COUNT"))?;
        let (line, counts) = lines.next().ok_or(Refused::Short("the crew is not counted"))?;
        let crew = counts.split_whitespace().next().and_then(|it| it.parse::<usize>().ok());
        let crew = crew.ok_or(Refused::Line { line, wrong: "the crew is not a number" })?;
        let mut find = |head: &str| lines.by_ref().find(|line| line.1.starts_with(head));
        find("ID").ok_or(Refused::Short("there is no table of nodes"))?;
        let mut nodes = Vec::new();
        for (line, text) in lines.filter(|line| !line.1.is_empty()) {
            nodes.push(node(text).ok_or(Refused::Line { line, wrong: "not a node" })?);
        }
        if nodes.len() <= crew {
            return Err(Refused::Short("there are fewer nodes than technicians and a depot"));
        }
        Ok(Self { name, crew, nodes })
    }

    /// The instance as a problem. Distances are rounded up to a tick, so that what holds in the
    /// problem holds in the instance.
    pub fn problem(&self) -> Result<Problem, Refused> {
        let mut times = Vec::with_capacity(self.nodes.len().pow(2));
        for from in &self.nodes {
            times.extend(self.nodes.iter().map(|to| {
                let (x, y) = (from.at.0 - to.at.0, from.at.1 - to.at.1);
                Some((x as f64).hypot(y as f64) * TICKS as f64)
            }));
        }
        let ticks = |window: (i64, i64)| Window { from: window.0 * TICKS, to: window.1 * TICKS };
        let workers = self.nodes[1..=self.crew].iter().zip(1..).map(|(node, place)| {
            let skills = node.skills.iter().max().map_or(0, |most| most + 1);
            let mut levels = vec![0; skills];
            for skill in &node.skills {
                levels[*skill] = 1;
            }
            Worker {
                start: place,
                end: place,
                shifts: vec![Shift { day: 0, week: 0, windows: vec![ticks(node.window)] }],
                skills: levels,
                tools: node.tools.clone(),
                parts: node.parts.clone(),
                cost: 1.0,
                ..Worker::default()
            }
        });
        let jobs = self.nodes.iter().enumerate().skip(self.crew + 1).map(|(place, node)| Job {
            place,
            duration: node.service * TICKS,
            windows: vec![ticks(node.window)],
            skills: node.skills.iter().map(|skill| (*skill, 1)).collect(),
            tools: node.tools.clone(),
            parts: node.parts.iter().copied().enumerate().collect(),
            ..Job::default()
        });
        // Only durations count, and nothing is left undone for them.
        let weights = Weights {
            travel: 0.0,
            work: 1.0 / TICKS as f64,
            overtime: 0.0,
            lateness: 0.0,
            unserved: 1e6,
            preferred: 0.0,
            continuity: 0.0,
            fairness: 0.0,
            change: 0.0,
            shift: 0.0,
        };
        Ok(Problem {
            now: 0,
            travel: Matrix::new(self.nodes.len(), &times)?,
            workers: workers.collect(),
            jobs: jobs.collect(),
            depots: vec![Depot { place: 0, ..Depot::default() }],
            taken: Vec::new(),
            weeks: Vec::new(),
            published: Vec::new(),
            weights,
        })
    }

    /// A plan in the form that the instances' checker reads.
    pub fn write(&self, plan: &Plan) -> String {
        let mut text = String::from("{\"routes\": {");
        for (nth, route) in plan.routes.iter().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            let ids = route.stops.iter().map(|stop| match stop.visit {
                Visit::Job(job) => self.nodes[self.crew + 1 + job].id.to_string(),
                Visit::Depot(_) => "0".to_owned(),
            });
            let ids: Vec<_> = ids.collect();
            let technician = self.nodes[1 + route.worker].id;
            // Writing to a string does not fail.
            let _ = write!(text, "{comma}\n\"{technician}\": [{}]", ids.join(", "));
        }
        text + "\n}}\n"
    }
}

fn node(text: &str) -> Option<Node> {
    let (figures, lists) = text.split_at(text.find('[')?);
    let figures = figures.split_whitespace().map(str::parse::<i64>);
    let figures = figures.collect::<Result<Vec<_>, _>>().ok()?;
    let &[id, x, y, from, to, service] = figures.as_slice() else { return None };
    let mut lists = lists.split('[').skip(1).map(|list| {
        let list = list.split(']').next().unwrap_or("");
        let items = list.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(str::parse::<u32>).collect::<Result<Vec<_>, _>>().ok()
    });
    let mut list = || lists.next().flatten();
    let wide = |list: Vec<u32>| list.into_iter().map(|it| it as usize).collect();
    Some(Node {
        id,
        at: (x, y),
        window: (from, to),
        service,
        skills: wide(list()?),
        tools: wide(list()?),
        parts: list()?,
    })
}
