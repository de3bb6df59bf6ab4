//! Themes laid over one another.

use wheelhouse::config::{Depth, Role};

use crate::{fixtures, said, settings, without_shipped_lines};

#[test]
fn what_is_right_counts_and_says_where_it_is_written() {
    for fixture in fixtures("themes/good") {
        let file = format!("themes/{}.toml", fixture.name);
        let (folder, settings) = settings(&[(&file, &fixture.text)]);
        let theme = settings.theme(&fixture.name, Depth::Indexed).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(theme.missing(), Vec::<Role>::new(), "{}", fixture.name);
        for line in &fixture.expected {
            let role: Role = line.split(' ').next().unwrap().parse().unwrap();
            let (style, words) = (theme.style(role), theme.words(role).unwrap());
            let prefix = format!("{}/{file}:", folder.path().display());
            let fg = style.fg.map(|colour| colour.to_string().to_lowercase()).unwrap_or_default();
            let bg = style.bg.map(|colour| format!(" on {colour}")).unwrap_or_default();
            let bold = if style.add_modifier.is_empty() { "" } else { " bold" };
            let origin = without_shipped_lines(&words.origin.to_string().replace(&prefix, ""));
            let found = format!("{} \"{}\" is {fg}{bg}{bold} at {origin}", role.name(), words.text);
            assert_eq!(found, *line, "{}", fixture.name);
        }
    }
}

#[test]
fn what_is_wrong_is_said_whole_and_a_shipped_theme_stands_in() {
    for fixture in fixtures("themes/bad") {
        let file = format!("themes/{}.toml", fixture.name);
        let (folder, settings) = settings(&[(&file, &fixture.text)]);
        let (theme, faults) = settings.choose(Some(&fixture.name), "light", Depth::Indexed).unwrap();
        let expected: Vec<String> = fixture.expected.iter().map(|fault| format!("{file}:{fault}")).collect();
        assert_eq!(said(&folder, &faults), expected, "{}", fixture.name);
        assert_eq!(theme, wheelhouse::config::load::Folder::default().theme("light", Depth::Indexed).unwrap());
    }
}

#[test]
fn a_theme_of_a_shipped_name_stands_in_for_it_and_may_be_laid_over_it() {
    let text = "inherits = \"dark\"\n[palette]\nbad = \"124\"\n";
    let (_folder, settings) = settings(&[("themes/dark.toml", text), ("themes/mine.toml", "inherits = \"dark\"")]);
    let bad = |name| settings.theme(name, Depth::Rgb).unwrap().style(Role::Failed).fg.unwrap().to_string();
    assert_eq!(["dark", "mine", "light"].map(bad), ["124", "124", "Red"]);
}

#[test]
fn themes_that_inherit_in_a_circle_are_found() {
    let files = [
        ("themes/a.toml", "inherits = \"b\""),
        ("themes/b.toml", "\ninherits = \"c\""),
        ("themes/c.toml", "inherits = \"b\""),
    ];
    let (folder, settings) = settings(&files);
    let faults = settings.theme("a", Depth::Rgb).unwrap_err();
    let circle = "themes/a.toml -> themes/b.toml -> themes/c.toml -> themes/b.toml";
    let expected = format!("themes/c.toml:1: a theme cannot inherit from itself: {circle}");
    assert_eq!(said(&folder, &faults), [expected]);
}

#[test]
fn an_unknown_theme_is_answered_with_the_users_too() {
    let (_folder, settings) = settings(&[("themes/night.toml", "inherits = \"dark\"")]);
    let fault = settings.choose(Some("nihgt"), "dark", Depth::Rgb).unwrap_err();
    let expected = "--theme: no theme \"nihgt\"; there are dark, light, mono, night; did you mean \"night\"?";
    assert_eq!(fault.to_string(), expected);
}

#[test]
fn a_theme_that_leaves_roles_out_is_no_theme() {
    let (folder, settings) = settings(&[("themes/bare.toml", "[roles]\n\"text\" = \"white\"\n")]);
    let faults = settings.theme("bare", Depth::Rgb).unwrap_err();
    let missing = <Role as strum::IntoEnumIterator>::iter().count() - 1;
    let expected = format!(
        "themes/bare.toml: {missing} roles have no style, the first is \"text.dim\": inherits = \"dark\" gives them one"
    );
    assert_eq!(said(&folder, &faults), [expected]);
}
