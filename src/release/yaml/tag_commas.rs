//! Commas within tags.
//!
//! Helm's reader takes a comma in a tag for a part of it: in `[!a, b]` the tag is `!a,`. libyaml-safer 0.3 ends the tag
//! there and then panics ("TODO: What is expected here?"). So such commas are written as semicolons, which are a part of
//! a tag everywhere; no tag with either means anything to a manifest.

use std::io::Cursor;

use libyaml_safer::{Encoding, ScalarStyle, Scanner, Token, TokenData};

/// How often the text is scanned. Once is enough unless `!` and a comma stand in plain scalars in brackets.
const SCANS: usize = 16;

/// The text with `;` for every comma within a tag; `None` if that takes too long to find out.
pub(super) fn hide_tag_commas(mut text: Vec<u8>) -> Option<Vec<u8>> {
    let candidates = candidates(&text);
    replace(&mut text, &candidates, b';');
    let mut left = candidates.as_slice();
    for _ in 0..SCANS {
        if left.is_empty() {
            return Some(text);
        }
        let (judged, outside) = judge(&text, left);
        replace(&mut text, &outside, b',');
        left = left.get(judged..).unwrap_or_default();
    }
    left.is_empty().then_some(text)
}

/// Commas behind an exclamation mark and what tags are made of. Within a word an exclamation mark starts no tag.
fn candidates(text: &[u8]) -> Vec<usize> {
    let mut is_tag = false;
    let mut before = b' ';
    let mut places = Vec::new();
    for (place, &byte) in text.iter().enumerate() {
        match byte {
            b'!' => is_tag |= !before.is_ascii_alphanumeric() && before != b'=',
            b',' if is_tag => places.push(place),
            byte if byte.is_ascii_alphanumeric() || b"-_;/?:@&=+$,.%~*'()[]<>".contains(&byte) => {}
            _ => is_tag = false,
        }
        before = byte;
    }
    places
}

/// How many of the places this scan could judge, and which of those are outside of tags. A comma in a plain scalar in
/// brackets ends that scalar, so that what follows can only be judged with it back in its place.
fn judge(text: &[u8], places: &[usize]) -> (usize, Vec<usize>) {
    let mut judged = 0;
    let mut outside = Vec::new();
    let mut flow_level = 0usize;
    for token in scanner(text) {
        let Token { data, start_mark, end_mark, .. } = match token {
            Ok(token) => token,
            Err(error) => {
                // The library keeps back the tokens before an error, so what they are has to be found out one by one.
                let is_before = |place: usize| error.problem_mark().is_none_or(|mark| is_within(place, 0, mark.index));
                let Some(&place) = places.get(judged).filter(|&&place| is_before(place)) else { break };
                if !is_in_tag(text, place) {
                    outside.push(place);
                }
                return (judged + 1, outside);
            }
        };
        match data {
            TokenData::FlowSequenceStart | TokenData::FlowMappingStart => flow_level += 1,
            TokenData::FlowSequenceEnd | TokenData::FlowMappingEnd => flow_level = flow_level.saturating_sub(1),
            _ => {}
        }
        while let Some(&place) = places.get(judged).filter(|&&place| is_within(place, 0, end_mark.index)) {
            judged += 1;
            // Else it is in a comment between two tokens.
            let is_in_token = is_within(place, start_mark.index, end_mark.index);
            match data {
                // The library takes commas within `!<...>`.
                TokenData::Tag { .. } if is_in_token && is_in_angles(text, start_mark.index, place) => {
                    outside.push(place)
                }
                TokenData::Tag { .. } | TokenData::TagDirective { .. } if is_in_token => {}
                TokenData::Scalar { style: ScalarStyle::Plain, .. } if is_in_token && flow_level > 0 => {
                    outside.push(place);
                    return (judged, outside);
                }
                _ => outside.push(place),
            }
        }
    }
    (places.len(), outside)
}

fn is_in_angles(text: &[u8], start: u64, place: usize) -> bool {
    let tag = usize::try_from(start).ok().and_then(|start| text.get(start..place)).unwrap_or_default();
    tag.starts_with(b"!<") && !tag.contains(&b'>')
}

/// Whether the scan of a tag goes on at a place: it is that scan which stumbles over a mark that no tag may hold.
fn is_in_tag(text: &[u8], place: usize) -> bool {
    let mut until = text.get(..place).unwrap_or_default().to_vec();
    until.push(b'^');
    scanner(&until).find_map(Result::err).is_some_and(|error| {
        error.context() == Some("while scanning a tag")
            && error.problem_mark().is_some_and(|mark| usize::try_from(mark.index) == Ok(place))
    })
}

pub(super) fn scanner(text: &[u8]) -> Scanner<Cursor<&[u8]>> {
    let mut scanner = Scanner::new();
    scanner.set_encoding(Encoding::Utf8);
    scanner.set_input(Cursor::new(text));
    scanner
}

fn is_within(place: usize, start: u64, end: u64) -> bool {
    u64::try_from(place).is_ok_and(|place| (start..end).contains(&place))
}

fn replace(text: &mut [u8], places: &[usize], with: u8) {
    for &place in places {
        if let Some(byte) = text.get_mut(place) {
            *byte = with;
        }
    }
}
