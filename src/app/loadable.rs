//! Data that is asked for and may not come.

use crate::release::Problem;

use super::TaskId;

/// Something fetched or worked out elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Loadable<T> {
    /// Not asked for.
    #[default]
    Idle,
    /// Asked for.
    Loading(TaskId),
    /// Here.
    Ready(T),
    /// It will not come by itself.
    Failed(Problem),
}

impl<T> Loadable<T> {
    /// What came, if it came.
    pub fn ready(&self) -> Option<&T> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Idle | Self::Loading(_) | Self::Failed(_) => None,
        }
    }

    /// Whether it is what this task brings.
    pub fn awaits(&self, task: TaskId) -> bool {
        matches!(self, Self::Loading(one) if *one == task)
    }
}
