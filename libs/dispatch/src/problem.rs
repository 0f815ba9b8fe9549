//! What is to be planned: workers with their shifts, jobs with what they ask for, and what counts.
//!
//! Workers, jobs, depots, places, skills, kinds of certificates, tools and parts are named by their
//! place in a list that the caller keeps.

use crate::travel::Matrix;

/// An instant or a length of time, in one unit for the whole problem (seconds, in the product).
pub type Time = i64;

/// A span from its first instant to its last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First instant.
    pub from: Time,
    /// Last instant.
    pub to: Time,
}

/// A dispatch problem.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The moment of planning: nothing starts before it.
    pub now: Time,
    /// Travel times between the places.
    pub travel: Matrix,
    /// Who works.
    pub workers: Vec<Worker>,
    /// What is to be done.
    pub jobs: Vec<Job>,
    /// Where missing tools and parts are fetched.
    pub depots: Vec<Depot>,
    /// Tools of depots that are out for work beside the plan.
    pub taken: Vec<Taken>,
    /// The weeks in which weekly rest counts, in order of time; none where nobody has to keep any.
    pub weeks: Vec<Week>,
    /// The plan that people have been told, for few changes; empty when there is none.
    pub published: Vec<Published>,
    /// What counts how much.
    pub weights: Weights,
}

/// A week in which weekly rest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    /// Its number, as shifts count them.
    pub week: i32,
    /// From its first instant to the first of the next.
    pub span: Window,
}

/// Somebody who works.
#[derive(Clone, Debug, Default)]
pub struct Worker {
    /// Where the day starts: a place.
    pub start: usize,
    /// Where the day ends: a place.
    pub end: usize,
    /// Working days, in order of time and without overlap; at most one a day. None at all is
    /// allowed, and told by [`Problem::check`].
    pub shifts: Vec<Shift>,
    /// What lies between windows of shifts and is no pause: absences, other work. No job goes on over
    /// it.
    pub held: Vec<Window>,
    /// Level of each skill, 0 for none; skills past its end are none.
    pub skills: Vec<u8>,
    /// Certificates held.
    pub certificates: Vec<Certificate>,
    /// Tools in the vehicle, each morning.
    pub tools: Vec<usize>,
    /// Spare parts in the vehicle at the start, by kind; kinds past its end are none. They last for
    /// the whole horizon; what is fetched from a depot serves the day it is fetched.
    pub parts: Vec<u32>,
    /// Load the vehicle carries in a day.
    pub capacity: u64,
    /// Cost of an hour of work, relative to [`Weights::work`]; 1 for everybody when it does not
    /// matter.
    pub cost: f64,
    /// Limits of working time.
    pub limits: Limits,
    /// What is worked beside the plan.
    pub worked: Worked,
}

/// One day of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The day, as a number that grows by one a day; certificates count by it.
    pub day: i32,
    /// The week, as a number that grows by one a week; weekly limits count by it.
    pub week: i32,
    /// When the worker works: hours less leave and absences, in order, without overlap. Between two
    /// windows the worker pauses wherever that is; travel and interruptible jobs go on afterwards.
    pub windows: Vec<Window>,
}

/// A certificate, valid up to and including a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its kind.
    pub kind: usize,
    /// Last day it is valid.
    pub until: i32,
}

/// Limits of working time, as plain numbers: whoever knows the law fills them in. Working time is
/// travel, service and waiting, from leaving to being back, without breaks and pauses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most work in a day.
    pub day: Option<Time>,
    /// Most work in a week.
    pub week: Option<Time>,
    /// Most days of work in a week.
    pub days_a_week: Option<u8>,
    /// Most work in a week on average over some weeks.
    pub average: Option<Average>,
    /// Least rest between two days of work.
    pub daily_rest: Option<Time>,
    /// Longest from the first work of a day to the last, unless the least rest lies in between: what
    /// the hours between one start and the next leave beside it.
    pub day_span: Option<Time>,
    /// The rest that is due each week; it counts in [`Problem::weeks`].
    pub weekly_rest: Option<WeeklyRest>,
    /// The break that is due.
    pub pause: Option<Pause>,
    /// Work in a week beyond which overtime is paid; soft.
    pub ordinary_week: Option<Time>,
}

/// A weekly limit on average.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Average {
    /// Over how many weeks in a row.
    pub weeks: u8,
    /// Most work in a week on average.
    pub limit: Time,
}

/// A break that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Longest stretch of work without one.
    pub after: Time,
    /// How long it is at least.
    pub length: Time,
}

/// The rest that is due in a week with work; in one without planned work the plan must leave it if
/// it is there without the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeeklyRest {
    /// How long it is at least, in one piece. It may begin in the week before and end in the one
    /// after.
    pub length: Time,
    /// How much of it lies in the week at least.
    pub within: Time,
}

/// What is worked beside the plan: before the horizon, and in it what the plan does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Work by week; weeks of the horizon may be among them.
    pub weeks: Vec<(i32, Time)>,
    /// By week what an average counts as if it was worked, and nothing else does: leave.
    pub neutral: Vec<(i32, Time)>,
    /// Days with work, each once, as far as the horizon's days and weeks are touched.
    pub days: Vec<WorkedDay>,
}

/// A day with work beside the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkedDay {
    /// The day.
    pub day: i32,
    /// Its week.
    pub week: i32,
    /// Work.
    pub work: Time,
    /// From the first instant of it to the last, which may lie in the next day: rest lies between
    /// this and the work of other days.
    pub span: Window,
}

/// Something to be done at a place.
#[derive(Clone, Debug)]
pub struct Job {
    /// Where.
    pub place: usize,
    /// How long it takes, of each member of the team.
    pub duration: Time,
    /// It starts in one of these, in order, without overlap; none means at any time.
    pub windows: Vec<Window>,
    /// Skills that each member of the team has, with their least level.
    pub skills: Vec<(usize, u8)>,
    /// Kinds of certificates that each member holds, valid on the day.
    pub certificates: Vec<usize>,
    /// How many workers do it, starting together; 1 for most.
    pub team: u8,
    /// Tools that each member has on board, or has fetched that day.
    pub tools: Vec<usize>,
    /// Spare parts it uses: kind and number; the first of the team brings them.
    pub parts: Vec<(usize, u32)>,
    /// Load that is brought to it, by the first of the team.
    pub load: u64,
    /// How much it counts when late or left undone; 1 for most.
    pub priority: f64,
    /// It should have started by then.
    pub due: Option<Time>,
    /// Workers who should do it; empty: anybody.
    pub preferred: Vec<usize>,
    /// The only workers who may do it; empty: anybody. With as many as the team is large, they are
    /// the team.
    pub only: Vec<usize>,
    /// Where the same faces are wanted: jobs of one site are best done by few workers.
    pub site: Option<usize>,
    /// Jobs that are done before it starts.
    pub after: Vec<usize>,
    /// Whether it may pause for a break or between two windows of a shift.
    pub interruptible: bool,
}

impl Default for Job {
    fn default() -> Self {
        Self {
            place: 0,
            duration: 0,
            windows: Vec::new(),
            skills: Vec::new(),
            certificates: Vec::new(),
            team: 1,
            tools: Vec::new(),
            parts: Vec::new(),
            load: 0,
            priority: 1.0,
            due: None,
            preferred: Vec::new(),
            only: Vec::new(),
            site: None,
            after: Vec::new(),
            interruptible: false,
        }
    }
}

/// Where tools and parts are fetched; at most one visit a day and worker.
#[derive(Clone, Debug, Default)]
pub struct Depot {
    /// Where.
    pub place: usize,
    /// How long loading takes.
    pub duration: Time,
    /// Tools that are there: which, and how many; `None`: enough of every one. One that is fetched
    /// is out for the day; see also [`Problem::taken`].
    pub tools: Option<Vec<(usize, u32)>>,
    /// Kinds of parts that are there, enough of each; `None`: every one.
    pub parts: Option<Vec<usize>>,
}

/// A tool of a depot that is out on a day for work beside the plan: one fewer is there for the plan,
/// but for whoever has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// The day, as shifts count them.
    pub day: i32,
    /// The depot.
    pub depot: usize,
    /// The tool.
    pub tool: usize,
    /// Who has it, where that is one of the problem's workers; they have it once, however often it
    /// is told.
    pub worker: Option<usize>,
}

/// What people have been told of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The job.
    pub job: usize,
    /// Who does it.
    pub workers: Vec<usize>,
    /// When it starts.
    pub start: Time,
}

/// What the soft goals cost. All in one currency; per unit of time unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// Travel.
    pub travel: f64,
    /// Work, times the worker's cost.
    pub work: f64,
    /// Work beyond the ordinary week, on top.
    pub overtime: f64,
    /// Lateness of a start past its due time, times the job's priority.
    pub lateness: f64,
    /// A job left undone, times its priority; not per unit of time.
    pub unserved: f64,
    /// A member who is not among the preferred workers; not per unit of time.
    pub preferred: f64,
    /// Each further worker at a site; not per unit of time.
    pub continuity: f64,
    /// Uneven work: a worker's share of their working hours, squared, times those hours.
    pub fairness: f64,
    /// A member who was not told so, or was told another day; not per unit of time.
    pub change: f64,
    /// A start that moves away from what was told.
    pub shift: f64,
}

impl Default for Weights {
    /// For times in seconds: an hour of travel or work costs 3.6 each, an hour late or of overtime
    /// as much as an hour of work, and nothing is left undone to save travel.
    fn default() -> Self {
        Self {
            travel: 0.001,
            work: 0.001,
            overtime: 0.001,
            lateness: 0.001,
            unserved: 1000.0,
            preferred: 1.0,
            continuity: 0.5,
            fairness: 0.0005,
            change: 2.0,
            shift: 0.0001,
        }
    }
}

impl Shift {
    /// From the first instant of work to the last.
    pub fn span(&self) -> Option<Window> {
        Some(Window { from: self.windows.first()?.from, to: self.windows.last()?.to })
    }

    /// Time that can be worked.
    pub fn length(&self) -> Time {
        self.windows.iter().map(|window| window.to - window.from).sum()
    }
}

impl Worker {
    /// Whether a kind of certificate is held and valid on a day.
    pub fn certified(&self, kind: usize, day: i32) -> bool {
        self.certificates.iter().any(|held| held.kind == kind && held.until >= day)
    }

    /// The level of a skill, 0 for none.
    pub fn level(&self, skill: usize) -> u8 {
        self.skills.get(skill).copied().unwrap_or(0)
    }

    /// Parts of a kind in the vehicle.
    pub fn carried(&self, kind: usize) -> u32 {
        self.parts.get(kind).copied().unwrap_or(0)
    }
}

impl Depot {
    /// Whether a tool is there.
    pub fn has_tool(&self, tool: usize) -> bool {
        self.count(tool) > 0
    }

    /// How many of a tool are there.
    pub fn count(&self, tool: usize) -> u32 {
        let Some(tools) = &self.tools else { return u32::MAX };
        tools.iter().filter(|it| it.0 == tool).map(|it| it.1).sum()
    }

    /// Whether a kind of part is there.
    pub fn has_part(&self, kind: usize) -> bool {
        self.parts.as_ref().is_none_or(|parts| parts.contains(&kind))
    }
}
