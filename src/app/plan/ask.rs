//! What has to be typed before an action can be planned.

use tui_input::Input;

use crate::app::picker::edit;
use crate::config::Key;
use crate::plan::Action;

/// The open question.
#[derive(Debug)]
pub struct State {
    /// What is asked for.
    pub question: Question,
    /// What is typed.
    pub input: Input,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Why a release is suspended.
    Reason,
    /// Which manager is taken off.
    Manager,
}

impl Question {
    /// In a word or two.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Reason => "suspend, because: ",
            Self::Manager => "disown manager: ",
        }
    }

    /// What is said where nothing was typed.
    fn missing(self) -> &'static str {
        match self {
            Self::Reason => "suspend needs a reason: whoever finds it suspended will want to know",
            Self::Manager => "disown needs the name of a manager: the tab of owners names them",
        }
    }
}

impl State {
    pub(super) fn new(question: Question, begin: &str) -> Self {
        Self { question, input: Input::new(begin.to_owned()) }
    }

    pub(in crate::app) fn edit(&mut self, key: Key) {
        edit(&mut self.input, key);
    }

    /// The action, or what is missing.
    pub(in crate::app) fn answer(&self) -> Result<Action, &'static str> {
        let text = self.input.value().trim().to_owned();
        if text.is_empty() {
            return Err(self.question.missing());
        }
        Ok(match self.question {
            Question::Reason => Action::Suspend { reason: text },
            Question::Manager => Action::Disown { manager: text },
        })
    }
}
