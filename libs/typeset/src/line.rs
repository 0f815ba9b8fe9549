//! What people wrote, bounded for a page.

use unicode_segmentation::UnicodeSegmentation;

/// A word as long as this may be broken here.
const LONGEST_RUN: usize = 16;
/// Where a word may break without a hyphen.
const MAY_BREAK: char = '\u{200b}';

/// A stranger's text as one line of at most `most` characters (what people take for a character
/// stays whole): what is left out is shown by `…`, white space and control characters become
/// single spaces, marks that turn the writing's direction around go, and a word too long for a
/// column may break.
pub fn line(text: &str, most: usize) -> String {
    let mut out = String::new();
    let (mut taken, mut run, mut space) = (0_usize, 0_usize, false);
    for cluster in text.graphemes(true) {
        if cluster.chars().all(|c| c.is_whitespace() || c.is_control()) {
            space = !out.is_empty();
            continue;
        }
        let length = cluster.chars().count() + usize::from(space);
        if taken + length > most {
            out.push('…');
            return out;
        }
        taken += length;
        if space {
            out.push(' ');
            (space, run) = (false, 0);
        }
        if run == LONGEST_RUN {
            out.push(MAY_BREAK);
            run = 0;
        }
        run += 1;
        out.extend(cluster.chars().filter(|c| !turns(*c)));
    }
    out
}

/// Marks that override or embed a direction of writing (Unicode Standard Annex 9, 2.1 to 2.4):
/// without them a text cannot reach over its own end.
fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_becomes_one_bounded_line() {
        assert_eq!(line("Poste\r\n HTA\t", 50), "Poste HTA");
        assert_eq!(line("abcdef", 6), "abcdef");
        assert_eq!(line("abcdefg", 6), "abcdef…");
        assert_eq!(line("", 6), "");
        assert_eq!(line("\u{202e}liame", 50), "liame");
    }

    #[test]
    fn what_people_take_for_a_character_stays_whole_or_goes() {
        let family = "👩\u{200d}👩\u{200d}👧";
        assert_eq!(line(&family.repeat(3), 10), format!("{family}{family}…"));
        let stacked = format!("a{}", "\u{301}".repeat(10_000));
        assert_eq!(line(&stacked, 100), "…");
    }

    #[test]
    fn a_word_too_long_for_a_column_may_break() {
        let long = line(&"x".repeat(10_000), 40);
        let pieces: Vec<_> = long.split(MAY_BREAK).map(|p| p.chars().count()).collect();
        assert_eq!(pieces, [16, 16, 9]);
    }
}
