//! The field `clndr_data`: a tree in parentheses, `(0||NAME(KEY|VALUE|…)(CHILDREN))`, where days
//! of the week count from Sunday = 1 and exceptions are days since 30 December 1899.

use chrono::{Days, NaiveDate};
use schedule::{Exception, Hours};

/// How deep the tree may go; P6 writes five levels.
const DEEPEST: usize = 16;

/// A calendar's week from Monday on, and its exceptions.
pub type Parts = ([Vec<Hours>; 7], Vec<Exception>);

#[derive(Debug, Default)]
struct Node<'a> {
    name: &'a str,
    values: Vec<(&'a str, &'a str)>,
    children: Vec<Node<'a>>,
}

/// What the field says, with `most` exceptions at most; none where it is no such tree.
pub fn read(text: &str, most: usize) -> Option<Parts> {
    let mut rest = Rest { text };
    let root = rest.node(0)?;
    let mut week: [Vec<Hours>; 7] = Default::default();
    let mut exceptions = Vec::new();
    for part in &root.children {
        match part.name {
            "DaysOfWeek" => {
                for day in &part.children {
                    let number: usize = day.name.parse().ok().filter(|n| (1..=7).contains(n))?;
                    week[(number + 5) % 7] = hours(day)?;
                }
            }
            "Exceptions" => {
                for day in &part.children {
                    let serial = day.values.iter().find(|(key, _)| *key == "d")?.1;
                    let date = date(serial.parse().ok()?)?;
                    if exceptions.len() == most {
                        return None;
                    }
                    exceptions.push(Exception {
                        name: String::new(),
                        from: date,
                        to: date,
                        hours: hours(day)?,
                    });
                }
            }
            _ => {}
        }
    }
    exceptions.sort_by_key(|e| e.from);
    Some((week, joined(exceptions)))
}

/// Neighbouring days with the same hours as one exception.
fn joined(days: Vec<Exception>) -> Vec<Exception> {
    let mut spans: Vec<Exception> = Vec::new();
    for day in days {
        match spans.last_mut() {
            Some(last) if last.to.succ_opt() == Some(day.from) && last.hours == day.hours => {
                last.to = day.to;
            }
            _ => spans.push(day),
        }
    }
    spans
}

fn date(serial: u64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(serial))
}

fn hours(day: &Node<'_>) -> Option<Vec<Hours>> {
    let mut hours = Vec::with_capacity(day.children.len());
    for stretch in &day.children {
        let at = |key: &str| {
            let (_, clock) = stretch.values.iter().find(|(k, _)| *k == key)?;
            let (hour, minute) = clock.split_once(':')?;
            let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
            (hour <= 24 && minute < 60).then_some(hour * 60 + minute)
        };
        let (from, to) = (at("s")?, at("f")?);
        // The day ends at midnight, which is written as its first minute or its last.
        let to = if to == 0 || to == 1439 { 1440 } else { to };
        if from >= to || to > 1440 {
            return None;
        }
        hours.push(Hours { from, to });
    }
    hours.sort_by_key(|h| h.from);
    hours.windows(2).all(|pair| pair[0].to <= pair[1].from).then_some(hours)
}

struct Rest<'a> {
    text: &'a str,
}

impl<'a> Rest<'a> {
    /// Passes over white space, and the characters P6 writes instead of it.
    fn skip(&mut self) {
        self.text = self.text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    }

    fn eat(&mut self, token: char) -> Option<()> {
        self.skip();
        self.text = self.text.strip_prefix(token)?;
        Some(())
    }

    fn until(&mut self, token: char) -> Option<&'a str> {
        let (before, after) = self.text.split_once(token)?;
        self.text = after;
        Some(before)
    }

    fn node(&mut self, depth: usize) -> Option<Node<'a>> {
        if depth > DEEPEST {
            return None;
        }
        self.eat('(')?;
        let head = self.until('(')?;
        let name = head.split_once("||")?.1.trim();
        let inside: Vec<&str> = self.until(')')?.split('|').map(str::trim).collect();
        let values = inside.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        let mut children = Vec::new();
        self.eat('(')?;
        loop {
            self.skip();
            if self.text.starts_with(')') {
                break;
            }
            children.push(self.node(depth + 1)?);
        }
        self.eat(')')?;
        self.eat(')')?;
        Some(Node { name, values, children })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str = "(0||CalendarData()(\u{7f}\u{7f}  (0||DaysOfWeek()(\
        (0||1()())(0||2()((0||0(s|08:00|f|12:00)())(0||1(f|17:00|s|13:00)())))\
        (0||3()((0||0(s|00:00|f|00:00)())))(0||4()())(0||5()())(0||6()())(0||7()())))\
        (0||VIEW(ShowTotal|N)())\
        (0||Exceptions()((0||0(d|46143)())(0||1(d|46144)())(0||2(d|46150)((0||0(s|08:00|f|12:00)())))))))";

    #[test]
    fn a_tree_becomes_a_week_and_exceptions() {
        let (week, exceptions) = read(DATA, 10).unwrap();
        assert_eq!(week[0], [Hours { from: 480, to: 720 }, Hours { from: 780, to: 1020 }]);
        assert_eq!(week[1], [Hours { from: 0, to: 1440 }]);
        assert_eq!(week[6], []);
        let days: Vec<_> =
            exceptions.iter().map(|e| (e.from.to_string(), e.to.to_string())).collect();
        assert_eq!(days[0], ("2026-05-01".to_owned(), "2026-05-02".to_owned()));
        assert_eq!(days[1].0, "2026-05-08");
        assert_eq!(exceptions[1].hours.len(), 1);
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        assert!(read(&DATA[..200], 10).is_none());
        assert!(read(DATA, 2).is_none());
        assert!(read(&"(0||x()(".repeat(100_000), 10).is_none());
        assert!(read("", 10).is_none());
    }
}
