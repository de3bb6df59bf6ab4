//! What is sent to the terminal's clipboard is bounded: terminals cut longer texts, or pass over them, and say nothing of it.

use super::{Effect, Model};

/// Most bytes of a copied text: as base64 100,000 characters, which is what the narrower terminals take (hterm, and xterm as it
/// is usually built).
pub const MOST: usize = 74_994;

/// Takes back what is too large to arrive, and says so instead of what was said of it.
pub(super) fn bound(model: &mut Model, out: &mut Vec<Effect>) {
    let too_large = |effect: &Effect| match effect {
        Effect::Copy(text) => Some(text.len()).filter(|length| *length > MOST),
        _ => None,
    };
    let Some(length) = out.iter().find_map(too_large) else { return };
    out.retain(|effect| too_large(effect).is_none());
    let (length, most) = (length.div_ceil(1000), MOST / 1000);
    model.session.drop_toasts();
    model.session.toast(format!("{length} kB are more than terminals take ({most} kB): nothing was sent"));
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::app::bindings::Bindings;
    use crate::app::text::Glyphs;
    use crate::app::{Setup, Size};
    use crate::release::Scope;
    use crate::release::mask::Rules;

    fn check(length: usize, expected: (usize, Option<&str>)) {
        let setup = Setup {
            noise: [].into(),
            bindings: Bindings::resolve(&crate::config::load::keymap().unwrap()).unwrap(),
            glyphs: Glyphs::Unicode,
            zone: TimeZone::UTC,
            scope: Scope::All,
            complaint: None,
            managers: [].into(),
            secrets: Rules::default(),
            guards: crate::config::Guards::default(),
        };
        let mut model = Model::new(setup, Size { width: 80, height: 24 }, Timestamp::UNIX_EPOCH);
        model.session.toast("sent to the terminal's clipboard".to_owned());
        let mut out = vec![Effect::Leave, Effect::Copy("x".repeat(length))];
        bound(&mut model, &mut out);
        assert_eq!((out.len(), model.session.shown_toast()), expected);
    }

    #[test]
    fn what_is_too_large_is_said_instead_of_sent() {
        check(MOST, (2, Some("sent to the terminal's clipboard")));
        check(MOST + 1, (1, Some("75 kB are more than terminals take (74 kB): nothing was sent")));
    }
}
