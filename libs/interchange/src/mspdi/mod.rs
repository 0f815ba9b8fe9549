//! Microsoft Project's XML, as Microsoft's "Project XML Data Interchange Schema" describes it.
//!
//! What a [`crate::Document`] has no words for (costs, custom fields, views, the course of work
//! over time) is passed over; splits are not written, since the format says them only in the
//! course of an assignment's work.

mod calendars;
mod out;
mod people;
mod read;
mod recur;
mod tasks;
mod words;
mod write;
mod xml;

pub use read::read;
pub use write::write;

use crate::Place;
use crate::findings::{Findings, Form};
use xml::Node;

impl Findings {
    /// The value of the child called `name`; a finding where its text is none.
    fn get<T>(&mut self, node: &Node, name: &str, form: &Form<T>) -> Option<T> {
        let child = node.child(name).filter(|child| !child.text.is_empty())?;
        self.read(&child.text, form, || child.place.clone())
    }

    /// The same; a finding also where there is no such child.
    fn need<T>(&mut self, node: &Node, name: &str, form: &Form<T>) -> Option<T> {
        if node.text(name).is_none() {
            let what = format!("{}/{name}", node.place.what);
            self.push(crate::Finding::new(
                Place { what, ..node.place.clone() },
                "missing",
                format!("{name} manque : il faut {}.", form.fr),
                format!("{name} is missing: must be {}.", form.en),
            ));
        }
        self.get(node, name, form)
    }
}
