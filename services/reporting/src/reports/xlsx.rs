//! The day as a workbook: typed cells, real dates by the site's clocks, no formulas. Text is
//! written as text whatever it begins with, so nothing typed on a phone is ever computed.

use chrono::NaiveDateTime;
use kernel::Timestamp;
use rust_xlsxwriter::{
    ExcelDateTime, Format, FormatAlign, FormatBorder, Image, Workbook, Worksheet, XlsxError,
};
use typeset::Words;

use super::day::{Day, hours_by_worker};

/// What goes into the workbook.
pub struct Book {
    /// The day.
    pub day: Day,
    /// The words of its language.
    pub words: Words,
    /// The SHA-256 of the day, in hexadecimal.
    pub seal: String,
    /// The photos' thumbnails (JPEG), in the day's order.
    pub thumbnails: Vec<Option<Vec<u8>>>,
}

/// A cell.
enum Cell {
    Text(String),
    Number(f64),
    Moment(Timestamp),
    Empty,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Self::Number(f64::from(number))
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Cell {
    fn from(at: Timestamp) -> Self {
        Self::Moment(at)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Writes the workbook. Takes a while: call it where blocking is allowed.
pub fn render(book: &Book) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let looks = Looks::new();
    summary(workbook.add_worksheet(), book, &looks)?;
    tasks(workbook.add_worksheet(), book, &looks)?;
    hours(workbook.add_worksheet(), book, &looks)?;
    incidents(workbook.add_worksheet(), book, &looks)?;
    photos(workbook.add_worksheet(), book, &looks)?;
    workbook.save_to_buffer()
}

struct Looks {
    title: Format,
    label: Format,
    head: Format,
    text: Format,
    number: Format,
    moment: Format,
    date: Format,
}

impl Looks {
    fn new() -> Self {
        let cell = || {
            Format::new()
                .set_border_bottom(FormatBorder::Hair)
                .set_text_wrap()
                .set_align(FormatAlign::Top)
        };
        Self {
            title: Format::new().set_bold().set_font_size(16).set_font_color("#0F4C5C"),
            label: Format::new().set_font_color("#6B7280").set_align(FormatAlign::Top),
            head: Format::new()
                .set_bold()
                .set_font_color("#FFFFFF")
                .set_background_color("#0F4C5C")
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter),
            text: cell(),
            number: cell().set_num_format("0.00"),
            moment: cell().set_num_format("dd/mm/yyyy hh:mm"),
            date: cell().set_num_format("dd/mm/yyyy").set_align(FormatAlign::Left),
        }
    }
}

/// A spreadsheet's dates know no zone: they are the site's own clocks.
fn excel(at: NaiveDateTime) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_timestamp(at.and_utc().timestamp())
}

fn write(
    sheet: &mut Worksheet,
    (row, col): (u32, u16),
    cell: &Cell,
    day: &Day,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => sheet.write_string_with_format(row, col, text, &looks.text)?,
        Cell::Number(n) if n.fract() == 0.0 => {
            sheet.write_number_with_format(row, col, *n, &looks.text)?
        }
        Cell::Number(n) => sheet.write_number_with_format(row, col, *n, &looks.number)?,
        Cell::Moment(at) => {
            sheet.write_datetime_with_format(row, col, excel(day.local(*at))?, &looks.moment)?
        }
        Cell::Empty => sheet.write_blank(row, col, &looks.text)?,
    };
    Ok(())
}

/// A sheet with a header that stays in sight; columns are given by their word and width.
fn table<const N: usize>(
    sheet: &mut Worksheet,
    book: &Book,
    looks: &Looks,
    name: &str,
    columns: [(&str, f64); N],
    rows: impl Iterator<Item = [Cell; N]>,
) -> Result<u32, XlsxError> {
    sheet
        .set_name(book.words.say(name))?
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0);
    sheet.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?.set_row_height(0, 22)?;
    for (col, (word, width)) in (0..).zip(columns) {
        sheet.set_column_width(col, width)?;
        sheet.write_string_with_format(0, col, book.words.say(word), &looks.head)?;
    }
    let mut last = 0;
    for (row, cells) in (1..).zip(rows) {
        for (col, cell) in (0..).zip(cells) {
            write(sheet, (row, col), &cell, &book.day, looks)?;
        }
        last = row;
    }
    if last > 0 {
        sheet.autofilter(0, 0, last, N as u16 - 1)?;
    }
    Ok(last)
}

fn summary(sheet: &mut Worksheet, book: &Book, looks: &Looks) -> Result<(), XlsxError> {
    let Book { day, words, .. } = book;
    sheet.set_name(words.say("summary"))?.set_paper_size(9).set_print_fit_to_pages(1, 0);
    sheet.set_column_width(0, 32)?.set_column_width(1, 68)?;
    sheet.write_string_with_format(0, 0, words.say("title"), &looks.title)?;
    sheet.set_row_height(0, 26)?;
    let worked: f64 = hours_by_worker(day).iter().map(|h| in_hours(h.worked)).sum();
    let count = |n: usize| Cell::Number(n as f64);
    let finished = day.tasks.iter().filter(|t| matches!(&*t.status, "done" | "validated")).count();
    let rows: [(&str, Cell); 15] = [
        ("firm", day.firm.as_str().into()),
        ("project", format!("{} — {}", day.project_code, day.project_name).into()),
        ("site", day.site_name.as_str().into()),
        ("address", day.address.as_deref().into()),
        ("client", day.client.as_deref().into()),
        ("day", Cell::Empty),
        ("zone", day.zone.name().into()),
        ("made", day.as_of.into()),
        ("tasks", count(day.tasks.len())),
        ("done_of", count(finished)),
        ("worked", worked.into()),
        ("incidents", count(day.incidents.len())),
        ("nonconformities", day.checklists.iter().map(|c| c.nonconformities).sum::<i32>().into()),
        ("photos", count(day.photos.len())),
        ("seal", book.seal.as_str().into()),
    ];
    for (row, (label, cell)) in (2..).zip(rows) {
        sheet.write_string_with_format(row, 0, words.say(label), &looks.label)?;
        if label == "day" {
            let midnight = excel(NaiveDateTime::from(day.day))?;
            sheet.write_datetime_with_format(row, 1, midnight, &looks.date)?;
        } else {
            write(sheet, (row, 1), &cell, day, looks)?;
        }
    }
    Ok(())
}

fn tasks(sheet: &mut Worksheet, book: &Book, looks: &Looks) -> Result<(), XlsxError> {
    let columns = [
        ("task", 40.0),
        ("status", 14.0),
        ("planned_start", 17.0),
        ("planned_end", 17.0),
        ("real_start", 17.0),
        ("real_end", 17.0),
        ("validated_at", 17.0),
        ("workers", 36.0),
    ];
    let rows = book.day.tasks.iter().map(|t| {
        [
            t.title.as_str().into(),
            book.words.say_of("status", &t.status).into(),
            t.starts_at.into(),
            t.ends_at.into(),
            t.started_at.into(),
            t.finished_at.into(),
            t.validated_at.into(),
            t.workers.join(", ").into(),
        ]
    });
    table(sheet, book, looks, "tasks", columns, rows).map(|_| ())
}

fn hours(sheet: &mut Worksheet, book: &Book, looks: &Looks) -> Result<(), XlsxError> {
    let columns = [
        ("worker", 34.0),
        ("first_in", 17.0),
        ("last_out", 17.0),
        ("worked", 18.0),
        ("geofence", 24.0),
    ];
    let rows = hours_by_worker(&book.day).into_iter().map(|h| {
        let geofence = h.inside.map(|inside| if inside { "inside" } else { "outside" });
        [
            h.worker.into(),
            h.first_in.into(),
            h.last_out.into(),
            in_hours(h.worked).into(),
            geofence.map(|word| book.words.say(word)).into(),
        ]
    });
    table(sheet, book, looks, "hours", columns, rows).map(|_| ())
}

fn in_hours(worked: chrono::TimeDelta) -> f64 {
    (worked.num_seconds() as f64 / 36.0).round() / 100.0
}

fn incidents(sheet: &mut Worksheet, book: &Book, looks: &Looks) -> Result<(), XlsxError> {
    let columns = [
        ("incident", 44.0),
        ("severity", 12.0),
        ("status", 16.0),
        ("reported", 17.0),
        ("reporter", 24.0),
        ("task", 32.0),
        ("resolution", 40.0),
    ];
    let rows = book.day.incidents.iter().map(|i| {
        [
            i.title.as_str().into(),
            book.words.say_of("severity", &i.severity).into(),
            book.words.say_of("incident", &i.status).into(),
            i.reported_at.into(),
            i.reporter.as_deref().into(),
            i.task.as_deref().into(),
            i.resolution.as_deref().into(),
        ]
    });
    table(sheet, book, looks, "incidents", columns, rows).map(|_| ())
}

fn photos(sheet: &mut Worksheet, book: &Book, looks: &Looks) -> Result<(), XlsxError> {
    let columns = [
        ("photo", 24.0),
        ("taken", 17.0),
        ("worker", 22.0),
        ("task", 32.0),
        ("caption", 32.0),
        ("position", 24.0),
        ("code", 16.0),
        ("status", 12.0),
        ("SHA-256", 70.0),
    ];
    let rows = book.day.photos.iter().map(|p| {
        let position = p.lat.zip(p.lon).map(|(lat, lon)| format!("{lat:.5}, {lon:.5}"));
        [
            Cell::Empty,
            p.taken_at.into(),
            p.worker.as_deref().into(),
            p.task.as_deref().into(),
            p.caption.as_deref().into(),
            position.into(),
            p.code.as_deref().into(),
            book.words.say_of("state", &p.state).into(),
            p.sha256.as_deref().into(),
        ]
    });
    table(sheet, book, looks, "photos", columns, rows)?;
    for (row, thumbnail) in (1..).zip(&book.thumbnails) {
        if let Some(bytes) = thumbnail {
            sheet.set_row_height_pixels(row, 120)?;
            let image = Image::new_from_buffer(bytes)?;
            sheet.insert_image_fit_to_cell(row, 0, &image, true)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::ImageFormat;
    use kernel::Lang;

    use super::*;
    use crate::reports::samples::{busy_day, picture};
    use crate::reports::words;

    #[test]
    fn a_busy_day_becomes_a_workbook_without_formulas() {
        let day = busy_day();
        let thumbnail = picture(ImageFormat::Jpeg, 320, 240);
        let book = Book {
            seal: hex::encode(day.seal().unwrap()),
            day,
            words: words::of(Lang::Fr).unwrap(),
            thumbnails: vec![Some(thumbnail), None, None, None],
        };
        let bytes = render(&book).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut part =
            |name: &str| std::io::read_to_string(archive.by_name(name).unwrap()).unwrap();
        for sheet in 1..=5 {
            let xml = part(&format!("xl/worksheets/sheet{sheet}.xml"));
            assert!(xml.contains("<sheetData>") && !xml.contains("<f>"), "sheet {sheet}");
        }
        assert!(part("xl/workbook.xml").contains("Tâches"));
        assert!(part("xl/sharedStrings.xml").contains("=1+1 Pose du coffret"));
        assert!(archive.by_name("xl/media/image1.jpeg").is_ok());
    }
}
