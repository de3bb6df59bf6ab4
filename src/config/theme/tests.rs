//! Theme files, good and bad.

use super::*;

/// The faults of files laid over one another, each named by its place: `0.toml` is the lowest.
fn check(files: &[&str], expected: &[&str]) {
    let parse = |(place, text): (usize, &&str)| File::parse(&format!("{place}.toml"), text);
    let parsed: Result<Vec<File>, _> = files.iter().enumerate().map(parse).collect();
    let faults = parsed.and_then(|files| Theme::merge(files, Depth::Sixteen)).err().unwrap_or_default();
    assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
}

#[test]
fn a_theme_says_what_is_wrong_with_it_and_where() {
    check(&["[palette]\nbad = \"red\"\n[roles]\n\"health.failed\" = \"bad bold\""], &[]);
    check(
        &["[palette]\nbad = \"redd\""],
        &["0.toml:2: \"redd\" is no colour: \"red\", \"245\" and \"#8a8a8a\" are; did you mean \"red\"?"],
    );
    check(
        &["[palette]\nbad = [3]"],
        &["0.toml:2: \"a colour that is no text\" is no colour: \"red\", \"245\" and \"#8a8a8a\" are"],
    );
    check(
        &["[roles]\n\"health.faild\" = \"red\""],
        &["0.toml:2: no role \"health.faild\"; did you mean \"health.failed\"?"],
    );
    check(
        &["[roles]\n\"text\" = \"bolt\""],
        &["0.toml:2: \"bolt\" is neither a colour nor bold, dim, italic, underline or reverse; did you mean \"bold\"?"],
    );
    check(&["[roles]\ntext = 3"], &["0.toml:2: \"text\" must be text such as \"red bold\""]);
    check(&["background = \"pink\""], &["0.toml:1: \"pink\" is neither \"dark\" nor \"light\""]);
    check(&["palette = 3"], &["0.toml:1: \"palette\" must be a table"]);
    check(&["inherits = 3"], &["0.toml:1: \"inherits\" must be text"]);
    check(&["[rols]"], &["0.toml:1: no setting \"rols\" in a theme; did you mean \"roles\"?"]);
    check(&["text = "], &["0.toml:1: string values must be quoted, expected literal string"]);
}

#[test]
fn an_upper_file_gives_an_inherited_word_another_colour() {
    let lower = "[palette]\nbad = \"red\"\n[roles]\n\"health.failed\" = \"bad bold\"\n\"text\" = \"plain\"";
    let upper = "[palette]\nbad = [\"#ff8700\", \"208\", \"yellow\"]\n[roles]\n\"text\" = \"bad\"";
    let check = |depth, colour| {
        let files = [lower, upper].map(|text| File::parse("t", text).unwrap());
        let theme = Theme::merge(files, depth).unwrap();
        assert_eq!(theme.style(Role::Failed), Style::new().fg(colour).add_modifier(Modifier::BOLD));
        assert_eq!(theme.style(Role::Text), Style::new().fg(colour));
        let shadowed: Vec<_> = theme.shadowed.iter().map(|(role, words)| (*role, words.origin.line)).collect();
        assert_eq!(shadowed, [(Role::Text, 5)]);
    };
    check(Depth::Sixteen, Color::Yellow);
    check(Depth::Indexed, Color::Indexed(208));
    check(Depth::Rgb, Color::Rgb(255, 135, 0));
}
