//! Reading and writing files so that nothing hangs, nothing grows without end, and nothing is written through a link.
//!
//! Read are regular files up to a limit. Written is a new file beside, which then takes the place of the old one: a
//! reader sees the old or the new text, and a symbolic link in the place is replaced, not followed.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Who may read a file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Its owner only: requests and answers are in it.
    Private,
    /// Who could read it before; for a new one, what the process's mask says.
    Usual,
}

/// How often a name for a new file is tried.
const NAMES_MAX: u32 = 100;

/// The longest name that a file of ours has without its ending, in bytes; longer ones are cut and get a hash.
const STEM_BYTES_MAX: usize = 150;

/// What a part of a long name is cut to, in bytes.
const PART_BYTES_MAX: usize = 50;

/// Reads a regular file of at most `limit` bytes. Links to one are followed; pipes, devices and folders are refused
/// without waiting for them.
///
/// # Errors
/// The system's; or that it is no regular file, or longer than `limit`.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let file = open(path)?;
    let too_long = || Error::new(ErrorKind::InvalidData, format!("it has more than {limit} bytes"));
    let length = file.metadata()?.len();
    if length > limit {
        return Err(too_long());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    // It may grow meanwhile.
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { Err(too_long()) } else { Ok(bytes) }
}

/// As [`read`], for text.
///
/// # Errors
/// As [`read`]; or that it is not UTF-8.
pub fn read_text(path: &Path, limit: u64) -> Result<String> {
    String::from_utf8(read(path, limit)?)
        .map_err(|_| Error::new(ErrorKind::InvalidData, "it is no text in UTF-8"))
}

/// Opens a regular file for reading.
///
/// # Errors
/// As [`read`].
pub fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    // A pipe nobody writes to would be waited for.
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    #[cfg(not(unix))]
    regular(&std::fs::metadata(path)?)?;
    let file = options.open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

fn regular(data: &std::fs::Metadata) -> Result<()> {
    if data.is_file() {
        return Ok(());
    }
    let what = if data.is_dir() { "a folder" } else { "a pipe, a device or the like" };
    Err(Error::new(ErrorKind::InvalidInput, format!("it is {what}, not a regular file")))
}

/// Writes a file of ours, in the place of whatever has that name; its folder is made.
///
/// # Errors
/// The system's.
pub fn write(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut fresh = Fresh::beside(path, access)?;
    fresh.file.write_all(bytes)?;
    fresh.into_place()?;
    Ok(())
}

/// Writes a file that the user named: pipes and devices named as such are written to, standard output and standard error
/// by any of their names too; everything else as [`write()`] does.
///
/// # Errors
/// The system's; or that nobody reads from the pipe.
pub fn write_given(path: &Path, bytes: &[u8], access: Access) -> Result<()> {
    let flushed = |out: &mut dyn Write| out.write_all(bytes).and_then(|()| out.flush());
    match standard(path) {
        Some(1) => return flushed(&mut std::io::stdout().lock()),
        Some(_) => return flushed(&mut std::io::stderr().lock()),
        None => {}
    }
    match special(path)? {
        Some(mut file) => file.write_all(bytes),
        None => write(path, bytes, access),
    }
}

/// A new, empty file in the place of whatever has that name, open for reading and writing; pipes and devices named as
/// such are opened as they are.
///
/// # Errors
/// The system's; or that nobody reads from the pipe.
pub fn create_given(path: &Path, access: Access) -> Result<File> {
    match special(path)? {
        Some(file) => Ok(file),
        None => Fresh::beside(path, access)?.into_place(),
    }
}

/// The number of a standard stream that a path names.
fn standard(path: &Path) -> Option<u8> {
    match path.to_str()? {
        "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Some(1),
        "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => Some(2),
        _ => None,
    }
}

/// What is no place for a file: opened for writing. Links are looked through only where the system keeps its devices.
fn special(path: &Path) -> Result<Option<File>> {
    let devices = cfg!(unix) && (path.starts_with("/dev") || path.starts_with("/proc"));
    let data = if devices { std::fs::metadata(path) } else { std::fs::symlink_metadata(path) };
    match data {
        Ok(data) if data.is_dir() => Err(Error::new(ErrorKind::IsADirectory, "it is a folder")),
        Ok(data) if devices || !data.is_file() && !data.is_symlink() => open_special(path).map(Some),
        _ => Ok(None),
    }
}

/// Opens a pipe or a device for writing. A pipe without a reader is an error at once.
#[cfg(unix)]
fn open_special(path: &Path) -> Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    let options = options.append(true);
    let _reader =
        options.clone().custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path).map_err(|error| {
            match error.raw_os_error() {
                Some(libc::ENXIO) => Error::new(error.kind(), "nobody reads from this pipe"),
                _ => error,
            }
        })?;
    // Once more: writing to it waits for the reader.
    options.open(path)
}

/// Opens what is no file for writing.
#[cfg(not(unix))]
fn open_special(path: &Path) -> Result<File> {
    OpenOptions::new().append(true).open(path)
}

/// A file that does not have its name yet; it is removed when it does not get it.
#[derive(Debug)]
pub struct Fresh {
    /// The file, empty.
    pub file: File,
    path: PathBuf,
    target: PathBuf,
    placed: bool,
}

impl Fresh {
    /// A new file in the folder of `target`.
    ///
    /// # Errors
    /// The system's.
    pub fn beside(target: &Path, access: Access) -> Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut options = OpenOptions::new();
        // Nothing that is there is opened, be it a link.
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        if access == Access::Private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        for _ in 0..NAMES_MAX {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".counterpart-{}-{count}.tmp", std::process::id()));
            match options.open(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(file) => {
                    let fresh = Self { file, path, target: target.to_owned(), placed: false };
                    if access == Access::Usual
                        && let Ok(old) = std::fs::symlink_metadata(target)
                        && old.is_file()
                    {
                        fresh.file.set_permissions(old.permissions())?;
                    }
                    return Ok(fresh);
                }
            }
        }
        Err(Error::new(ErrorKind::AlreadyExists, "there is no name left for a new file in that folder"))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// The system's.
    pub fn into_place(mut self) -> Result<File> {
        std::fs::rename(&self.path, &self.target)?;
        self.placed = true;
        self.file.try_clone()
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.placed {
            // What can't be removed is left: there is nobody to tell.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The name of a file that is made of parts, which are joined by `--`; a name that would be too long has its long parts
/// cut, each with a hash of the whole part. Parts are lower-case ASCII letters, digits and dashes.
#[must_use]
pub fn name(parts: &[&str]) -> String {
    let whole = parts.join("--");
    if whole.len() <= STEM_BYTES_MAX {
        return whole;
    }
    let short: Vec<String> = parts
        .iter()
        .map(|part| match part.get(..PART_BYTES_MAX) {
            Some(start) if part.len() > PART_BYTES_MAX => {
                format!("{}-{:016x}", start.trim_end_matches('-'), crate::base::Seed(0).derive(part).0)
            }
            _ => (*part).to_owned(),
        })
        .collect();
    short.join("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        assert_eq!(name(&["get-a", "200", "json"]), "get-a--200--json");
        let long = "a-".repeat(300);
        let (one, other) = (name(&[&long, "200"]), name(&[&format!("{long}b"), "200"]));
        assert!(one.len() < 100 && one != other && one.ends_with("--200"), "{one}");
        assert_eq!(one, name(&[&long, "200"]));
    }

    #[test]
    fn files_are_replaced_whole_and_leave_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/file");
        write(&path, b"one", Access::Usual).unwrap();
        write(&path, b"two", Access::Private).unwrap();
        assert_eq!(read_text(&path, 3).unwrap(), "two");
        assert!(read(&path, 2).unwrap_err().to_string().contains("more than 2 bytes"));
        assert!(read(folder.path(), 9).unwrap_err().to_string().contains("folder"));
        assert!(write(&folder.path().join("deep"), b"", Access::Usual).is_err());
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
        write(&path, b"\xff", Access::Usual).unwrap();
        assert!(read_text(&path, 9).unwrap_err().to_string().contains("UTF-8"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_replaced_and_pipes_refused() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("victim"), "victim").unwrap();
        symlink(at("victim"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        for name in ["link", "dangling"] {
            write_given(&at(name), b"x", Access::Private).unwrap();
            assert!(std::fs::symlink_metadata(at(name)).unwrap().is_file());
            assert_eq!(std::fs::metadata(at(name)).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(std::fs::read(at("victim")).unwrap(), b"victim");
        assert!(!at("nowhere").exists());
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        assert!(read(&at("pipe"), 9).unwrap_err().to_string().contains("pipe"));
        assert!(
            write_given(&at("pipe"), b"x", Access::Usual).unwrap_err().to_string().contains("nobody reads")
        );
        assert!(write_given(Path::new("/dev/null"), b"x", Access::Usual).is_ok());
    }
}
