//! The hard rules, as what breaks them.

use crate::problem::Time;

/// A hard rule that a plan breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct Breach {
    /// Who, where the rule is about somebody.
    pub worker: Option<usize>,
    /// Which of the worker's shifts, where the rule is about a day.
    pub shift: Option<usize>,
    /// The job, where the rule is about one.
    pub job: Option<usize>,
    /// The rule.
    pub rule: Rule,
}

/// A hard rule. Figures are what the plan has, then what the rule allows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// The plan speaks of a worker, shift, job or depot that is not there.
    #[error("there is no such worker, shift, job or depot")]
    Unknown,
    /// Two routes are one worker's on one day.
    #[error("two routes of one worker on one day")]
    TwoRoutes,
    /// A skill is missing or its level is too low.
    #[error("skill {skill}: level {has}, {needs} needed")]
    Skill {
        /// Which.
        skill: usize,
        /// The worker's level.
        has: u8,
        /// The least level.
        needs: u8,
    },
    /// A certificate is missing or not valid on the day.
    #[error("certificate {0} is missing or not valid on the day")]
    Certificate(usize),
    /// Others than those who may do the job.
    #[error("others are fixed for the job")]
    Only,
    /// Work before or after the shift, or while the worker is away.
    #[error("outside working hours")]
    Hours,
    /// Something starts before the moment of planning.
    #[error("before the moment of planning")]
    Past,
    /// The job starts outside its windows.
    #[error("outside the job's windows")]
    Windows,
    /// The stop, or the day, is shorter than travel and service take.
    #[error("{has} for what takes {needs}")]
    TooFast {
        /// Time that there is.
        has: Time,
        /// Time that it takes.
        needs: Time,
    },
    /// No way leads there.
    #[error("no way leads there")]
    NoWay,
    /// A job that may not pause is interrupted.
    #[error("the job is interrupted")]
    Interrupted,
    /// No room is left in the day between what is there.
    #[error("no room is left in the day")]
    Full,
    /// Work that the job waits for is not planned.
    #[error("job {0}, which comes first, is not planned")]
    Waits(usize),
    /// Times run backwards.
    #[error("times run backwards")]
    Backwards,
    /// A tool is neither on board nor fetched.
    #[error("tool {0} is neither on board nor fetched")]
    Tool(usize),
    /// More workers have a tool of a depot out on one day, for the plan or beside it, than there are
    /// of it.
    #[error("{has} fetch tool {tool} on one day, {most} are there")]
    ToolOut {
        /// Which.
        tool: usize,
        /// How many have it out.
        has: u32,
        /// How many are there.
        most: u32,
    },
    /// Parts are neither on board nor fetched.
    #[error("part {part}: {has} on board, {needs} needed")]
    Part {
        /// Which kind.
        part: usize,
        /// On board.
        has: u32,
        /// Needed without a depot.
        needs: u32,
    },
    /// A second visit to a depot.
    #[error("a second visit to a depot on one day")]
    Depots,
    /// More load than the vehicle carries.
    #[error("a load of {has}, {most} at most")]
    Capacity {
        /// The load.
        has: u64,
        /// The capacity.
        most: u64,
    },
    /// Not as many workers as the team is large.
    #[error("a team of {has}, {needs} needed")]
    Team {
        /// Who does it.
        has: usize,
        /// The team.
        needs: u8,
    },
    /// The team does not start together.
    #[error("the team does not start together")]
    Together,
    /// One worker does a job twice.
    #[error("done twice")]
    Twice,
    /// A job starts before one that it waits for is done.
    #[error("before job {0} is done")]
    Order(usize),
    /// Too much work in a day.
    #[error("{has} of work in a day, {most} at most")]
    Day {
        /// Work.
        has: Time,
        /// The limit.
        most: Time,
    },
    /// Too much work in a week.
    #[error("{has} of work in week {week}, {most} at most")]
    Week {
        /// The week.
        week: i32,
        /// Work.
        has: Time,
        /// The limit.
        most: Time,
    },
    /// Too many days of work in a week.
    #[error("{has} days of work in week {week}, {most} at most")]
    Days {
        /// The week.
        week: i32,
        /// Days.
        has: u8,
        /// The limit.
        most: u8,
    },
    /// Too much work on average over some weeks.
    #[error("{has} of work in the weeks up to {week}, {most} at most")]
    Average {
        /// The last of the weeks.
        week: i32,
        /// Work in all of them.
        has: Time,
        /// The limit for all of them.
        most: Time,
    },
    /// Too little rest between the day and another.
    #[error("{has} of rest between the day and another, {least} at least")]
    Rest {
        /// Rest.
        has: Time,
        /// The least.
        least: Time,
    },
    /// Too long from the first work of a day to the last.
    #[error("{has} from the first work of the day to the last, {most} at most")]
    Span {
        /// From the first to the last, without a rest that is long enough in between.
        has: Time,
        /// The limit.
        most: Time,
    },
    /// Too little rest in one piece in a week.
    #[error("{has} of rest in one piece in week {week}, {least} at least")]
    WeeklyRest {
        /// The week.
        week: i32,
        /// The longest rest.
        has: Time,
        /// The least.
        least: Time,
    },
    /// No break where one is due.
    #[error("{has} of work without a break, {most} at most")]
    Pause {
        /// The longest stretch.
        has: Time,
        /// The limit.
        most: Time,
    },
}
