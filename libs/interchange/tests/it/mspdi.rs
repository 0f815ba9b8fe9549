//! Microsoft Project XML: what it says is what is read.

use interchange::{ResourceKind, Unit};
use schedule::{Constraint, Hours, Lag, LinkKind, Work};

use crate::common::{after, found, project, read, task, week};

#[test]
fn tasks_stand_in_the_outline_with_their_links_and_constraints() {
    let text = project(
        "<Title>Îlot Nord</Title><CurrencyCode>EUR</CurrencyCode>",
        &[
            "<Task><UID>0</UID><OutlineLevel>0</OutlineLevel></Task>".to_owned(),
            task(1, 0, "<WBS>1</WBS>"),
            task(2, 16, "<DurationFormat>9</DurationFormat>").replace("Level>1", "Level>2"),
            task(
                3,
                8,
                &("<ConstraintType>4</ConstraintType><ConstraintDate>2026-03-10T08:00:00</ConstraintDate>\
                   <Deadline>2026-03-20T16:00:00</Deadline>"
                    .to_owned()
                    + &after(2, 1, 4800)),
            )
            .replace("Level>1", "Level>2"),
            "<Task><UID>9</UID><IsNull>1</IsNull></Task>".to_owned(),
            task(4, 24, "<DurationFormat>8</DurationFormat>"),
        ]
        .concat(),
    );
    let document = read(&text).unwrap();
    assert_eq!(document.name, "Îlot Nord");
    let parents: Vec<_> = document.plan.tasks.iter().map(|t| t.parent).collect();
    assert_eq!(parents, [None, Some(0), Some(0), None]);
    assert_eq!(document.tasks[1].unit, Unit::Weeks);
    assert_eq!(document.plan.tasks[3].work, Work::Elapsed(1440));
    let third = &document.plan.tasks[2];
    let at = |text: &str| text.parse().unwrap();
    assert_eq!(third.constraint, Constraint::StartNoEarlierThan(at("2026-03-10T08:00:00")));
    assert_eq!(third.deadline, Some(at("2026-03-20T16:00:00")));
    let link = document.plan.links[0];
    assert_eq!((link.from, link.to), (1, 2));
    assert_eq!((link.kind, link.lag), (LinkKind::FinishToStart, Lag::Working(480)));
}

#[test]
fn lags_are_working_elapsed_or_a_share() {
    let lag = |format: i64, amount: i64| {
        let link = after(1, 3, amount).replace(">7<", &format!(">{format}<"));
        let text = project("", &(task(1, 10, "") + &task(2, 1, &link)));
        read(&text).unwrap().plan.links[0].lag
    };
    assert_eq!(lag(5, -600), Lag::Working(-60));
    assert_eq!(lag(6, 600), Lag::Elapsed(60));
    assert_eq!(lag(40, 14400), Lag::Elapsed(1440), "estimated");
    assert_eq!(lag(19, 50), Lag::Percent(50));
    assert_eq!(lag(20, 50), Lag::Elapsed(300), "elapsed per cent of ten hours");
}

#[test]
fn a_calendar_takes_from_its_base_what_it_does_not_say() {
    let own = "<Calendar><UID>2</UID><Name>Équipe</Name><IsBaseCalendar>0</IsBaseCalendar>\
        <BaseCalendarUID>1</BaseCalendarUID><WeekDays><WeekDay><DayType>6</DayType>\
        <DayWorking>0</DayWorking></WeekDay></WeekDays><Exceptions><Exception><TimePeriod>\
        <FromDate>2026-04-01T00:00:00</FromDate><ToDate>2026-04-30T23:59:00</ToDate></TimePeriod>\
        <Name>Réunion</Name><Type>6</Type><Period>2</Period><DaysOfWeek>2</DaysOfWeek>\
        <DayWorking>1</DayWorking><WorkingTimes><WorkingTime><FromTime>22:00:00</FromTime>\
        <ToTime>00:00:00</ToTime></WorkingTime></WorkingTimes></Exception></Exceptions></Calendar>";
    let text = project("", &task(1, 8, "<CalendarUID>2</CalendarUID>"))
        .replace("<Calendars>", &format!("<Calendars>{own}"));
    let document = read(&text).unwrap();
    assert_eq!(document.plan.calendar, 1, "the project's calendar stands second");
    assert_eq!(document.plan.tasks[0].calendar, Some(0));
    let calendar = &document.plan.calendars[0];
    assert_eq!(calendar.week[3], [Hours { from: 480, to: 960 }], "Thursday is the base's");
    assert_eq!(calendar.week[4], [], "Friday is its own");
    let days: Vec<_> = calendar.exceptions.iter().map(|e| e.from.to_string()).collect();
    assert_eq!(days, ["2026-04-13", "2026-04-27"], "every other Monday from the first week on");
    assert_eq!(calendar.exceptions[0].hours, [Hours { from: 1320, to: 1440 }]);
}

#[test]
fn another_week_for_a_time_is_read_day_by_day() {
    let weeks = "<WorkWeeks><WorkWeek><TimePeriod><FromDate>2026-08-03T00:00:00</FromDate>\
        <ToDate>2026-08-16T23:59:00</ToDate></TimePeriod><Name>Été</Name><WeekDays><WeekDay>\
        <DayType>2</DayType><DayWorking>0</DayWorking></WeekDay></WeekDays></WorkWeek></WorkWeeks>";
    let text = project("", "")
        .replace("</WeekDays></Calendar>", &format!("</WeekDays>{weeks}</Calendar>"));
    let document = read(&text).unwrap();
    let days: Vec<_> =
        document.plan.calendars[0].exceptions.iter().map(|e| e.from.to_string()).collect();
    assert_eq!(days, ["2026-08-03", "2026-08-10"]);
}

#[test]
fn progress_and_baselines_are_read() {
    let text = project(
        "<CurrencyCode>XOF</CurrencyCode><StatusDate>2026-03-05T12:00:00</StatusDate>",
        &(task(
            1,
            10,
            "<PercentComplete>40</PercentComplete><ActualStart>2026-03-02T09:00:00</ActualStart>\
             <Baseline><Number>0</Number><Start>2026-03-02T08:00:00</Start>\
             <Finish>2026-03-03T10:00:00</Finish><Duration>PT10H0M0S</Duration>\
             <Cost>150000000</Cost></Baseline>",
        ) + &task(
            2,
            8,
            "<Active>0</Active><Manual>1</Manual>\
             <ManualStart>2026-03-09T08:00:00</ManualStart>",
        )),
    );
    let document = read(&text).unwrap();
    let progress = document.plan.tasks[0].progress;
    assert_eq!((progress.done, progress.finished_at), (240, None));
    assert_eq!(document.plan.status_at, None, "the status date alone moves nothing");
    assert!(document.settings.status_at.is_some());
    let baseline = &document.tasks[0].baselines[0];
    assert_eq!(baseline.cost, Some(1_500_000), "hundredths of a franc become francs");
    let pinned = &document.plan.tasks[1];
    assert!(pinned.inactive && document.tasks[1].manual);
    assert!(matches!(pinned.constraint, Constraint::MustStartOn(_)));
}

#[test]
fn resources_and_assignments_are_read() {
    let people = "<Resources><Resource><UID>0</UID></Resource><Resource><UID>7</UID>\
        <Name>Équipe A</Name><Type>1</Type><MaxUnits>2.50</MaxUnits></Resource><Resource>\
        <UID>8</UID><Name>Béton</Name><Type>0</Type></Resource></Resources><Assignments>\
        <Assignment><UID>1</UID><TaskUID>1</TaskUID><ResourceUID>7</ResourceUID><Units>0.5</Units>\
        <Work>PT4H0M0S</Work><TimephasedData><Value>x</Value></TimephasedData></Assignment>\
        <Assignment><UID>2</UID><TaskUID>1</TaskUID><ResourceUID>-65535</ResourceUID></Assignment>\
        </Assignments></Project>";
    let text = project("", &task(1, 8, "")).replace("</Project>", people);
    let document = read(&text).unwrap();
    assert_eq!(document.resources.len(), 2);
    assert_eq!(
        (document.resources[0].units, document.resources[1].kind),
        (250, ResourceKind::Material)
    );
    assert_eq!(document.assignments.len(), 1);
    assert_eq!((document.assignments[0].units, document.assignments[0].work), (50, 240));
}

#[test]
fn everything_wrong_is_told_at_once_with_its_place() {
    let text = project(
        "",
        &[
            task(1, 8, "<ConstraintType>4</ConstraintType>"),
            task(1, 8, &after(77, 1, 0)),
            task(3, 8, "<Start>demain</Start><PercentComplete>140</PercentComplete>"),
            task(4, 8, "<CalendarUID>55</CalendarUID>"),
            task(5, 8, &after(1, 9, 0)),
            task(6, 8, "").replace("PT8H", "-PT8H"),
        ]
        .concat(),
    );
    let found = found(read(&text));
    let at = |code, what: &str| found.iter().any(|(c, place)| *c == code && place.contains(what));
    assert!(at("missing", "Task[UID=1]/ConstraintDate"), "{found:?}");
    assert!(at("twice", "Task[UID=1]"), "{found:?}");
    assert!(at("unknown-task", "Task[UID=1]/PredecessorLink"), "{found:?}");
    assert!(at("bad-value", "Task[UID=3]/Start"), "{found:?}");
    assert!(at("bad-value", "Task[UID=3]/PercentComplete"), "{found:?}");
    assert!(at("unknown-calendar", "Task[UID=4]"), "{found:?}");
    assert!(at("bad-value", "Task[UID=5]/PredecessorLink/Type"), "{found:?}");
    assert!(at("bad-value", "Task[UID=6]/Duration"), "a negative duration: {found:?}");
    assert!(found.iter().all(|(_, place)| place.starts_with("5:")), "all on the fifth line");
}

#[test]
fn a_missing_calendar_or_start_is_told() {
    let text = project("", "").replace(&week(1, "08:00:00", "16:00:00"), "");
    assert_eq!(found(read(&text))[0].0, "unknown-calendar");
    let text = project("", "").replace("<StartDate>2026-03-02T08:00:00</StartDate>", "");
    assert_eq!(found(read(&text)), [("missing", "Project/StartDate".to_owned())]);
}
