//! `date-time`, `date`, `time` (RFC 3339, section 5.6) and `duration` (its appendix A).

use crate::base::Dice;
use crate::schema::format::Format;

/// RFC 3339 `date-time`.
pub(super) const DATE_TIME: Format = Format {
    text: Some(is_date_time),
    generate: Some(date_time),
    counter: &[
        "2024-02-30T00:00:00Z",
        "2024-01-01 00:00:00",
        "2024-01-01T00:00:00",
        "2024-01-01T25:00:00Z",
        "2024-01-01",
        "2024-13-01T00:00:00Z",
        "1704067200",
        "now",
        "",
    ],
    ..Format::named("date-time")
};

/// RFC 3339 `full-date`.
pub(super) const DATE: Format = Format {
    text: Some(is_date),
    generate: Some(date),
    counter: &["2023-02-29", "2024-00-10", "2024-1-1", "01/02/2024", "2024-04-31", "20240101", "today", ""],
    ..Format::named("date")
};

/// RFC 3339 `full-time`.
pub(super) const TIME: Format = Format {
    text: Some(is_time),
    generate: Some(time),
    counter: &["12:00:00", "24:00:00Z", "12:60:00Z", "12:00Z", "12:00:61Z", "noon", ""],
    ..Format::named("time")
};

/// RFC 3339 appendix A `duration`.
pub(super) const DURATION: Format = Format {
    text: Some(is_duration),
    generate: Some(duration),
    counter: &["P", "PT", "1D", "P1Y2W", "P1.5D", "PT1D", "P2D1Y", "1 day", ""],
    ..Format::named("duration")
};

/// A `date-time` without offset (OpenAPI format registry).
pub(super) const DATE_TIME_LOCAL: Format = Format {
    text: Some(is_date_time_local),
    generate: Some(|dice| date_time(dice).chars().take(19).collect()),
    counter: &["2024-01-01T00:00:00Z", "2024-01-01", "2024-02-30T00:00:00", "x"],
    ..Format::named("date-time-local")
};

/// A `time` without offset (OpenAPI format registry).
pub(super) const TIME_LOCAL: Format = Format {
    text: Some(|text| !text.ends_with(['Z', 'z']) && is_time(&format!("{text}Z"))),
    generate: Some(|dice| time(dice).chars().take(8).collect()),
    counter: &["12:00:00Z", "24:00:00", "12:00", "noon"],
    ..Format::named("time-local")
};

fn is_date_time_local(text: &str) -> bool {
    !text.ends_with(['Z', 'z']) && is_date_time(&format!("{text}Z"))
}

fn digits(bytes: &[u8]) -> Option<u32> {
    bytes.iter().try_fold(0_u32, |sum, byte| {
        byte.is_ascii_digit().then(|| sum.wrapping_mul(10).wrapping_add(u32::from(byte - b'0')))
    })
}

fn days_in(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_date_bytes(bytes: &[u8]) -> bool {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *bytes else { return false };
    let (Some(year), Some(month), Some(day)) =
        (digits(&[y0, y1, y2, y3]), digits(&[m0, m1]), digits(&[d0, d1]))
    else {
        return false;
    };
    (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)
}

fn is_date(text: &str) -> bool {
    is_date_bytes(text.as_bytes())
}

fn is_time_bytes(bytes: &[u8]) -> bool {
    let Some((&[h0, h1, b':', m0, m1, b':', s0, s1], mut rest)) = bytes.split_first_chunk::<8>() else {
        return false;
    };
    let (Some(hour), Some(minute), Some(second)) = (digits(&[h0, h1]), digits(&[m0, m1]), digits(&[s0, s1]))
    else {
        return false;
    };
    if hour > 23 || minute > 59 || second > 60 {
        return false;
    }
    if let Some((b'.', fraction)) = rest.split_first() {
        let count = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    // Minutes since midnight in UTC: a leap second is one only at 23:59:60 there.
    let offset = match *rest {
        [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] => match (digits(&[h0, h1]), digits(&[m0, m1])) {
            (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => {
                let total = i64::from(hours * 60 + minutes);
                if sign == b'+' { total } else { -total }
            }
            _ => return false,
        },
        _ => return false,
    };
    second < 60 || (i64::from(hour * 60 + minute) - offset).rem_euclid(1440) == 1439
}

fn is_time(text: &str) -> bool {
    is_time_bytes(text.as_bytes())
}

fn is_date_time(text: &str) -> bool {
    match text.as_bytes().split_first_chunk::<10>() {
        Some((date, [b'T' | b't', time @ ..])) => is_date_bytes(date) && is_time_bytes(time),
        _ => false,
    }
}

fn is_duration(text: &str) -> bool {
    let Some(body) = text.strip_prefix('P') else { return false };
    let (date, time) = match body.split_once('T') {
        Some((_, "")) => return false,
        Some((date, time)) => (date, time),
        None => (body, ""),
    };
    if let Some(weeks) = date.strip_suffix('W') {
        return time.is_empty()
            && !body.contains('T')
            && !weeks.is_empty()
            && digits(weeks.as_bytes()).is_some();
    }
    match (units(date, b"YMD"), units(time, b"HMS")) {
        (Some(dates), Some(times)) => dates + times > 0,
        _ => false,
    }
}

/// How many units `text` has, each digits and a letter, the letters neighbours in `letters`' order; `None` when it is
/// not so. The grammar lets no unit be left out between two others (`P1Y1D` is not in it).
fn units(text: &str, letters: &[u8]) -> Option<usize> {
    let (mut count, mut next, mut run) = (0, None, 0);
    for byte in text.bytes() {
        if byte.is_ascii_digit() {
            run += 1;
            continue;
        }
        let at = letters.iter().position(|letter| *letter == byte)?;
        if run == 0 || next.is_some_and(|next| at != next) {
            return None;
        }
        (count, next, run) = (count + 1, Some(at + 1), 0);
    }
    (run == 0).then_some(count)
}

/// Writes `number` with `width` digits.
fn write(out: &mut String, number: u64, width: usize) {
    let start = out.len();
    let mut rest = number;
    let mut buffer = [b'0'; 20];
    let mut at = buffer.len();
    while rest > 0 && at > 0 {
        at -= 1;
        buffer[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    let from = at.min(buffer.len().saturating_sub(width));
    out.extend(buffer[from..].iter().map(|byte| char::from(*byte)));
    debug_assert!(out.len() >= start + width);
}

fn push_date(out: &mut String, dice: &mut Dice) {
    let year = match dice.below(8) {
        0..6 => 2024 - dice.below(30),
        6 => 1970 + dice.below(100),
        _ => 1 + dice.below(9999),
    };
    let month = 1 + dice.below(12);
    let days = days_in(u32::try_from(year).unwrap_or(2024), u32::try_from(month).unwrap_or(1));
    let day = 1 + dice.below(u64::from(days));
    write(out, year, 4);
    out.push('-');
    write(out, month, 2);
    out.push('-');
    write(out, day, 2);
}

fn push_time(out: &mut String, dice: &mut Dice) {
    write(out, dice.below(24), 2);
    out.push(':');
    write(out, dice.below(60), 2);
    out.push(':');
    write(out, dice.below(60), 2);
    if dice.chance(30) {
        let width = dice.between(1, 9);
        out.push('.');
        write(out, dice.below(10_u64.pow(u32::try_from(width).unwrap_or(1))), width);
    }
    if dice.chance(25) {
        out.push(if dice.chance(50) { '-' } else { '+' });
        write(out, dice.below(15), 2);
        out.push(':');
        write(out, 15 * dice.below(4), 2);
    } else {
        out.push('Z');
    }
}

fn date_time(dice: &mut Dice) -> String {
    let mut out = String::with_capacity(32);
    push_date(&mut out, dice);
    out.push('T');
    push_time(&mut out, dice);
    out
}

fn date(dice: &mut Dice) -> String {
    let mut out = String::with_capacity(10);
    push_date(&mut out, dice);
    out
}

fn time(dice: &mut Dice) -> String {
    let mut out = String::with_capacity(16);
    push_time(&mut out, dice);
    out
}

fn duration(dice: &mut Dice) -> String {
    let number = dice.below(60);
    match dice.below(6) {
        0 => format!("P{number}D"),
        1 => format!("PT{number}H"),
        2 => format!("P{number}W"),
        3 => format!("PT{number}M{}S", dice.below(60)),
        4 => format!("P{}M{number}DT{}H", dice.below(12), dice.below(24)),
        _ => format!(
            "P{}Y{}M{}DT{}H{}M{}S",
            number,
            dice.below(12),
            dice.below(31),
            dice.below(24),
            dice.below(60),
            dice.below(60)
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leap_days_and_leap_seconds_are_told() {
        assert!(
            is_date("2024-02-29")
                && !is_date("2023-02-29")
                && !is_date("1900-02-29")
                && is_date("2000-02-29")
        );
        assert!(is_time("23:59:60Z") && is_time("01:29:60+01:30") && is_time("15:59:60-08:00"));
        assert!(!is_time("22:59:60Z") && !is_time("23:59:60+01:00") && !is_time("12:00:00+24:00"));
    }

    #[test]
    fn durations_follow_the_grammar() {
        for good in ["P4Y", "PT0S", "P1M", "PT36H", "P2W", "P4DT12H30M5S", "P1Y2M3DT4H5M6S"] {
            assert!(is_duration(good), "{good}");
        }
        for bad in ["P1YT", "P1D2H", "P1YD", "P1W2D", "P1Y1D", "PT1H1S", "p1d", "P-1D", "P1", "P1２D"] {
            assert!(!is_duration(bad), "{bad}");
        }
    }
}
