//! What Helm's reader takes and libyaml-safer does not, spelled so that both do.
//!
//! - `"\'"` is an apostrophe: the backslash is left out.
//! - `[a:, b]` and `{a:}` hold the text `a:`: it is put in quotes.
//!
//! The library says by its error where such a thing is, so no text that it takes is changed. Commas in tags come first,
//! as those make it panic.

use libyaml_safer::Mark;

use super::tag_commas::{hide_tag_commas, scanner};

/// How many scalars are spelled anew; each costs one scan. With more of them the text is an error.
const RESPELLINGS: usize = 50;

/// A text as the library is to see it.
pub(super) struct Spelled {
    pub bytes: Vec<u8>,
    /// Where each byte comes from, unless that is where it stands.
    origins: Option<Vec<usize>>,
}

impl Spelled {
    /// `None` if the text has so many tags with commas that it takes too long.
    pub fn new(text: String) -> Option<Self> {
        const DOUBTFUL: [&str; 7] = ["\\'", ":,", ":?", ":[", ":]", ":{", ":}"];
        let is_doubtful = DOUBTFUL.iter().any(|doubtful| text.contains(doubtful));
        let mut spelled = Self { bytes: text.into_bytes(), origins: None };
        for _ in 0..RESPELLINGS {
            let bytes = hide_tag_commas(spelled.bytes.clone())?;
            if !is_doubtful || !spelled.respell(&bytes) {
                return Some(Self { bytes, ..spelled });
            }
        }
        Some(Self { bytes: hide_tag_commas(spelled.bytes)?, ..spelled })
    }

    /// An offset as one in the text as it was.
    pub fn origin(&self, index: u64) -> usize {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        match &self.origins {
            Some(origins) => origins.get(index).or(origins.last()).copied().unwrap_or_default(),
            None => index,
        }
    }

    /// Spells one scalar anew, if the first error of the text is one that this mends.
    fn respell(&mut self, bytes: &[u8]) -> bool {
        let Some(error) = scanner(bytes).find_map(Result::err) else { return false };
        let mark = |mark: Option<Mark>| mark.and_then(|mark| usize::try_from(mark.index).ok());
        let (Some(start), Some(place)) = (mark(error.context_mark()), mark(error.problem_mark())) else { return false };
        match error.problem() {
            "found unexpected ':'" => {
                self.insert_quote(place.saturating_add(1));
                for quote in (start..place).rev().filter(|&at| bytes.get(at) == Some(&b'\'')) {
                    self.insert_quote(quote);
                }
                self.insert_quote(start);
                true
            }
            "found unknown escape character" if bytes.get(place.saturating_add(1)) == Some(&b'\'') => {
                self.remove_backslashes(place);
                true
            }
            _ => false,
        }
    }

    /// Those before apostrophes, from a place within double quotes to the closing one.
    fn remove_backslashes(&mut self, from: usize) {
        let mut removed = Vec::new();
        let mut place = from;
        loop {
            match (self.bytes.get(place), self.bytes.get(place.saturating_add(1))) {
                (Some(b'\\'), Some(next)) => {
                    if *next == b'\'' {
                        removed.push(place);
                    }
                    place += 2;
                }
                (Some(b'"'), _) | (None, _) => break,
                (Some(_), _) => place += 1,
            }
        }
        remove(self.origins(), &removed);
        remove(&mut self.bytes, &removed);
    }

    fn insert_quote(&mut self, place: usize) {
        let origins = self.origins();
        let Some(&origin) = origins.get(place) else { return };
        origins.insert(place, origin);
        self.bytes.insert(place, b'\'');
    }

    /// One for each byte, and one for the end.
    fn origins(&mut self) -> &mut Vec<usize> {
        let length = self.bytes.len();
        self.origins.get_or_insert_with(|| (0..=length).collect())
    }
}

/// Removes the items at these places, which are in order.
fn remove<T>(items: &mut Vec<T>, places: &[usize]) {
    let mut places = places.iter().peekable();
    let mut place = 0usize;
    items.retain(|_| {
        let is_kept = places.next_if(|&&removed| removed == place).is_none();
        place += 1;
        is_kept
    });
}
