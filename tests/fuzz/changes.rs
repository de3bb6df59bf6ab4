//! Texts that were something once, changed at random, the same ones for the same seed.

/// What is changed: sets, entries and objects, good and bad.
const BEGINNINGS: &[&str] = &[
    r#"{"f:spec":{"f:a":{},"f:items":{".":{},"k:{\"name\":\"a\"}":{".":{},"f:name":{},"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:port":{}}},"f:args":{}},"k:{\"name\":\"b\"}":{}}}}"#,
    r#"{"f:metadata":{"f:labels":{".":{},"f:b":{},"f:c/d":{}},"f:finalizers":{".":{},"v:\"x\"":{}}},"f:spec":{"f:set":{"v:\"a\"":{},"v:1":{}},"f:selector":{},"f:labels":{"f:":{}},"f:any":{"i:0":{},"x:y":1}}}"#,
    r#"[{"manager":"one","operation":"Apply","apiVersion":"example.com/v1","time":"2026-11-21T07:29:02Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:a":{}}}},{"manager":"two","operation":"Update","subresource":"status","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:items":{"k:{\"name\":\"b\"}":{}}}}}]"#,
    r#"{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"a","managedFields":[{"manager":"one","operation":"Update","apiVersion":"example.com/v2","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:a":{}}}}]},"spec":{"a":1,"items":[{"name":"a"},{"name":"a"}],"set":[1,1.0,"1"]}}"#,
    r#"{"v:1.0":{},"v:-0":{},"v:{\"a\":[1,null,true]}":{},"k:{\"a\":1,\"a\":2}":{"f:b":null},"i:-1":{},"f:\u2028":{}}"#,
];

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\\"",
    "\\",
    "{}",
    "null",
    "1",
    "-1e9",
    "f:",
    "k:",
    "v:",
    "i:",
    ".",
    "\".\":{}",
    "\"f:a\":{}",
    "\"f:spec\":{",
    "\"v:1\":{}",
    "\\u0000",
    "é",
    "\u{1f680}",
    "\"name\"",
    "\"metadata\":{",
    "FieldsV1",
    "\"k:{\\\"name\\\":\\\"a\\\"}\":{}",
    " ",
    "\n",
    "~",
    "/",
];

/// A source of changed texts.
pub struct Changes {
    state: u64,
}

impl Changes {
    /// The texts of this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1 }
    }

    fn below(&mut self, limit: usize) -> usize {
        // xorshift64: good enough to change bytes with, and the same everywhere.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap_or_default() % limit.max(1)
    }

    /// The next text. One in sixteen is nothing but pieces.
    pub fn text(&mut self) -> Vec<u8> {
        let mut text = match self.below(16) {
            0 => Vec::new(),
            _ => BEGINNINGS[self.below(BEGINNINGS.len())].as_bytes().to_vec(),
        };
        for _ in 0..=self.below(12) {
            let (from, piece) = (self.below(text.len() + 1), PIECES[self.below(PIECES.len())].as_bytes());
            let to = from + self.below((text.len() - from).min(24) + 1);
            match self.below(5) {
                0 => drop(text.splice(from..from, piece.iter().copied())),
                1 => drop(text.splice(from..to, piece.iter().copied())),
                2 => drop(text.drain(from..to)),
                3 => {
                    let copied = text[from..to].to_vec();
                    let at = self.below(text.len() + 1);
                    drop(text.splice(at..at, copied));
                }
                _ => {
                    let byte = u8::try_from(self.below(256)).unwrap_or_default();
                    if let Some(place) = text.get_mut(from) {
                        *place = byte;
                    }
                }
            }
        }
        text
    }
}
