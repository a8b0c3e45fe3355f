//! Names that nobody has, in the forms that contracts ask for.

use crate::base::Seed;

/// A form in which a made-up name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Marked,
    Uuid,
    Letters,
    Email,
    Digest,
    Upper,
    Url,
}

pub(super) const FORMS: [Form; 7] =
    [Form::Marked, Form::Uuid, Form::Letters, Form::Email, Form::Digest, Form::Upper, Form::Url];

/// A name that nobody has, in that form. `prefix` is the run's own (`cp`, sixteen digits, `-`).
pub(super) fn made_up(form: Form, prefix: &str, seed: Seed) -> String {
    let mark = prefix.trim_end_matches('-');
    let digits = mark.trim_start_matches("cp");
    let (own, more) = (seed.0, seed.derive("more").0);
    match form {
        Form::Marked => format!("{prefix}{own:016x}"),
        Form::Uuid => {
            let (a, b) = (digits.get(..8).unwrap_or("0c0b0a09"), digits.get(8..12).unwrap_or("0807"));
            format!(
                "{a}-{b}-4{:03x}-a{:03x}-{:012x}",
                own & 0xfff,
                own >> 12 & 0xfff,
                more & 0xffff_ffff_ffff
            )
        }
        Form::Letters => format!("{mark}{own:016x}"),
        Form::Email => format!("{prefix}{own:016x}@example.com"),
        Form::Digest => format!("{digits}{:08x}", (own ^ more) & 0xffff_ffff),
        Form::Upper => format!("{:016X}", own ^ more),
        Form::Url => format!("https://example.com/{prefix}{own:016x}"),
    }
}
