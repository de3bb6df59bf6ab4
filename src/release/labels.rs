//! Label selectors: the grammar and the words of its errors.
//!
//! Rules: kubernetes/apimachinery `pkg/labels/selector.go` and `pkg/util/validation`, release 1.36.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::labels_names::{key_fault, value_fault};

/// A selector: all requirements hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Exists,
    Absent,
    In(BTreeSet<String>),
    NotIn(BTreeSet<String>),
    Greater(i64),
    Less(i64),
}

impl Labels {
    /// Reads a selector.
    ///
    /// # Errors
    /// What the real server says of a selector that it does not understand.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: lex(text), at: 0 };
        let mut requirements = Vec::new();
        loop {
            match parser.peek() {
                Token::End => return Ok(Self(requirements)),
                Token::Word(_) | Token::Operator("!") => {
                    let found =
                        parser.requirement().map_err(|error| format!("unable to parse requirement: {error}"))?;
                    requirements.push(found);
                }
                other => return Err(format!("found '{}', expected: !, identifier, or 'end of string'", other.text())),
            }
            match parser.next() {
                Token::End => return Ok(Self(requirements)),
                Token::Operator(",") => {
                    let after = parser.peek();
                    if !matches!(after, Token::Word(_) | Token::Operator("!")) {
                        return Err(format!("found '{}', expected: identifier after ','", after.text()));
                    }
                }
                other => return Err(format!("found '{}', expected: ',' or 'end of string'", other.text())),
            }
        }
    }

    /// Whether it selects everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it selects an object.
    #[must_use]
    pub fn select(&self, object: &Value) -> bool {
        self.select_pairs(object.pointer("/metadata/labels").and_then(Value::as_object))
    }

    /// Whether it selects what has these pairs.
    #[must_use]
    pub fn select_pairs(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.0.iter().all(|requirement| requirement.holds(labels))
    }
}

impl Requirement {
    fn holds(&self, labels: Option<&Map<String, Value>>) -> bool {
        let value = labels.and_then(|labels| labels.get(&self.key)).and_then(Value::as_str);
        match &self.test {
            Test::Exists => value.is_some(),
            Test::Absent => value.is_none(),
            Test::In(values) => value.is_some_and(|value| values.contains(value)),
            Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            Test::Greater(bound) => number(value).is_some_and(|value| value > *bound),
            Test::Less(bound) => number(value).is_some_and(|value| value < *bound),
        }
    }
}

fn number(value: Option<&str>) -> Option<i64> {
    value?.parse().ok()
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Operator(&'static str),
    /// Signs that make no operator.
    Garbage(String),
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(text) | Self::Garbage(text) => text,
            Self::Operator(text) => text,
            Self::End => "",
        }
    }

    /// Between parentheses and after an operator, `in` and `notin` are words like others.
    fn into_value(self) -> Self {
        match self {
            Self::Operator(word @ ("in" | "notin")) => Self::Word(word.to_owned()),
            other => other,
        }
    }
}

const SIGNS: [&str; 9] = ["==", "!=", "=", "!", ",", "(", ")", ">", "<"];

fn lex(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start_matches(BLANK);
    while let Some(first) = rest.chars().next() {
        let after = if is_sign(first) {
            match SIGNS.iter().find_map(|sign| rest.strip_prefix(sign).map(|after| (*sign, after))) {
                Some((sign, after)) => {
                    tokens.push(Token::Operator(sign));
                    after
                }
                None => {
                    tokens.push(Token::Garbage(first.to_string()));
                    rest.strip_prefix(first).unwrap_or_default()
                }
            }
        } else {
            let end = rest.find(|sign| is_sign(sign) || BLANK.contains(&sign)).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            tokens.push(match word {
                "in" => Token::Operator("in"),
                "notin" => Token::Operator("notin"),
                word => Token::Word(word.to_owned()),
            });
            after
        };
        rest = after.trim_start_matches(BLANK);
    }
    tokens
}

const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_sign(sign: char) -> bool {
    matches!(sign, '=' | '!' | '(' | ')' | ',' | '>' | '<')
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek_operator(&self) -> Token {
        self.tokens.get(self.at).cloned().unwrap_or(Token::End)
    }

    fn peek(&self) -> Token {
        self.peek_operator().into_value()
    }

    fn next_operator(&mut self) -> Token {
        let token = self.peek_operator();
        self.at += 1;
        token
    }

    fn next(&mut self) -> Token {
        self.next_operator().into_value()
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let mut token = self.next();
        let absent = token == Token::Operator("!");
        if absent {
            token = self.next();
        }
        let Token::Word(key) = token else { return Err(format!("found '{}', expected: identifier", token.text())) };
        if let Some(fault) = key_fault(&key) {
            return Err(format!("<nil>: Invalid value: {key:?}: {fault}"));
        }
        if absent {
            return Ok(Requirement { key, test: Test::Absent });
        }
        if matches!(self.peek(), Token::End | Token::Operator(",")) {
            return Ok(Requirement { key, test: Test::Exists });
        }
        let test = match self.next_operator() {
            Token::Operator("in") => Test::In(self.values(&key)?),
            Token::Operator("notin") => Test::NotIn(self.values(&key)?),
            Token::Operator("=" | "==") => Test::In(BTreeSet::from([self.value(&key)?])),
            Token::Operator("!=") => Test::NotIn(BTreeSet::from([self.value(&key)?])),
            Token::Operator(">") => Test::Greater(self.bound()?),
            Token::Operator("<") => Test::Less(self.bound()?),
            other => {
                return Err(format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", other.text()));
            }
        };
        Ok(Requirement { key, test })
    }

    fn value(&mut self, key: &str) -> Result<String, String> {
        let value = self.exact()?;
        valid(key, BTreeSet::from([value.clone()]))?;
        Ok(value)
    }

    fn bound(&mut self) -> Result<i64, String> {
        let value = self.exact()?;
        let not_a_number =
            || format!("values[0]: Invalid value: {value:?}: for 'Gt', 'Lt' operators, the value must be an integer");
        value.parse().map_err(|_| not_a_number())
    }

    fn exact(&mut self) -> Result<String, String> {
        if matches!(self.peek(), Token::End | Token::Operator(",")) {
            return Ok(String::new());
        }
        match self.next() {
            Token::Word(value) => Ok(value),
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    /// The values between parentheses. An empty place is the empty value.
    fn values(&mut self, key: &str) -> Result<BTreeSet<String>, String> {
        let open = self.next();
        if open != Token::Operator("(") {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        match self.peek() {
            Token::Word(_) | Token::Operator(",") => {}
            Token::Operator(")") => {
                self.next();
                return Ok(BTreeSet::from([String::new()]));
            }
            other => return Err(format!("found '{}', expected: ',', ')' or identifier", other.text())),
        }
        let mut values = BTreeSet::new();
        loop {
            match self.next() {
                Token::Word(value) => {
                    values.insert(value);
                    match self.peek() {
                        Token::Operator(",") => {}
                        Token::Operator(")") => break,
                        other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
                    }
                }
                Token::Operator(",") => {
                    let after = self.peek();
                    let closes = after == Token::Operator(")");
                    if values.is_empty() || closes || after == Token::Operator(",") {
                        values.insert(String::new());
                    }
                    if closes {
                        break;
                    }
                }
                other => return Err(format!("found '{}', expected: ',', or identifier", other.text())),
            }
        }
        self.next();
        valid(key, values)
    }
}

fn valid(key: &str, values: BTreeSet<String>) -> Result<BTreeSet<String>, String> {
    let faults: Vec<String> = values
        .iter()
        .enumerate()
        .filter_map(|(at, value)| {
            let fault = value_fault(value)?;
            Some(format!("values[{at}][{key}]: Invalid value: {value:?}: {fault}"))
        })
        .collect();
    match faults.as_slice() {
        [] => Ok(values),
        [one] => Err(one.clone()),
        several => Err(format!("[{}]", several.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Which of three objects a selector selects, or why it is none.
    #[track_caller]
    fn check(selector: &str, expected: Result<&[&str], &str>) {
        let objects = [
            ("none", json!({"metadata": {}})),
            ("one", json!({"metadata": {"labels": {"n": "1", "app": "web"}}})),
            ("two", json!({"metadata": {"labels": {"n": "2", "in": "x"}}})),
        ];
        let selected = Labels::parse(selector).map(|labels| {
            let selected = objects.iter().filter(|(_, object)| labels.select(object));
            selected.map(|(name, _)| *name).collect::<Vec<_>>()
        });
        assert_eq!(selected, expected.map(<[_]>::to_vec).map_err(str::to_owned), "{selector}");
    }

    #[test]
    fn every_operator_selects() {
        check("", Ok(&["none", "one", "two"]));
        check("n", Ok(&["one", "two"]));
        check("!n", Ok(&["none"]));
        check("n=1", Ok(&["one"]));
        check("n == 1", Ok(&["one"]));
        check("n!=1", Ok(&["none", "two"]));
        check("n in (1,2),app", Ok(&["one"]));
        check("n notin (1)", Ok(&["none", "two"]));
        check("n>1", Ok(&["two"]));
        check("n<2", Ok(&["one"]));
        check("n in ()", Ok(&[]));
        check("in=x", Ok(&["two"]));
        check("n in (1,", Err("unable to parse requirement: found '', expected: ',', or identifier"));
    }

    #[test]
    fn faults_are_named_in_the_words_of_the_real_server() {
        check("n in", Err("unable to parse requirement: found '' expected: '('"));
        check("==", Err("found '==', expected: !, identifier, or 'end of string'"));
        check("a=b=c", Err("found '=', expected: ',' or 'end of string'"));
        check("a,,b", Err("found ',', expected: identifier after ','"));
        check("a b", Err("unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"));
        check(
            "n>a",
            Err(
                "unable to parse requirement: values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must \
                 be an integer",
            ),
        );
    }
}
