//! A case and the way to simpler ones that mean the same.
//!
//! Whole parts go first (optional parameters, extras), because one request then saves many; what stays is simplified
//! part by part through its own value tree.

use std::sync::Arc;

use crate::contract::Operation;
use crate::generate::case::model::{Case, Coordinates};
use crate::generate::case::parts::Part;
use crate::generate::case::render::{Frame, render};
use crate::generate::case::settings::CaseSettings;

/// A case on its way to the simplest one. Not `Send`: value trees are not.
#[derive(Debug)]
pub struct CaseTree {
    pub(super) operation: Arc<Operation>,
    pub(super) settings: Arc<CaseSettings>,
    pub(super) frame: Frame,
    pub(super) parts: Vec<Part>,
    stage: Stage,
    last: Last,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Remove(usize),
    Simplify(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Nothing,
    Removed(usize),
    Simplified(usize),
}

impl CaseTree {
    pub(super) fn new(
        operation: Arc<Operation>,
        settings: Arc<CaseSettings>,
        frame: Frame,
        parts: Vec<Part>,
    ) -> Self {
        Self { operation, settings, frame, parts, stage: Stage::Remove(0), last: Last::Nothing }
    }

    /// Where the case is found again.
    #[must_use]
    pub fn at(&self) -> &Coordinates {
        &self.frame.at
    }

    /// The case as it is now; `None` when its parts can't be written (a value without a text in its style).
    #[must_use]
    pub fn current(&self) -> Option<Case> {
        render(&self.operation, &self.settings, &self.frame, &self.parts)
    }

    /// One step: on from a case that failed, back from one that did not. False when there is nothing simpler.
    pub fn advance(&mut self, failed: bool) -> bool {
        if failed {
            self.parts.iter_mut().for_each(Part::failed);
            return self.simplify();
        }
        match std::mem::replace(&mut self.last, Last::Nothing) {
            Last::Nothing => self.simplify(),
            Last::Removed(i) => {
                self.parts[i].present = true;
                self.simplify()
            }
            Last::Simplified(i) => {
                if self.parts[i].complicate() {
                    self.last = Last::Simplified(i);
                    return true;
                }
                self.stage = Stage::Simplify(i + 1);
                self.simplify()
            }
        }
    }

    fn simplify(&mut self) -> bool {
        loop {
            match self.stage {
                Stage::Remove(i) => match self.parts.get_mut(i) {
                    None => self.stage = Stage::Simplify(0),
                    Some(part) => {
                        self.stage = Stage::Remove(i + 1);
                        if part.removable && part.present {
                            part.present = false;
                            self.last = Last::Removed(i);
                            return true;
                        }
                    }
                },
                Stage::Simplify(i) => match self.parts.get_mut(i) {
                    None => return false,
                    Some(part) => {
                        if part.present && part.simplify() {
                            self.last = Last::Simplified(i);
                            return true;
                        }
                        part.settle();
                        self.stage = Stage::Simplify(i + 1);
                    }
                },
            }
        }
    }
}
