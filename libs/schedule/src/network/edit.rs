//! Edits: a change to one task or one link, and only what follows from it recomputed.
//!
//! Nodes that may have changed are marked by their place in the order, and taken from the front
//! going forward and from the back going backward: each is computed once, after all it depends on,
//! and where its times stay as they were nothing behind it is looked at. When the plan's finish
//! moves, every late time moves with it and the backward pass is a whole one.

use super::graph::Graph;
use super::marks::Marks;
use super::{Network, State};
use crate::plan::{Constraint, Dates, Link, Refused, Task};

/// A change to a plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Edit {
    /// The task at this place becomes this one. It stays where it is in the work breakdown.
    Task(usize, Box<Task>),
    /// The link at this place becomes this one, or none. A new link's place is the one after the
    /// last; the last one's place goes with it.
    Link(usize, Option<Link>),
}

/// What came of an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The edit that takes it back.
    pub undo: Edit,
    /// The tasks whose dates or floats are others now, in the plan's order.
    pub moved: Vec<usize>,
}

impl Network {
    /// The edit that changes a task in some way.
    pub fn revise(&self, task: usize, change: impl FnOnce(&mut Task)) -> Result<Edit, Refused> {
        let mut revised = self.plan.tasks.get(task).ok_or(Refused::Reference(task))?.clone();
        change(&mut revised);
        Ok(Edit::Task(task, Box::new(revised)))
    }

    /// The edit that dragging a task's bar to a new start means: from then on it starts no earlier,
    /// as in Microsoft Project.
    pub fn drag(&self, task: usize, start: chrono::NaiveDateTime) -> Result<Edit, Refused> {
        self.revise(task, |task| task.constraint = Constraint::StartNoEarlierThan(start))
    }

    /// The tasks as they are now.
    pub fn tasks(&self) -> &[Task] {
        &self.plan.tasks
    }

    /// The links by their places, as they are now.
    pub fn links(&self) -> &[Option<Link>] {
        &self.links
    }

    /// The dates by the plan's places; none of what is inactive.
    pub fn dates(&self) -> &[Option<Dates>] {
        &self.dates
    }

    /// Makes a change and moves all that follows from it. A refused edit changes nothing; an edit
    /// and its undo are a trial.
    pub fn edit(&mut self, edit: Edit) -> Result<Change, Refused> {
        let mut marks = Marks::new(2 * self.jobs.len());
        let undo = self.apply(edit, &mut marks)?;
        match self.update(marks) {
            Ok(moved) => Ok(Change { undo, moved }),
            Err(refused) => {
                self.apply(undo, &mut Marks::new(2 * self.jobs.len()))?;
                self.pass()?;
                Err(refused)
            }
        }
    }

    /// Puts an edit into the compiled plan, marks the nodes it touches, and says how to undo it.
    fn apply(&mut self, edit: Edit, marks: &mut Marks) -> Result<Edit, Refused> {
        match edit {
            Edit::Task(place, task) => self.put_task(place, *task, marks),
            Edit::Link(place, link) => self.put_link(place, link, marks),
        }
    }

    fn put_task(&mut self, place: usize, task: Task, marks: &mut Marks) -> Result<Edit, Refused> {
        let now = self.plan.tasks.get(place).ok_or(Refused::Reference(place))?;
        if task.parent != now.parent {
            return Err(Refused::Reference(place));
        }
        // Without a task, or with one again, the network is another one.
        let whole = task.inactive != now.inactive;
        let before = std::mem::replace(&mut self.plan.tasks[place], task);
        if let Err(refused) = self.compile_again(place, whole) {
            self.plan.tasks[place] = before;
            self.compile_again(place, whole)?;
            return Err(refused);
        }
        if whole {
            marks.fill(2 * self.jobs.len());
        } else {
            self.mark(place, marks);
            self.mark(self.exit(place), marks);
        }
        Ok(Edit::Task(place, Box::new(before)))
    }

    fn compile_again(&mut self, task: usize, whole: bool) -> Result<(), Refused> {
        if whole { self.compile() } else { self.compile_task(task) }
    }

    fn put_link(
        &mut self,
        place: usize,
        link: Option<Link>,
        marks: &mut Marks,
    ) -> Result<Edit, Refused> {
        if place > self.links.len() {
            return Err(Refused::Link(place));
        }
        let arc = match &link {
            Some(link) => Some(self.check(place, link).and_then(|()| self.arc(place, link))?),
            None => None,
        };
        if place == self.links.len() {
            self.links.push(None);
            self.arcs.push(None);
        }
        let before = std::mem::replace(&mut self.arcs[place], arc);
        // Counting and sorting anew takes a fraction of a pass, and finds every circle.
        let graph = Graph::new(&self.plan.tasks, &self.jobs, &self.arcs);
        if graph.is_err() {
            self.arcs[place] = before;
        }
        let link = if graph.is_ok() { link } else { self.links[place] };
        let undo = Edit::Link(place, std::mem::replace(&mut self.links[place], link));
        if link.is_none() && place + 1 == self.links.len() {
            self.links.pop();
            self.arcs.pop();
        }
        self.graph = graph?;
        for arc in [before, arc].into_iter().flatten() {
            marks.mark(arc.from);
            marks.mark(arc.to);
        }
        Ok(undo)
    }

    /// Compiles a task and the links at it anew.
    fn compile_task(&mut self, task: usize) -> Result<(), Refused> {
        let state = match self.jobs[task].state {
            State::Begun(_) | State::Done => State::Waiting,
            state => state,
        };
        let begun = self.jobs[task].begun;
        self.jobs[task] = self.job(task, state)?;
        if state == State::Summary {
            self.jobs[task].begun = begun;
        }
        let mut outer = self.graph.parent[task];
        while let Some(summary) = outer {
            self.jobs[summary].begun = self.graph.parts(summary).any(|part| self.jobs[part].begun);
            outer = self.graph.parent[summary];
        }
        let links = self.graph.links_into(task).chain(self.graph.links_out_of(self.exit(task)));
        for place in links.collect::<Vec<_>>() {
            if let Some(link) = self.links[place] {
                self.arcs[place] = Some(self.arc(place, &link)?);
            }
        }
        Ok(())
    }

    /// Marks a node and all that is next to it, since how they are joined may be another now.
    fn mark(&self, node: usize, marks: &mut Marks) {
        marks.mark(node);
        self.graph.after(node, &self.arcs, |node| marks.mark(node));
        self.graph.before(node, &self.arcs, |node| marks.mark(node));
    }

    /// Recomputes the marked nodes and what follows from them.
    fn update(&mut self, touched: Marks) -> Result<Vec<usize>, Refused> {
        let nodes = 2 * self.jobs.len();
        let in_order = |node: usize| Some(self.graph.place[node]).filter(|place| *place < nodes);
        let mut places = Marks::new(nodes);
        touched.each().filter_map(in_order).for_each(|place| places.mark(place));
        let mut back = places.clone();
        let mut moved = touched;
        let mut early = moved.clone();
        let mut last = Some(self.last).filter(|last| !moved.has(last.1));
        while let Some(place) = places.first() {
            let node = self.graph.order[place];
            let span = self.earliest(node);
            // What was touched may be on another ruler, where the same place is another time.
            if span != self.early[node] || early.has(node) {
                self.early[node] = span;
                early.mark(node);
                last = last.filter(|last| last.1 != node).map(|last| self.later(last, node));
                let graph = &self.graph;
                graph.after(node, &self.arcs, |after| places.mark(graph.place[after]));
                self.mark_back(node, &mut back, &mut early);
            }
        }
        let (finish, _) = self.last;
        self.finish_with(last.unwrap_or_else(|| self.find_last()));
        let whole = self.last.0 != finish;
        if whole {
            back.fill(self.graph.order.len());
        }
        while let Some(place) = back.last() {
            let node = self.graph.order[place];
            let span = self.latest(node);
            if span != self.late[node] {
                self.late[node] = span;
                moved.mark(node);
                let graph = &self.graph;
                if !whole {
                    graph.before(node, &self.arcs, |before| back.mark(graph.place[before]));
                }
            }
        }
        let settled = !self.settled.is_empty();
        self.settle();
        if settled || !self.settled.is_empty() {
            early.fill(self.jobs.len());
        }
        self.redate(&early, &moved)
    }

    /// A node's early times changed: its late times may depend on them, and those of its parts if
    /// it closes a summary; and the free float of what comes before it does.
    fn mark_back(&self, node: usize, back: &mut Marks, early: &mut Marks) {
        let task = self.task(node);
        back.mark(self.graph.place[node]);
        if node != task {
            self.graph.parts(task).for_each(|part| back.mark(self.graph.place[self.exit(part)]));
        }
        for arc in self.graph.links_into(task).filter_map(|link| self.arcs[link].as_ref()) {
            early.mark(arc.from);
        }
    }

    /// Computes the dates of the tasks of these nodes, whose early or other times moved, and of
    /// their summaries, and says which are others now.
    fn redate(&mut self, early: &Marks, moved: &Marks) -> Result<Vec<usize>, Refused> {
        let mut tasks = Marks::new(self.jobs.len());
        early.each().chain(moved.each()).for_each(|node| tasks.mark(self.task(node)));
        let mut others = Vec::new();
        while let Some(task) = tasks.last() {
            let dates = self.date(task, !early.has(task))?;
            if dates != self.dates[task] {
                self.dates[task] = dates;
                others.push(task);
            }
            if let Some(summary) = self.graph.parent[task] {
                tasks.mark(summary);
            }
        }
        others.reverse();
        Ok(others)
    }
}
