//! Signals that ask a command to end. The first lets it write down what it has, the second ends it at once.

use tokio::sync::mpsc;

/// A signal that asks the process to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT: somebody pressed Ctrl-C.
    Interrupt,
    /// SIGTERM: a supervisor, a CI system's timeout.
    Terminate,
    /// SIGHUP: the terminal is gone.
    HangUp,
}

impl Signal {
    /// What happened, for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interrupt => "interrupted",
            Self::Terminate => "terminated",
            Self::HangUp => "hung up",
        }
    }
}

/// Tells each time that the process is asked to end. None is missed once this is made, whoever is busy meanwhile.
#[derive(Debug)]
pub struct Signals(mpsc::Receiver<Signal>);

impl Signals {
    /// Listens from now on.
    #[must_use]
    pub fn listen() -> Self {
        // Whoever has asked twice has asked: more need not be remembered.
        let (tell, asked) = mpsc::channel(2);
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            for (kind, what) in [
                (SignalKind::interrupt(), Signal::Interrupt),
                (SignalKind::terminate(), Signal::Terminate),
                (SignalKind::hangup(), Signal::HangUp),
            ] {
                if is_ignored(kind.as_raw_value()) {
                    continue;
                }
                // Without a handler the default one ends the process.
                let Ok(mut signals) = signal(kind) else { continue };
                let tell = tell.clone();
                tokio::spawn(async move {
                    while signals.recv().await.is_some() && tell.send(what).await.is_ok() {}
                });
            }
        }
        #[cfg(not(unix))]
        tokio::spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() && tell.send(Signal::Interrupt).await.is_ok() {}
        });
        Self(asked)
    }

    /// The next one; never where nobody can ask.
    pub async fn next(&mut self) -> Signal {
        match self.0.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await,
        }
    }
}

/// True for a signal that whoever started the process wants ignored (`nohup`), where the system tells.
#[cfg(unix)]
fn is_ignored(number: i32) -> bool {
    let status = crate::base::files::read_text(std::path::Path::new("/proc/self/status"), 1 << 16);
    status.is_ok_and(|status| ignores(&status, number))
}

/// Whether a `/proc/PID/status` (proc(5)) lists the signal as ignored.
#[cfg(unix)]
fn ignores(status: &str, number: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|text| u64::from_str_radix(text.trim(), 16).ok());
    let bit = u32::try_from(number - 1).ok().and_then(|bit| 1_u64.checked_shl(bit));
    mask.zip(bit).is_some_and(|(mask, bit)| mask & bit != 0)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_read_off_the_mask() {
        let status = "Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\tffff\n";
        assert!(ignores(status, 1) && ignores(status, 13) && !ignores(status, 2) && !ignores(status, 15));
        assert!(!ignores("", 1) && !ignores("SigIgn:\tx\n", 1));
    }
}
