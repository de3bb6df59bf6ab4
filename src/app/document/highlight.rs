//! The colours of a document: the scopes of a syntax become roles of the theme, never colours.
//!
//! The syntaxes are loaded with the first document and not before. Not to be called where keys are awaited.

use std::ops::Range;
use std::sync::LazyLock;

use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use super::{Colours, Document};
use crate::config::Role;

/// Above this many bytes a document stays plain: colours would come long after it was read.
pub const LARGEST: usize = 1 << 20;
/// A line of more bytes stays plain: the expressions of the syntax take more than linear time.
const LONGEST: usize = 4096;

static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// Scopes and the roles that they become; the innermost scope that is named counts.
static ROLES: LazyLock<Vec<(Scope, Role)>> = LazyLock::new(|| {
    [
        ("entity.name.tag", Role::SyntaxKey),
        ("string.quoted", Role::SyntaxString),
        ("string.unquoted.block", Role::SyntaxString),
        ("constant.numeric", Role::SyntaxNumber),
        ("constant.language", Role::SyntaxConstant),
        ("comment", Role::SyntaxComment),
        ("punctuation", Role::SyntaxPunctuation),
        ("entity.other.document", Role::SyntaxPunctuation),
    ]
    .into_iter()
    .filter_map(|(name, role)| Scope::new(name).ok().map(|scope| (scope, role)))
    .collect()
});

/// Whether a document gets colours.
#[must_use]
pub fn wanted(document: &Document) -> bool {
    document.is_yaml() && !document.is_empty() && document.bytes() <= LARGEST
}

/// The colours of a document; a part without one has the role of plain text.
#[must_use]
pub fn highlight(document: &Document) -> Colours {
    let Some(syntax) = SYNTAXES.find_syntax_by_extension("yaml") else { return Colours::new() };
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut colours = Vec::with_capacity(document.len());
    for place in 0..document.len() {
        let line = document.line(place).unwrap_or_default();
        if line.len() > LONGEST {
            colours.push(Vec::new());
            continue;
        }
        let Ok(changes) = state.parse_line(&format!("{line}\n"), &SYNTAXES) else { return colours };
        let mut spans = Vec::new();
        let mut start = 0;
        for (at, change) in changes {
            push(&mut spans, start..at.min(line.len()), &stack);
            start = at.min(line.len());
            if stack.apply(&change).is_err() {
                return colours;
            }
        }
        push(&mut spans, start..line.len(), &stack);
        colours.push(spans);
    }
    colours
}

fn push(spans: &mut Vec<(Range<usize>, Role)>, range: Range<usize>, stack: &ScopeStack) {
    let role = stack
        .as_slice()
        .iter()
        .rev()
        .find_map(|scope| ROLES.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, role)| *role));
    if let (Some(role), false) = (role, range.is_empty()) {
        spans.push((range, role));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_gets_roles() {
        let document = Document::new("# note\nname: \"web\"\nport: 80\n".to_owned(), true);
        let said: Vec<Vec<(&str, &str)>> = highlight(&document)
            .into_iter()
            .enumerate()
            .map(|(place, spans)| {
                let line = document.line(place).unwrap();
                spans.into_iter().map(|(range, role)| (line.get(range).unwrap(), role.name())).collect()
            })
            .collect();
        assert_eq!(said[1].first(), Some(&("name", "syntax.key")));
        assert!(said[0].iter().all(|(_, role)| ["syntax.comment", "syntax.punctuation"].contains(role)), "{said:?}");
        assert!(said[1].iter().any(|(text, role)| text.contains("web") && *role == "syntax.string"), "{said:?}");
        assert!(said[2].contains(&("80", "syntax.number")), "{said:?}");
    }
}
