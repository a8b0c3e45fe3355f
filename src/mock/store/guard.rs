//! One process for one state file, by whatever name: a lock beside it, which holds before there is a file, and one on the
//! file itself, which holds for hard links to it. The lock beside also says how long the file was, so that one that was
//! cut since then is told.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::target::{StateError, beside, reason};

/// The longest text in a lock file, in bytes: two numbers.
const LOCK_BYTES_MAX: u64 = 64;

/// Keeps other processes out as long as it lives.
#[derive(Debug)]
pub(super) struct Guard {
    beside: File,
    /// The file as it was found, locked: its other names lead to it even after this one leads to another.
    found: Option<File>,
    /// How long the file was when somebody last wrote that down.
    pub(super) before: Option<u64>,
}

impl Guard {
    /// Takes both locks.
    ///
    /// # Errors
    /// [`StateError`]: another process has one, or the system refuses.
    pub(super) fn take(path: &Path) -> Result<Self, StateError> {
        let lock = beside(path, ".lock");
        let refused = |error: &std::io::Error| refused(path, &lock, error);
        let mut beside = open_lock(&lock).map_err(|error| refused(&error))?;
        let mut text = String::new();
        let read = |file: &mut File, text: &mut String| file.take(LOCK_BYTES_MAX).read_to_string(text);
        match beside.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                // Without a number it is said all the same.
                let _ = read(&mut beside, &mut text);
                let by = numbers(&text).map_or_else(String::new, |(id, _)| format!(" (number {id})"));
                return Err(StateError::Locked { path: path.display().to_string(), by });
            }
            Err(TryLockError::Error(error)) => return Err(refused(&error)),
        }
        read(&mut beside, &mut text).map_err(|error| refused(&error))?;
        if !text.is_empty() && numbers(&text).is_none() {
            let foreign = std::io::Error::other("there is something else in it");
            return Err(refused(&foreign));
        }
        let before = numbers(&text).and_then(|(_, length)| length);
        let mut guard = Self { beside, found: lock_itself(path)?, before };
        guard.record(before);
        Ok(guard)
    }

    /// The file as it was found, open for writing; locked where locks are on files rather than on their bytes.
    pub(super) fn file(&self, path: &Path) -> std::io::Result<File> {
        match &self.found {
            Some(file) => file.try_clone(),
            None => OpenOptions::new().read(true).write(true).open(path),
        }
    }

    /// Writes down whose the file is, and how long it is.
    pub(super) fn record(&mut self, length: Option<u64>) {
        let length = length.map_or_else(String::new, |length| format!(" {length}"));
        let text = format!("{}{length}", std::process::id());
        let file = &mut self.beside;
        // That it can't be said is no reason to stop.
        let _ = file
            .set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(text.as_bytes()));
    }
}

/// The number of the process, and the length of the state.
fn numbers(text: &str) -> Option<(u32, Option<u64>)> {
    let mut words = text.split_ascii_whitespace();
    let id = words.next()?.parse().ok()?;
    let length = words.next().map(str::parse).transpose().ok()?;
    words.next().is_none().then_some((id, length))
}

fn refused(path: &Path, lock: &Path, error: &std::io::Error) -> StateError {
    StateError::Refused {
        path: path.display().to_string(),
        doing: "lock",
        reason: format!("{}: {}", lock.display(), reason(error)),
    }
}

/// Opens the lock file, or makes it; what is something else is left alone.
fn open_lock(lock: &PathBuf) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let file = options.open(lock)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(std::io::Error::other("it is no regular file")) }
}

/// Locks the file itself, where there is one.
#[cfg(unix)]
fn lock_itself(path: &Path) -> Result<Option<File>, StateError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let refused = |error: &std::io::Error| StateError::Refused {
        path: path.display().to_string(),
        doing: "write",
        reason: reason(error),
    };
    match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(refused(&error)),
        Ok(file) => match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Err(StateError::Locked {
                path: path.display().to_string(),
                by: ", under another name".to_owned(),
            }),
            Err(TryLockError::Error(error)) => Err(refused(&error)),
        },
    }
}

/// Locks are on bytes there, and would keep ourselves from reading them.
#[cfg(not(unix))]
fn lock_itself(_: &Path) -> Result<Option<File>, StateError> {
    Ok(None)
}

/// Locks a file that nobody else knows yet.
#[cfg(unix)]
pub(super) fn lock_new(file: &File) -> std::io::Result<()> {
    file.lock()
}

/// As above.
#[cfg(not(unix))]
pub(super) fn lock_new(_: &File) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_are_read() {
        assert_eq!(numbers("12"), Some((12, None)));
        assert_eq!(numbers("12 345"), Some((12, Some(345))));
        for other in ["", "x", "1 x", "1 2 3", "-1"] {
            assert_eq!(numbers(other), None, "{other}");
        }
    }
}
