use super::*;
use serde_json::json;

fn check(text: &str, expected: Result<Value, &str>) {
    let actual = to_json(text).map_err(|error| error.to_string());
    assert_eq!(actual, expected.map_err(str::to_owned), "{text:?}");
}

#[test]
fn names_the_place_of_an_error_but_not_the_text() {
    check("a: 1\nb: secret: x\n", Err("line 2, column 10: mapping values are not allowed in this context"));
    check("a: !!int hunter2", Err("line 1, column 10: the value is not of the type that its tag names"));
    check("a:\n  - .inf\n", Err("line 2, column 3: JSON has no infinity and no NaN"));
    check("a: \u{1}", Err("line 1, column 4: control characters are not allowed"));
}

#[test]
fn keeps_the_order_of_the_document() {
    let text = "z: 1\na: {d: 1, c: 2}\nz: 3\n";
    assert_eq!(to_json(text).unwrap().to_string(), r#"{"z":3,"a":{"d":1,"c":2}}"#);
}

#[test]
fn keys_that_only_differ_in_type_take_the_later_value() {
    check("1: a\n\"1\": b\n", Ok(json!({"1": "b"})));
}

#[test]
fn nesting_is_limited() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let value = to_json(&nested(DEPTH_LIMIT)).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&value.to_string()).unwrap(), value);
    check(&nested(DEPTH_LIMIT + 1), Err("line 1, column 128: lists and maps are nested too deeply"));
    check(&nested(20_000), Err("line 1, column 128: lists and maps are nested too deeply"));

    let mut through_aliases = "a0: &a0 []\n".to_owned();
    for level in 1..=DEPTH_LIMIT {
        through_aliases.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(to_json(&through_aliases).unwrap_err().cause.contains("too deeply"));
}

#[test]
fn aliases_cannot_blow_up() {
    let mut laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, before) in "bcdefghi".chars().zip("abcdefgh".chars()) {
        laughs.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
    }
    assert_eq!(to_json(&laughs).unwrap_err().cause, "document contains excessive aliasing");

    let repeated = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 100].join(", "));
    assert_eq!(to_json(&repeated).unwrap_err().cause, "aliases repeat too much text");
}

#[test]
fn a_text_may_end_without_a_line_break() {
    check("a: |\n  b", Ok(json!({"a": "b"})));
    check("a: |+\n  b\n\n  ", Ok(json!({"a": "b\n\n"})));
    check("a: >\n  b\n  c", Ok(json!({"a": "b c"})));
    check("a: |\n  b\u{2028}", Ok(json!({"a": "b\u{2028}"})));
    check("a: |", Ok(json!({"a": ""})));
    check("\"a\\", Err("line 1, column 4: found unexpected end of stream"));
}

#[test]
fn commas_belong_to_tags() {
    check("[!a, end]", Ok(json!(["end"])));
    check(
        "[!<tag:yaml.org,2002:int> 1, !<x>, b]",
        Err("line 1, column 34: did not find expected whitespace or line break"),
    );
    check("[x !a, !b, c, 'e!,f', \"!,g\", h!,i] # !,j", Ok(json!(["x !a", "c", "e!,f", "!,g", "h!", "i"])));
    check("a: |\n  {b:!0,c:!1}\n", Ok(json!({"a": "{b:!0,c:!1}\n"})));
    // Here the scan fails before it has told what stands before the error.
    check("{\"\": \"!\",\"{`\": !a,b c}", Ok(json!({"": "!", "{`": "c"})));
    check("['!','{', \"\\q\"]", Err("line 1, column 12: found unknown escape character"));
    assert!(to_json(&format!("[{}]", "x !a, ".repeat(1000))).is_err());
}

#[test]
fn spells_anew_what_only_helm_takes() {
    check(
        r#"{"a": "it\'s", b:, c: ["d\\'", 'e', f':, "\'\'"]}"#,
        Ok(json!({"a": "it's", "b:": null, "c": ["d\\'", "e", "f':", "''"]})),
    );
    check("[\"\\'\", a:, !!int b]", Err("line 1, column 18: the value is not of the type that its tag names"));
    assert!(to_json(&"- \"\\'\"\n".repeat(1000)).is_err());
}

#[test]
fn refuses_what_helm_refuses() {
    check("[a?b]", Err("line 1, column 2: a question mark within a plain scalar in brackets"));
    check("\"\\/\"", Err("line 1, column 1: found unknown escape character"));
    check("%YAML 1.2\n---\na: b\n", Err("line 1, column 1: found incompatible YAML document"));
}

#[test]
fn a_first_character_may_look_like_a_byte_order_mark() {
    check("\u{ff01}: a", Ok(json!({"\u{ff01}": "a"})));
    check("\u{feff}a: b\nc: !!int d", Err("line 2, column 10: the value is not of the type that its tag names"));
}
