//! Every role of every shipped theme can be read: WCAG 2.2, 1.4.3 (AA), on the background that the theme says it is for.

use super::*;
use crate::config::load::{self, Folder};

/// The least contrast that AA asks of text.
const AA: f64 = 4.5;

/// What a terminal shows for the colours that have no value of their own.
struct Terminal {
    name: &'static str,
    for_background: Background,
    text: u32,
    background: u32,
    /// The 16 that have names, in the order of ANSI.
    named: [u32; 16],
}

/// XTerm's own colours (XTerm-col.ad of patch 390).
const XTERM: [u32; 16] = [
    0x0000_0000,
    0x00cd_0000,
    0x0000_cd00,
    0x00cd_cd00,
    0x0000_00ee,
    0x00cd_00cd,
    0x0000_cdcd,
    0x00e5_e5e5, //
    0x007f_7f7f,
    0x00ff_0000,
    0x0000_ff00,
    0x00ff_ff00,
    0x005c_5cff,
    0x00ff_00ff,
    0x0000_ffff,
    0x00ff_ffff,
];
/// The colours of VGA text mode, which the console of Linux has (drivers/tty/vt/vt.c).
const VGA: [u32; 16] = [
    0x0000_0000,
    0x00aa_0000,
    0x0000_aa00,
    0x00aa_5500,
    0x0000_00aa,
    0x00aa_00aa,
    0x0000_aaaa,
    0x00aa_aaaa, //
    0x0055_5555,
    0x00ff_5555,
    0x0055_ff55,
    0x00ff_ff55,
    0x0055_55ff,
    0x00ff_55ff,
    0x0055_ffff,
    0x00ff_ffff,
];
/// The Tango colours, which GNOME's terminals have offered for light and dark.
const TANGO: [u32; 16] = [
    0x002e_3436,
    0x00cc_0000,
    0x004e_9a06,
    0x00c4_a000,
    0x0034_65a4,
    0x0075_507b,
    0x0006_989a,
    0x00d3_d7cf, //
    0x0055_5753,
    0x00ef_2929,
    0x008a_e234,
    0x00fc_e94f,
    0x0072_9fcf,
    0x00ad_7fa8,
    0x0034_e2e2,
    0x00ee_eeec,
];

const TERMINALS: [Terminal; 5] = [
    Terminal { name: "xterm, dark", for_background: Background::Dark, text: 0x00e5_e5e5, background: 0, named: XTERM },
    Terminal { name: "console", for_background: Background::Dark, text: 0x00aa_aaaa, background: 0, named: VGA },
    Terminal { name: "Tango, dark", for_background: Background::Dark, text: 0x00d3_d7cf, background: 0, named: TANGO },
    Terminal {
        name: "xterm, light",
        for_background: Background::Light,
        text: 0,
        background: 0x00ff_ffff,
        named: XTERM,
    },
    Terminal {
        name: "Tango, light",
        for_background: Background::Light,
        text: 0x002e_3436,
        background: 0x00ff_ffff,
        named: TANGO,
    },
];

impl Terminal {
    fn value(&self, colour: Option<Color>, default: u32) -> u32 {
        let number = match colour {
            None | Some(Color::Reset) => return default,
            Some(Color::Rgb(red, green, blue)) => return u32::from_be_bytes([0, red, green, blue]),
            Some(Color::Indexed(number)) => number,
            Some(Color::Black) => 0,
            Some(Color::Red) => 1,
            Some(Color::Green) => 2,
            Some(Color::Yellow) => 3,
            Some(Color::Blue) => 4,
            Some(Color::Magenta) => 5,
            Some(Color::Cyan) => 6,
            Some(Color::Gray) => 7,
            Some(Color::DarkGray) => 8,
            Some(Color::LightRed) => 9,
            Some(Color::LightGreen) => 10,
            Some(Color::LightYellow) => 11,
            Some(Color::LightBlue) => 12,
            Some(Color::LightMagenta) => 13,
            Some(Color::LightCyan) => 14,
            Some(Color::White) => 15,
        };
        match number {
            0..16 => self.named[usize::from(number)],
            16..232 => cube(number - 16),
            232.. => 0x0001_0101 * (8 + 10 * u32::from(number - 232)),
        }
    }

    fn contrast(&self, style: Style) -> f64 {
        let (fg, bg) = (self.value(style.fg, self.text), self.value(style.bg, self.background));
        contrast(fg, bg)
    }
}

/// The cube of 6 by 6 by 6 colours that XTerm's numbers 16 to 231 are.
fn cube(place: u8) -> u32 {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    u32::from_be_bytes([0, level(place / 36), level(place / 6 % 6), level(place % 6)])
}

/// WCAG 2.2: (L1 + 0.05) / (L2 + 0.05), the lighter one above.
fn contrast(one: u32, other: u32) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(rgb: u32) -> f64 {
    let [_, red, green, blue] = rgb.to_be_bytes().map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[test]
fn contrast_is_measured_as_wcag_has_it() {
    let check = |one, other, expected: &str| assert_eq!(format!("{:.2}", contrast(one, other)), expected);
    check(0, 0x00ff_ffff, "21.00");
    check(0x0076_7676, 0x00ff_ffff, "4.54");
    check(0x0012_3456, 0x0012_3456, "1.00");
    let terminal = &TERMINALS[0];
    let value = |number| format!("{:06x}", terminal.value(Some(Color::Indexed(number)), 0));
    assert_eq!([16, 94, 231, 232, 245, 255].map(value), ["000000", "875f00", "ffffff", "080808", "8a8a8a", "eeeeee"]);
}

#[test]
fn every_role_of_every_theme_can_be_read() {
    let mut faint = Vec::new();
    for name in load::theme_names() {
        for depth in [Depth::Sixteen, Depth::Indexed, Depth::Rgb] {
            let theme = Folder::default().theme(name, depth).unwrap();
            // A theme without colours is as readable as the terminal: a test holds that it has none.
            let Some(background) = theme.background else { continue };
            for terminal in TERMINALS.iter().filter(|terminal| terminal.for_background == background) {
                for role in Role::iter() {
                    let style = theme.style(role);
                    // Turned round, the contrast is the same.
                    let contrast = terminal.contrast(style);
                    if contrast < AA {
                        faint.push(format!("{name} {depth:?} {}: {} {contrast:.2}", terminal.name, role.name()));
                    }
                    // How faint a terminal makes that is not known.
                    if style.add_modifier.contains(Modifier::DIM) {
                        faint.push(format!("{name}: {} is dim", role.name()));
                    }
                }
            }
        }
    }
    assert!(faint.is_empty(), "{}", faint.join("\n"));
}

#[test]
fn a_theme_without_colours_is_for_any_background_and_the_others_say_theirs() {
    let said = |name| (name, load::theme(name).unwrap().background);
    let expected = [("dark", Some(Background::Dark)), ("light", Some(Background::Light)), ("mono", None)];
    assert_eq!(load::theme_names().map(said).collect::<Vec<_>>(), expected);
}
