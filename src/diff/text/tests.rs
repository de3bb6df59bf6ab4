//! Lines, words, hunks and rows of texts.

use std::fmt::Write as _;

use super::*;

/// Each line with its sign, the words that differ in brackets.
fn drawn(lines: &[Line]) -> Vec<String> {
    let draw = |line: &Line| {
        let sign = match line.kind {
            Kind::Same => ' ',
            Kind::Removed => '-',
            Kind::Added => '+',
        };
        let part = |range: Range<usize>| line.text.get(range).unwrap();
        let mut text = sign.to_string();
        let mut behind = 0;
        for word in &line.words {
            let _ = write!(text, "{}[{}]", part(behind..word.start), part(word.clone()));
            behind = word.end;
        }
        text.push_str(part(behind..line.text.len()));
        if line.is_unended {
            text.push('$');
        }
        text
    };
    lines.iter().map(draw).collect()
}

fn check(old: &str, new: &str, expected: &[&str]) {
    assert_eq!(drawn(&compare(old, new)), expected, "{old:?} {new:?}");
}

#[test]
fn lines_are_compared_with_their_ends() {
    check("", "", &[]);
    check("a\nb\n", "a\nb\n", &[" a", " b"]);
    check("", "a\n", &["+a"]);
    check("a\n", "", &["-a"]);
    check("a\n", "a", &["-a", "+a$"]);
    check("a\nb", "a\nb", &[" a", " b$"]);
    check("a\r\nb\r\n", "a\r\nc\r\n", &[" a", "-b", "+c"]);
    check("a\r\nb\n", "a\nb\n", &["-a[\r]", "+a", " b"]);
    check("a\rb\n", "a\rc\n", &["-a\r[b]", "+a\r[c]"]);
    check("\ta\n", "  a\n", &["-[\t]a", "+[  ]a"]);
}

#[test]
fn words_differ_where_lines_correspond() {
    check("image: nginx:1.25.3\n", "image: nginx:1.26.0\n", &["-image: nginx:1.[25.3]", "+image: nginx:1.[26.0]"]);
    check("replicas: 2\n", "replicas: 3\n", &["-replicas: [2]", "+replicas: [3]"]);
    check("a: one two three\n", "a: one 2 three\n", &["-a: one [two] three", "+a: one [2] three"]);
    check("nothing\n", "of this\n", &["-nothing", "+of this"]);
    check("größe: klein 漢字 x\n", "größe: groß 漢字 x\n", &["-größe: [klein] 漢字 x", "+größe: [groß] 漢字 x"]);
    check("name: cafe\u{301}\n", "name: cafe\n", &["-name: [cafe\u{301}]", "+name: [cafe]"]);
    check(
        "cpu: 100m\nmemory: 64Mi\n",
        "memory: 128Mi\nswap: no\n",
        &["-cpu: 100m", "-memory: [64Mi]", "+memory: [128Mi]", "+swap: no"],
    );
    let long = "word ".repeat(4000);
    let lines = compare(&format!("{long}old end\n"), &format!("{long}new end\n"));
    let words: Vec<Range<usize>> = lines.into_iter().flat_map(|line| line.words).collect();
    assert_eq!(words, [20_000..20_003, 20_000..20_003]);
}

#[test]
fn an_item_that_is_added_begins_where_items_begin() {
    let item = |name: &str| format!("- name: {name}\n  image: x\n  port: 1\n");
    let list = |names: &[&str]| format!("list:\n{}rest: 1\n", names.iter().map(|name| item(name)).collect::<String>());
    let expected = [
        " list:",
        " - name: a",
        "   image: x",
        "   port: 1",
        "+- name: b",
        "+  image: x",
        "+  port: 1",
        " - name: c",
        "   image: x",
        "   port: 1",
        " rest: 1",
    ];
    check(&list(&["a", "c"]), &list(&["a", "b", "c"]), &expected);
    let gone = expected.map(|line| line.replace('+', "-"));
    assert_eq!(drawn(&compare(&list(&["a", "b", "c"]), &list(&["a", "c"]))), gone);
}

#[test]
fn hunks_fold_what_is_alike() {
    let check = |length: usize, changed: &[usize], context: usize, expected: &[(Range<usize>, Range<usize>)]| {
        // What is removed keeps the indexes of the lines what they are in the old text.
        let old: Vec<String> = (0..length).map(|place| format!("line {place}\n")).collect();
        let left = old.iter().enumerate().filter(|(place, _)| !changed.contains(place));
        let new: String = left.map(|(_, line)| line.as_str()).collect();
        let lines = compare(&old.concat(), &new);
        let found: Vec<_> = hunks(&lines, context).into_iter().map(|hunk| (hunk.folded, hunk.lines)).collect();
        assert_eq!(found, expected, "{length} {changed:?} {context}");
    };
    check(5, &[], 1, &[]);
    check(20, &[10], 3, &[(0..7, 7..14), (14..20, 20..20)]);
    check(20, &[0], 3, &[(0..0, 0..4), (4..20, 20..20)]);
    check(20, &[19], 3, &[(0..16, 16..20)]);
    check(20, &[4, 12], 3, &[(0..0, 0..16), (16..20, 20..20)]);
    check(20, &[4, 14], 3, &[(0..0, 0..8), (8..11, 11..18), (18..20, 20..20)]);
    check(9, &[4], 3, &[(0..0, 0..9)]);
}

#[test]
fn rows_put_partners_beside_each_other() {
    let check = |old: &str, new: &str, expected: &[(&str, &str)]| {
        let lines = compare(old, new);
        let text = |place: Option<usize>| place.map_or("", |place| lines[place].text.as_str());
        let found: Vec<_> = rows(&lines).into_iter().map(|row| (text(row.left), text(row.right))).collect();
        assert_eq!(found, expected);
    };
    check("a\n", "a\n", &[("a", "a")]);
    check("a\nb\n", "a\n", &[("a", "a"), ("b", "")]);
    check("x: 1\n", "new: y\nx: 2\n", &[("", "new: y"), ("x: 1", "x: 2")]);
    check("cpu: 1\nmem: 2\nz\n", "mem: 3\nz\n", &[("cpu: 1", ""), ("mem: 2", "mem: 3"), ("z", "z")]);
    check("one\ntwo\n", "three\n", &[("one", "three"), ("two", "")]);
}

#[test]
fn large_texts_are_compared_between_the_lines_that_are_there_once() {
    let text = |word: &str, changed: usize| -> String {
        let line =
            |place: usize| if place % 10 < changed { format!("{word} {place}\n") } else { format!("line {place}\n") };
        (0..30_000).map(line).collect()
    };
    let check = |old: &str, new: &str, removed: usize, added: usize| {
        let lines = compare(old, new);
        let count = |kind: Kind| lines.iter().filter(|line| line.kind == kind).count();
        assert_eq!((count(Kind::Removed), count(Kind::Added)), (removed, added));
        assert_eq!(count_changed(&lines), count_between(old, new));
        let side = |without: Kind| {
            lines.iter().filter(|line| line.kind != without).map(|line| line.text.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(side(Kind::Added), old.lines().collect::<Vec<_>>());
        assert_eq!(side(Kind::Removed), new.lines().collect::<Vec<_>>());
    };
    check(&text("old", 1), &text("new", 1), 3000, 3000);
    check(&text("old", 0), &text("new", 1), 3000, 3000);
    check(&format!("first\n{}", text("old", 0)), &format!("{}last\n", text("old", 0)), 1, 1);
    // Where no line is there once, what begins alike is, and the rest is told as replaced.
    let braces =
        |every: usize| -> String { (0..30_000).map(|place| if place % every == 1 { "}\n" } else { "{\n" }).collect() };
    check(&braces(3), &braces(5), 29_996, 29_996);
}
