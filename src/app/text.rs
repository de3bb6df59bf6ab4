//! Text for a terminal: made harmless, measured, cut and wrapped.
//!
//! Strings from the cluster are data. [`clean`] is the one function that decides what of them may reach a terminal;
//! the view's only way to write goes through it.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::release::text::{escape, is_hostile};

/// A grapheme of more code points than this is noise that some terminals tear: the rest is left out.
const LONGEST_GRAPHEME: usize = 8;

/// Below this width the two ends of a cut text would say nothing.
const SHORTEST: usize = 8;

/// Which characters the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Glyphs {
    /// UTF-8.
    #[default]
    Unicode,
    /// ASCII alone: the locale is not UTF-8.
    Ascii,
}

impl Glyphs {
    /// What stands where something was cut off; one column wide.
    #[must_use]
    pub fn ellipsis(self) -> &'static str {
        match self {
            Self::Unicode => "…",
            Self::Ascii => "~",
        }
    }
}

/// One line of harmless text that shows what was taken out: ESC becomes `^[`, a bidirectional override `<U+202E>`; line
/// breaks and tabs become spaces.
#[must_use]
pub fn clean(text: &str, glyphs: Glyphs) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        clean_grapheme(grapheme, glyphs, &mut out);
    }
    Cow::Owned(out)
}

/// Puts one grapheme, made harmless, at the end of a text.
pub fn clean_grapheme(grapheme: &str, glyphs: Glyphs, out: &mut String) {
    if grapheme.contains(['\n', '\r', '\t']) {
        out.push(' ');
    } else if grapheme.chars().any(is_hostile) || grapheme.width() == 0 {
        grapheme.chars().for_each(|c| escape_unless_visible(c, glyphs, out));
    } else if grapheme.width() > 2 {
        // No cell pair of a terminal holds it: what is joined to the first character is named instead.
        let mut chars = grapheme.chars();
        chars.next().into_iter().for_each(|c| escape_unless_visible(c, glyphs, out));
        chars.for_each(|c| escape(c, out));
    } else if glyphs == Glyphs::Ascii && !grapheme.is_ascii() {
        (0..grapheme.width()).for_each(|_| out.push('?'));
    } else {
        // The variation selector asks for a wide picture of a narrow character, and terminals disagree on that.
        out.extend(grapheme.chars().filter(|c| *c != '\u{fe0f}').take(LONGEST_GRAPHEME));
    }
}

fn escape_unless_visible(c: char, glyphs: Glyphs, out: &mut String) {
    let wide = UnicodeWidthChar::width(c).unwrap_or(0);
    if wide == 0 || is_hostile(c) {
        escape(c, out);
    } else if glyphs == Glyphs::Ascii && !c.is_ascii() {
        (0..wide).for_each(|_| out.push('?'));
    } else {
        out.push(c);
    }
}

/// How many columns a clean text takes.
#[must_use]
pub fn width(clean: &str) -> usize {
    if clean.is_ascii() {
        return clean.len();
    }
    clean.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// A clean text cut to a number of columns; what was cut leaves an ellipsis.
#[must_use]
pub fn cut(clean: &str, columns: usize, glyphs: Glyphs) -> Cow<'_, str> {
    if clean.len() <= columns || width(clean) <= columns {
        return Cow::Borrowed(clean);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let (mut used, mut end) = (0, 0);
    for (start, grapheme) in clean.grapheme_indices(true) {
        let wide = grapheme.width();
        if used + wide >= columns {
            break;
        }
        used += wide;
        end = start + grapheme.len();
    }
    let kept = clean.get(..end).unwrap_or_default();
    Cow::Owned(format!("{kept}{}", glyphs.ellipsis()))
}

/// A clean text cut in its middle: the end of a name or of a chart's version tells more than what is before it.
#[must_use]
pub fn cut_middle(clean: &str, columns: usize, glyphs: Glyphs) -> Cow<'_, str> {
    if clean.len() <= columns || width(clean) <= columns {
        return Cow::Borrowed(clean);
    }
    if columns < SHORTEST {
        return cut(clean, columns, glyphs);
    }
    let tail = (columns - 1) / 2;
    let start = fitting(clean.graphemes(true), columns - 1 - tail);
    let end = clean.len() - fitting(clean.graphemes(true).rev(), tail);
    let (start, end) = (clean.get(..start).unwrap_or_default(), clean.get(end..).unwrap_or_default());
    Cow::Owned(format!("{start}{}{end}", glyphs.ellipsis()))
}

/// Clean namespace and name as one: the name stays whole as long as three columns of the namespace do.
#[must_use]
pub fn cut_place(namespace: &str, name: &str, columns: usize, glyphs: Glyphs) -> String {
    let least = width(namespace).min(3);
    let name = cut_middle(name, columns.saturating_sub(1 + least), glyphs);
    let namespace = cut(namespace, columns.saturating_sub(1 + width(&name)), glyphs);
    format!("{namespace}/{name}")
}

/// A clean text of which the end is kept: that of a context names the cluster.
#[must_use]
pub fn cut_start(clean: &str, columns: usize, glyphs: Glyphs) -> Cow<'_, str> {
    if clean.len() <= columns || width(clean) <= columns {
        return Cow::Borrowed(clean);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let end = clean.len() - fitting(clean.graphemes(true).rev(), columns - 1);
    Cow::Owned(format!("{}{}", glyphs.ellipsis(), clean.get(end..).unwrap_or_default()))
}

/// How many bytes of graphemes fit into so many columns.
fn fitting<'a>(graphemes: impl Iterator<Item = &'a str>, columns: usize) -> usize {
    let (mut used, mut bytes) = (0, 0);
    for grapheme in graphemes {
        used += grapheme.width();
        if used > columns {
            break;
        }
        bytes += grapheme.len();
    }
    bytes
}

/// A clean text in lines of at most so many columns, broken at spaces where there are some. The last of `most` lines
/// is cut.
#[must_use]
pub fn wrap(clean: &str, columns: usize, most: usize, glyphs: Glyphs) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = clean.trim();
    while !rest.is_empty() && columns > 0 && lines.len() < most {
        if lines.len() + 1 == most {
            lines.push(cut(rest, columns, glyphs).into_owned());
            break;
        }
        let end = break_at(rest, columns);
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        lines.push(line.trim_end().to_owned());
        rest = after.trim_start();
    }
    lines
}

/// The same, but what has no room is left out before the last line: a message of a tool says at its end what went wrong.
#[must_use]
pub fn wrap_to_end(clean: &str, columns: usize, most: usize, glyphs: Glyphs) -> Vec<String> {
    let lines = wrap(clean, columns, most.saturating_add(1), glyphs);
    if lines.len() <= most {
        return lines;
    }
    if most < 2 || columns < SHORTEST {
        return wrap(clean, columns, most, glyphs);
    }
    let mut lines = wrap(clean, columns, most - 1, glyphs);
    let clean = clean.trim();
    let end = clean.get(clean.len() - fitting(clean.graphemes(true).rev(), columns - 1)..).unwrap_or_default();
    // From a whole word on, where that costs little.
    let word = end.find(' ').filter(|space| *space < columns / 3).map_or(0, |space| space + 1);
    lines.push(format!("{}{}", glyphs.ellipsis(), end.get(word..).unwrap_or_default()));
    lines
}

/// The byte at which a line of so many columns ends.
fn break_at(text: &str, columns: usize) -> usize {
    let (mut used, mut space) = (0, None);
    for (start, grapheme) in text.grapheme_indices(true) {
        if used + grapheme.width() > columns {
            if grapheme == " " {
                return start;
            }
            // A word longer than the line is broken; one grapheme is always taken, or this would never end.
            return space.unwrap_or(if start == 0 { grapheme.len() } else { start });
        }
        used += grapheme.width();
        if grapheme == " " {
            space = Some(start + 1);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_namespace_and_name_the_name_stays_whole() {
        let check = |namespace: &str, name: &str, columns: usize, expected: &str| {
            assert_eq!(cut_place(namespace, name, columns, Glyphs::Unicode), expected);
        };
        check("shop", "cart", 19, "shop/cart");
        check("reporting", "statements", 19, "reporti…/statements");
        check("payments", "card-gateway", 19, "payme…/card-gateway");
        check("shop", "a-name-that-is-long", 19, "sh…/a-name-…is-long");
        check("ingress", "ingress-nginx", 17, "in…/ingress-nginx");
        check("日本", "検索サービス", 14, "日本/検索…ビス");
    }

    #[test]
    fn hostile_text_is_shown_and_does_nothing() {
        let check = |text: &str, expected: &str| assert_eq!(clean(text, Glyphs::Unicode), expected, "{text:?}");
        check("plain", "plain");
        check("\x1b[2Jgone", "^[[2Jgone");
        check("bell\x07 del\x7f", "bell^G del^?");
        check("c1 \u{9b}31m", "c1 <U+009B>31m");
        check("abc\u{202e}fed", "abc<U+202E>fed");
        check("zero\u{200b}width", "zero<U+200B>width");
        check("two\nlines\tand tab\r\n", "two lines and tab ");
        check("日本語", "日本語");
        check("e\u{301}", "e\u{301}");
        check("\u{301}alone", "<U+0301>alone");
        check("tag\u{e0041}", "tag<U+E0041>");
        check("a\u{feff}b", "a<U+FEFF>b");
    }

    #[test]
    fn without_utf8_what_is_not_ascii_keeps_its_width() {
        assert_eq!(clean("日本x", Glyphs::Ascii), "????x");
        assert_eq!(clean("👩\u{200d}👧", Glyphs::Ascii), "??<U+200D>??");
        assert_eq!(cut("abcdef", 4, Glyphs::Ascii), "abc~");
    }

    #[test]
    fn text_is_cut_and_wrapped_by_columns() {
        assert_eq!(cut("storefront", 6, Glyphs::Unicode), "store…");
        assert_eq!(cut("storefront", 10, Glyphs::Unicode), "storefront");
        assert_eq!(cut("日本語", 4, Glyphs::Unicode), "日…");
        assert_eq!(cut_middle("kube-prometheus-stack 65.1.0", 18, Glyphs::Unicode), "kube-prom…k 65.1.0");
        assert_eq!(cut_middle("shop/日本語の検索サービス", 12, Glyphs::Unicode), "shop/…ビス");
        assert_eq!(cut_middle("cafe\u{301}-cafe\u{301}-cafe\u{301}", 8, Glyphs::Unicode), "cafe\u{301}…afe\u{301}");
        assert_eq!(cut_middle("storefront", 5, Glyphs::Unicode), "stor…");
        assert_eq!(cut_start("cluster/prod-日本", 8, Glyphs::Unicode), "…od-日本");
        assert_eq!(cut_start("prod", 4, Glyphs::Unicode), "prod");
        assert_eq!(wrap("one two three four", 9, 3, Glyphs::Unicode), ["one two", "three", "four"]);
        assert_eq!(wrap("one two three four", 9, 2, Glyphs::Unicode), ["one two", "three fo…"]);
        assert_eq!(wrap("unbreakable", 4, 9, Glyphs::Unicode), ["unbr", "eaka", "ble"]);
        assert_eq!(wrap("", 4, 9, Glyphs::Unicode), Vec::<String>::new());
        let message = "upgrade failed: one two three four five: timed out";
        assert_eq!(wrap_to_end(message, 16, 9, Glyphs::Unicode), wrap(message, 16, 9, Glyphs::Unicode));
        assert_eq!(wrap_to_end(message, 16, 2, Glyphs::Unicode), ["upgrade failed:…", "…five: timed out"]);
        assert_eq!(wrap_to_end(message, 16, 1, Glyphs::Unicode), ["upgrade failed:…"]);
    }

    proptest! {
        #[test]
        fn nothing_hostile_passes_and_a_cut_keeps_its_width(text in "\\PC*|[\\x00-\\x{ffff}]*", columns in 0usize..40) {
            for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
                let cleaned = clean(&text, glyphs);
                prop_assert!(!cleaned.chars().any(is_hostile), "{cleaned:?}");
                prop_assert!(glyphs == Glyphs::Unicode || cleaned.is_ascii(), "{cleaned:?}");
                prop_assert!(width(&cut(&cleaned, columns, glyphs)) <= columns);
                prop_assert!(width(&cut_middle(&cleaned, columns, glyphs)) <= columns);
                prop_assert!(width(&cut_start(&cleaned, columns, glyphs)) <= columns);
                for most in [50, 3] {
                    let lines = wrap_to_end(&cleaned, columns.max(2), most, glyphs);
                    prop_assert!(lines.len() <= most && lines.iter().all(|line| width(line) <= columns.max(2)));
                }
            }
        }
    }
}
