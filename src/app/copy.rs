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
