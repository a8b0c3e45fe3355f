//! Who is told what happens while a server runs.

use std::fmt;
use std::sync::Arc;

/// How grave a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gravity {
    /// For those who like to know.
    Note,
    /// Something is wrong.
    Error,
}

/// Who is told what happens while a server runs. Nobody, unless one is given.
#[derive(Clone, Default)]
pub struct Listener(Option<Arc<Tell>>);

type Tell = dyn Fn(Gravity, &str) + Send + Sync;

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Listener" } else { "nobody" })
    }
}

impl Listener {
    /// This one is told, on whatever thread.
    pub fn new(tell: impl Fn(Gravity, &str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(tell)))
    }

    /// Tells something for those who like to know.
    pub fn note(&self, text: &str) {
        self.tell(Gravity::Note, text);
    }

    /// Tells that something is wrong.
    pub fn error(&self, text: &str) {
        self.tell(Gravity::Error, text);
    }

    fn tell(&self, gravity: Gravity, text: &str) {
        if let Some(tell) = &self.0 {
            tell(gravity, text);
        }
    }
}
