//! Primavera XER.

use schedule::{Constraint, Hours, Lag, LagCalendar, LinkKind};

use crate::common::{found, read_xer};

const CALENDAR: &str = "(0||CalendarData()(  (0||DaysOfWeek()(\
    (0||1()())(0||2()((0||0(s|08:00|f|16:00)())))(0||3()((0||0(s|08:00|f|16:00)())))\
    (0||4()())(0||5()())(0||6()())(0||7()())))(0||Exceptions()((0||0(d|46143)())))))";

fn file(tasks: &str, links: &str) -> String {
    format!(
        "ERMHDR\t19.12\t2026-03-01\tProject\tadmin\r\n\
         %T\tPROJECT\r\n%F\tproj_id\tproj_short_name\tplan_start_date\tlast_recalc_date\tclndr_id\texport_flag\r\n\
         %R\t10\tÎlot\t2026-03-02 08:00\t2026-03-02 08:00\t5\tY\r\n\
         %T\tCALENDAR\r\n%F\tclndr_id\tclndr_name\tday_hr_cnt\tweek_hr_cnt\tclndr_data\r\n\
         %R\t5\tStandard\t8\t16\t{CALENDAR}\r\n\
         %T\tPROJWBS\r\n%F\twbs_id\tproj_id\tparent_wbs_id\twbs_short_name\twbs_name\tproj_node_flag\tseq_num\r\n\
         %R\t100\t10\t\tP\tProjet\tY\t0\r\n%R\t101\t10\t100\tGO\tGros œuvre\tN\t1\r\n\
         %R\t102\t10\t100\tVIDE\tVide\tN\t2\r\n\
         %T\tTASK\r\n%F\ttask_id\tproj_id\twbs_id\tclndr_id\ttask_type\ttask_code\ttask_name\ttarget_drtn_hr_cnt\tremain_drtn_hr_cnt\tact_start_date\tcstr_type\tcstr_date\tcstr_type2\tcstr_date2\r\n\
         {tasks}%T\tSCHEDOPTIONS\r\n%F\tsched_calendar_on_relationship_lag\r\n%R\trcal_Predecessor\r\n\
         %T\tTASKPRED\r\n%F\ttask_id\tpred_task_id\tpred_type\tlag_hr_cnt\r\n{links}%E\r\n"
    )
}

const TASKS: &str = "%R\t1\t10\t101\t5\tTT_Task\tA1\tBéton\t16\t12\t2026-03-02 08:00\t\t\t\t\r\n\
    %R\t2\t10\t101\t5\tTT_Task\tA2\tMurs\t8\t8\t\tCS_MSOA\t2026-03-09 08:00\tCS_MEOB\t2026-03-20 16:00\r\n\
    %R\t3\t10\t100\t5\tTT_FinMile\tA3\tFin\t0\t0\t\t\t\t\t\r\n";
const LINKS: &str = "%R\t2\t1\tPR_FS\t-4,5\r\n%R\t3\t2\tPR_FF\t0\r\n";

#[test]
fn activities_stand_in_their_breakdown_with_links_and_constraints() {
    let document = read_xer(file(TASKS, LINKS).as_bytes()).unwrap();
    let names: Vec<_> = document.plan.tasks.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(names, ["Fin", "Gros œuvre", "Béton", "Murs"], "empty parts are left out");
    let parents: Vec<_> = document.plan.tasks.iter().map(|t| t.parent).collect();
    assert_eq!(parents, [None, None, Some(1), Some(1)]);
    let calendar = &document.plan.calendars[0];
    assert_eq!(calendar.week[0], [Hours { from: 480, to: 960 }]);
    assert_eq!(calendar.week[6], []);
    assert_eq!(calendar.exceptions[0].from.to_string(), "2026-05-01");
    assert_eq!(document.plan.tasks[2].progress.done, 240);
    let walls = &document.plan.tasks[3];
    assert!(matches!(walls.constraint, Constraint::StartNoEarlierThan(_)));
    assert!(walls.deadline.is_some(), "finish on or before bounds late dates alone");
    assert_eq!(document.plan.lag_calendar, LagCalendar::Predecessor);
    let [first, second] = document.plan.links[..] else { panic!("two links") };
    assert_eq!((first.from, first.to, first.lag), (2, 3, Lag::Working(-270)));
    assert_eq!((second.kind, second.to), (LinkKind::FinishToFinish, 0));
    schedule::schedule(&document.plan).unwrap();
}

#[test]
fn odd_encodings_are_read() {
    let text = file(TASKS, LINKS).replace("œ", "oe");
    let names = |bytes: &[u8]| {
        let document = read_xer(bytes).unwrap();
        (document.name, document.plan.tasks[2].name.clone())
    };
    let wanted = ("Îlot".to_owned(), "Béton".to_owned());
    let windows: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(names(&windows), wanted);
    assert_eq!(names(text.as_bytes()), wanted);
    assert_eq!(names(format!("\u{feff}{text}").as_bytes()), wanted);
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        let bare: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        assert_eq!(names(&bare), wanted, "UTF-16 without a byte order mark");
    }
}

#[test]
fn a_bad_file_is_refused_with_the_line_and_the_field() {
    let text = file(&TASKS.replace("\t12\t", "\tdouze\t"), &LINKS.replace("%R\t3", "%R\t33"));
    let found = found(read_xer(text.as_bytes()));
    assert_eq!(found[0], ("bad-value", "15:9 (TASK.remain_drtn_hr_cnt)".to_owned()));
    assert_eq!(found[1].0, "unknown-task");
}

#[test]
fn what_is_no_xer_or_not_whole_is_refused() {
    assert_eq!(found(read_xer(b"bonjour"))[0].0, "not-xer");
    assert_eq!(found(read_xer(b""))[0].0, "not-xer");
    assert_eq!(found(read_xer(b"ERMHDR\t1\n%R\t1\n%E\n"))[0].0, "no-fields");
    assert_eq!(found(read_xer(b"ERMHDR\t1\n%E\n"))[0].0, "no-project");
    let text = file(TASKS, LINKS);
    assert_eq!(found(read_xer(&text.as_bytes()[..text.len() - 4]))[0].0, "truncated");
    let broken = text.replace("s|08:00", "s|99:00");
    assert_eq!(found(read_xer(broken.as_bytes()))[0].0, "bad-calendar");
}

#[test]
fn a_breakdown_in_a_circle_is_refused() {
    let text = file(TASKS, LINKS).replace("%R\t101\t10\t100", "%R\t101\t10\t101");
    assert_eq!(found(read_xer(text.as_bytes()))[0].0, "cycle");
}
