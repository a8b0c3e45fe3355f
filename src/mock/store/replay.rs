//! Reading a state file back.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::frame::{FORMAT, FirstLine, Next, first_line, holds_a_frame, read_first_line, read_frame};
use super::line::Line;
use super::memory::Store;
use super::record::{Packed, Scope};
use super::target::{Contents, Header, StateError, reason};
use crate::base::files;
use crate::resource::Resources;

/// A state file whose header was read.
#[derive(Debug)]
pub(super) struct Found {
    reader: BufReader<File>,
    path: String,
    /// The header as it stands there.
    pub(super) header: Header,
    /// Where the next frame begins.
    pub(super) at: u64,
    pub(super) length: u64,
}

/// What was read.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) contents: Contents,
    /// The logical time.
    pub(super) now: u64,
    /// Where the last whole frame ends.
    pub(super) end: u64,
}

impl Found {
    /// Opens a file and reads its header; `None` for one that is empty.
    pub(super) fn open(path: &Path, own: &Header) -> Result<Option<Self>, StateError> {
        let name = path.display().to_string();
        let refused = |error: &std::io::Error| StateError::Refused {
            path: name.clone(),
            doing: "read",
            reason: reason(error),
        };
        let file = files::open(path).map_err(|e| refused(&e))?;
        let length = file.metadata().map_err(|e| refused(&e))?.len();
        if length == 0 {
            return Ok(None);
        }
        let mut reader = BufReader::with_capacity(1 << 16, file);
        match read_first_line(&mut reader).map_err(|e| refused(&e))? {
            FirstLine::Foreign(begins) => return Err(StateError::Foreign { path: name, begins }),
            FirstLine::Format(FORMAT) => {}
            FirstLine::Format(format) => return Err(StateError::Newer { path: name, format, known: FORMAT }),
        }
        let at = first_line().len() as u64;
        let damaged = |text: &str| StateError::Damaged { path: name.clone(), at, reason: text.to_owned() };
        let left = length.saturating_sub(at);
        let Next::Frame(header, taken) = read_frame(&mut reader, left).map_err(|e| refused(&e))? else {
            return Err(damaged("the header is not whole"));
        };
        let header: Header = serde_json::from_slice(&header)
            .map_err(|e| damaged(&format!("the header can't be read: {e}")))?;
        if header.contract != own.contract {
            return Err(StateError::OtherContract {
                path: name,
                of: header.named(),
                why: format!("this one is `{}`", own.named()),
            });
        }
        Ok(Some(Self { reader, path: name, header, at: at + taken, length }))
    }

    /// Puts everything into an empty store.
    pub(super) fn load(mut self, store: &Store, resources: &Resources) -> Result<Loaded, StateError> {
        let (mut now, mut cut_off) = (0, 0);
        loop {
            let left = self.length.saturating_sub(self.at);
            match read_frame(&mut self.reader, left).map_err(|e| self.refused(&e))? {
                Next::End => break,
                Next::Frame(lines, taken) => {
                    for (number, line) in lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()).enumerate() {
                        self.apply(line, number, store, resources, &mut now)?;
                    }
                    self.at += taken;
                }
                Next::Torn => {
                    self.must_be_the_last()?;
                    cut_off = left;
                    break;
                }
            }
        }
        let entities = (0..store.shelves.len()).map(|n| store.count(n)).sum();
        Ok(Loaded { contents: Contents { entities, cut_off, missing: 0 }, now, end: self.at })
    }

    /// Only the last frame may be torn: by a write that was not finished, and so was not acknowledged either.
    fn must_be_the_last(&mut self) -> Result<(), StateError> {
        use std::io::{Seek, SeekFrom};
        let mut rest = Vec::new();
        let read =
            self.reader.seek(SeekFrom::Start(self.at)).and_then(|_| self.reader.read_to_end(&mut rest));
        read.map_err(|e| self.refused(&e))?;
        if holds_a_frame(&rest) {
            return Err(self.damaged("the checksum is another one, and what follows is whole"));
        }
        Ok(())
    }

    fn apply(
        &self,
        text: &[u8],
        number: usize,
        store: &Store,
        resources: &Resources,
        now: &mut u64,
    ) -> Result<(), StateError> {
        let wrong = |what: &str| self.damaged(&format!("line {} below it: {what}", number + 1));
        let line: Line<'_> = serde_json::from_slice(text).map_err(|e| wrong(&e.to_string()))?;
        if let Some(seconds) = line.now {
            *now = (*now).max(seconds);
            return Ok(());
        }
        let (name, what) = match (&line.put, &line.drop, &line.count) {
            (Some(name), None, None) => (name, What::Put),
            (None, Some(name), None) => (name, What::Drop),
            (None, None, Some(name)) => (name, What::Count),
            _ => return Err(wrong("it says nothing of any resource")),
        };
        let position =
            resources.position(name).ok_or_else(|| self.other(name, "which this one does not have"))?;
        let shelf = store.shelves.get(position).ok_or_else(|| wrong("there is no place for the resource"))?;
        store.number_after(position, line.last);
        if matches!(what, What::Count) {
            return Ok(());
        }
        let id = line.id.as_deref().ok_or_else(|| wrong("an entity has no id"))?;
        let scope = Scope { tenant: line.tenant.clone(), parents: line.parents };
        if scope.parents.len() != resources.all[position].parents.len() {
            return Err(self.other(name, "whose path has other parameters here"));
        }
        if matches!(what, What::Drop) {
            shelf.take_out(id, &scope);
            return Ok(());
        }
        let value = line.value.map(|v| v.get()).filter(|v| v.starts_with('{'));
        let value = value.ok_or_else(|| wrong("an entity has no properties"))?.as_bytes().to_vec();
        let packed = Packed::new(value.into(), line.deleted, line.gone, line.pending, line.revision);
        match shelf.insert(id, scope, packed.clone()) {
            Ok((_, true)) => {}
            Ok((there, false)) => there.replace(packed),
            Err(error) => return Err(wrong(&error.to_string())),
        }
        Ok(())
    }

    fn other(&self, resource: &str, why: &str) -> StateError {
        let why = format!("there are entities of `{resource}` in it, {why}");
        StateError::OtherContract { path: self.path.clone(), of: self.header.named(), why }
    }

    fn damaged(&self, what: &str) -> StateError {
        StateError::Damaged { path: self.path.clone(), at: self.at, reason: what.to_owned() }
    }

    fn refused(&self, error: &std::io::Error) -> StateError {
        StateError::Refused { path: self.path.clone(), doing: "read", reason: reason(error) }
    }
}

/// What a line is about.
#[derive(Clone, Copy)]
enum What {
    Put,
    Drop,
    Count,
}
