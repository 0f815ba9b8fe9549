//! PDF by poppler-utils (`pdftotext`, `pdftoppm`): other programs in processes of their own, so
//! that a hostile file takes down nothing but them. Memory and processor time are limited by the
//! shell's `ulimit`, time by us, and no more than the limit is read of what they say.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

use super::MAX_TEXT;

/// How long a program may take by the clock on the wall.
const TIME: Duration = Duration::from_secs(45);
/// 1 GiB of address space, 30 s of processor time, no files written. The signal of a file too large
/// is ignored: on a new machine fontconfig wants to write its cache, and would be killed for it
/// where it may simply fail.
const LIMITS: &str = "trap '' XFSZ; ulimit -v 1048576; ulimit -t 30; ulimit -f 0; exec \"$@\"";
/// The exit code by which a shell says that there is no such program.
const NO_PROGRAM: i32 = 127;
/// The most pages whose text is read.
const PAGES: &str = "2000";
/// The largest picture of a page, in bytes.
const MAX_PAGE: usize = 8 * 1024 * 1024;

/// Why a PDF was not read.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The programs are not installed.
    Missing,
    /// It took too long.
    TooSlow,
    /// The program could not make anything of the file.
    Refused,
    /// The program could not be run.
    Broken(io::Error),
}

/// The text of a PDF, up to the limit.
pub(super) async fn text(pdf: Bytes) -> Result<String, Trouble> {
    let arguments = ["pdftotext", "-q", "-enc", "UTF-8", "-l", PAGES, "-", "-"];
    let text = run(&arguments, pdf, MAX_TEXT).await?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The first page of a PDF as a JPEG file, no side longer than `side` pixels.
pub(super) async fn first_page(pdf: Bytes, side: u32) -> Result<Vec<u8>, Trouble> {
    let side = side.to_string();
    let arguments =
        ["pdftoppm", "-q", "-f", "1", "-l", "1", "-singlefile", "-scale-to", &side, "-jpeg", "-"];
    run(&arguments, pdf, MAX_PAGE).await
}

async fn run(arguments: &[&str], input: Bytes, limit: usize) -> Result<Vec<u8>, Trouble> {
    // Dropped when the time is up, which ends the program.
    timeout(TIME, talk(arguments, input, limit)).await.unwrap_or(Err(Trouble::TooSlow))
}

async fn talk(arguments: &[&str], input: Bytes, limit: usize) -> Result<Vec<u8>, Trouble> {
    let mut program = Command::new("sh")
        .args(["-c", LIMITS, "sh"])
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(Trouble::Broken)?;
    let (stdin, stdout) = (program.stdin.take(), program.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else {
        return Err(Trouble::Broken(io::Error::other("no pipes")));
    };
    // Ends by itself: when all is given, or when the program is gone, whose exit code tells why.
    tokio::spawn(async move { stdin.write_all(&input).await });
    let mut said = Vec::new();
    stdout.take(limit as u64).read_to_end(&mut said).await.map_err(Trouble::Broken)?;
    if said.len() == limit {
        return Ok(said); // the rest is not wanted; dropping ends the program
    }
    let status = program.wait().await.map_err(Trouble::Broken)?;
    match status.code() {
        Some(0) => Ok(said),
        Some(NO_PROGRAM) => Err(Trouble::Missing),
        _ => Err(Trouble::Refused),
    }
}
