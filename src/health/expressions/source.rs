//! The text of an expression before the parser sees it: how long it is, and how deep what is made of it can become.
//!
//! Parser and evaluator call themselves once a level. What comes from a cluster must not end the program, so that an
//! expression is measured first, in one pass and without calling itself.

/// Bytes. The longest expression of the projects that Flux documents has 300.
const LONGEST: usize = 8 * 1024;
/// Levels, as counted by [`depth`].
const DEEPEST: usize = 24;

/// Words that the parser of the crate reads as a macro or takes for a name, and the one of Flux does not.
const READ_OTHERWISE: &[&str] = &["existsOne", "__result__"];

/// Operators of two signs.
const PAIRS: &[&str] = &["&&", "||", "==", "!=", "<=", ">="];

/// Why an expression is not even parsed.
pub(super) fn beyond(source: &str) -> Option<String> {
    if source.len() > LONGEST {
        return Some(format!("it is longer than {LONGEST} bytes"));
    }
    let tokens = tokens(source);
    if depth(&tokens) > DEEPEST {
        return Some(format!("it is nested more than {DEEPEST} levels deep"));
    }
    let word = tokens.iter().find(|token| READ_OTHERWISE.contains(token))?;
    Some(format!("of the word {word}"))
}

/// The words and signs outside of literals and comments; a literal counts as one word.
fn tokens(source: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => text_length(rest, false),
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            _ if is_word(first) => {
                let word = rest.find(|next| !is_word(next)).unwrap_or(rest.len());
                match (rest.split_at_checked(word), rest.as_bytes().get(word)) {
                    (Some((prefix, literal)), Some(b'"' | b'\'')) if is_text_prefix(prefix) => {
                        word + text_length(literal, prefix.contains(['r', 'R']))
                    }
                    _ => word,
                }
            }
            _ if PAIRS.iter().any(|pair| rest.starts_with(pair)) => 2,
            _ => first.len_utf8(),
        };
        let Some((token, after)) = rest.split_at_checked(length) else { break };
        if !first.is_whitespace() && !token.starts_with("//") {
            tokens.push(token);
        }
        rest = after;
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_text_prefix(word: &str) -> bool {
    word.len() <= 2 && word.chars().all(|letter| matches!(letter, 'r' | 'R' | 'b' | 'B'))
}

/// Bytes of the literal that begins here, its quotes included; all that is left where it does not end.
fn text_length(text: &str, raw: bool) -> usize {
    let quote = text.get(..1).unwrap_or_default();
    let end = if text.starts_with(&quote.repeat(3)) { quote.repeat(3) } else { quote.to_owned() };
    let mut at = end.len();
    while let Some(left) = text.get(at..) {
        if left.starts_with(&end) {
            return at + end.len();
        }
        let Some(next) = left.chars().next() else { break };
        at += next.len_utf8();
        if next == '\\' && !raw {
            at += left.chars().nth(1).map_or(0, char::len_utf8);
        }
    }
    text.len()
}

/// A ceiling of the levels that the parsed expression has: selections and operators between two brackets can be inside of
/// one another, terms of `&&` and `||` stand beside one another.
fn depth(tokens: &[&str]) -> usize {
    let (mut links, mut branches) = (0, 0);
    let mut around = Vec::new();
    let mut outside = 0;
    let mut deepest = 0;
    for token in tokens {
        match *token {
            "&&" | "||" => links = 0,
            "," => (links, branches) = (0, 0),
            "?" | ":" => (links, branches) = (0, branches + 1),
            "(" | "[" | "{" => {
                around.push((links + 1, branches));
                outside += links + 1 + branches;
                (links, branches) = (0, 0);
            }
            ")" | "]" | "}" => {
                (links, branches) = around.pop().unwrap_or_default();
                outside -= links + branches;
            }
            word if word != "in" && word.starts_with(|first| is_word(first) || first == '"' || first == '\'') => {}
            _ => links += 1,
        }
        deepest = deepest.max(outside + links + branches);
    }
    deepest
}
