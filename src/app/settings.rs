//! What the user's settings say, as what the core understands.

use std::sync::Arc;

use super::{managers, noise, secrets};
use crate::config::{Fault, Guards, Settings};
use crate::diff::noise::{Rule, shipped};
use crate::ownership::classes::Row;
use crate::release::mask::Rules;

/// What the settings say.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Of field managers.
    pub managers: Arc<[Row]>,
    /// Of noise: these rules, those that are shipped among them.
    pub noise: Arc<[Rule]>,
    /// Of keys that name secrets. They count although a row of something else is wrong.
    pub secrets: Rules,
    /// What keeps actions from being done too easily. Where the settings are wrong, nothing is written.
    pub guards: Guards,
}

/// What they say, and what is wrong in them: then nothing of them counts, because half of them could say something else.
#[must_use]
pub fn said(settings: Result<Settings, Vec<Fault>>) -> (Said, Vec<Fault>) {
    let secrets = secrets::rules(&settings);
    let guards = settings.as_ref().map_or_else(|_| Guards::strict(), |settings| settings.guards.clone());
    let (noise, mut faults) = noise::rules(&settings);
    let (managers, others) = managers::rows(settings);
    faults.extend(others);
    faults.sort_by_key(|fault| fault.line);
    match faults.is_empty() {
        true => (Said { managers, noise, secrets, guards }, faults),
        false => (Said { managers: [].into(), noise: shipped().into(), secrets, guards: Guards::strict() }, faults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many managers and how many rules that are not shipped there are, and what is wrong.
    fn check(text: &str, managers: usize, rules: usize, faults: &[&str]) {
        let (said, found) = said(Settings::parse("s.toml", text));
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        let more = said.noise.len() - shipped().len();
        let faults: Vec<String> = faults.iter().map(|fault| (*fault).to_owned()).collect();
        assert_eq!((said.managers.len(), more, found), (managers, rules, faults), "{text}");
    }

    #[test]
    fn settings_count_as_a_whole_or_not_at_all() {
        let manager = "[[managers]]\nname = \"ci\"\nclass = \"own\"\n";
        let rule = "[[noise]]\nname = \"commit\"\npath = \"**.commit\"\n";
        check(&format!("{manager}{rule}"), 1, 1, &[]);
        check(
            &format!("{manager}[[noise]]\nname = \"a\"\npath = \"**\"\n"),
            0,
            0,
            &["s.toml:5: the path \"**\" cannot be used: it stands for every field"],
        );
        check(
            &format!("{rule}[[managers]]\nname = \"ci\"\nclass = \"mine\"\n"),
            0,
            0,
            &["s.toml:6: no class \"mine\"; there are own, former, controller, gitops, people, other"],
        );
        check("x = 1", 0, 0, &["s.toml:1: no setting \"x\""]);
    }
}
