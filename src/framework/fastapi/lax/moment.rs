//! Dates, times and durations, read by speedate as pydantic has it read them.

use speedate::{
    Date, DateTime, DateTimeConfig, Duration, MicrosecondsPrecisionOverflowBehavior, ParseError, Time,
    TimeConfig,
};
use strum::EnumMessage as _;

use super::python::Py;
use super::trouble::Trouble;

/// What is said of a NaN that should be a moment.
const NAN: &str = "NaN values not permitted";

/// Durations are days and seconds of at most this many days.
const DURATION_DAYS_MAX: f64 = 999_999_999.0;

fn times() -> TimeConfig {
    TimeConfig::builder()
        .unix_timestamp_offset(Some(0))
        .microseconds_precision_overflow_behavior(MicrosecondsPrecisionOverflowBehavior::Truncate)
        .build()
}

fn datetimes() -> DateTimeConfig {
    DateTimeConfig::builder().time_config(times()).build()
}

fn said(error: &ParseError) -> String {
    error.get_documentation().unwrap_or("invalid").to_owned()
}

fn trouble(kind: &'static str, lead: &str, error: &str, input: &Py) -> Trouble {
    Trouble::with(kind, format!("{lead}, {error}"), input, vec![("error", Py::from(error))])
}

/// A whole number of seconds, as far as 64 bits go: beyond, any out-of-range value does.
fn whole(digits: &str) -> i64 {
    digits.parse().unwrap_or(if digits.starts_with('-') { i64::MIN } else { i64::MAX })
}

/// A number as a moment: `None` for what is no number.
fn timestamp(input: &Py) -> Option<Result<DateTime, String>> {
    match input {
        Py::Int(digits) => {
            Some(DateTime::from_timestamp_with_config(whole(digits), 0, &datetimes()).map_err(|e| said(&e)))
        }
        Py::Float(float) if float.is_nan() => Some(Err(NAN.to_owned())),
        Py::Float(float) => {
            Some(DateTime::from_float_with_config(*float, &datetimes()).map_err(|e| said(&e)))
        }
        _ => None,
    }
}

pub(super) fn datetime(input: &Py) -> Result<(), Trouble> {
    if let Some(text) = input.text() {
        if DateTime::parse_bytes_with_config(text.as_bytes(), &datetimes()).is_ok() {
            return Ok(());
        }
        // A plain date will do; its parser's complaint is the one that is shown.
        return Date::parse_bytes(text.as_bytes()).map(|_| ()).map_err(|e| {
            trouble(
                "datetime_from_date_parsing",
                "Input should be a valid datetime or date",
                &said(&e),
                input,
            )
        });
    }
    match timestamp(input) {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => {
            Err(trouble("datetime_parsing", "Input should be a valid datetime", &error, input))
        }
        None => Err(Trouble::plain("datetime_type", "Input should be a valid datetime", input)),
    }
}

pub(super) fn date(input: &Py) -> Result<(), Trouble> {
    let found = match input.text() {
        Some(text) if Date::parse_bytes(text.as_bytes()).is_ok() => return Ok(()),
        Some(text) => {
            Some(DateTime::parse_bytes_with_config(text.as_bytes(), &datetimes()).map_err(|e| said(&e)))
        }
        None => timestamp(input),
    };
    match found {
        Some(Ok(found)) if found.time.total_ms() == 0 && found.time.microsecond == 0 => Ok(()),
        Some(Ok(_)) => Err(Trouble::plain(
            "date_from_datetime_inexact",
            "Datetimes provided to dates should have zero time - e.g. be exact dates",
            input,
        )),
        Some(Err(error)) => Err(trouble(
            "date_from_datetime_parsing",
            "Input should be a valid date or datetime",
            &error,
            input,
        )),
        None => Err(Trouble::plain("date_type", "Input should be a valid date", input)),
    }
}

pub(super) fn time(input: &Py) -> Result<(), Trouble> {
    let found = match (input, input.text()) {
        (_, Some(text)) => {
            Time::parse_bytes_with_config(text.as_bytes(), &times()).map(|_| ()).map_err(|e| said(&e))
        }
        (Py::Int(digits), _) => seconds_of_day(whole(digits) as f64),
        (Py::Float(float), _) if float.is_nan() => Err(NAN.to_owned()),
        (Py::Float(float), _) => seconds_of_day(*float),
        _ => return Err(Trouble::plain("time_type", "Input should be a valid time", input)),
    };
    found.map_err(|error| trouble("time_parsing", "Input should be in a valid time format", &error, input))
}

fn seconds_of_day(seconds: f64) -> Result<(), String> {
    if seconds < 0.0 {
        Err("time in seconds should be positive".to_owned())
    } else if seconds >= 86_400.0 {
        Err(said(&ParseError::TimeTooLarge))
    } else {
        Ok(())
    }
}

pub(super) fn duration(input: &Py) -> Result<(), Trouble> {
    let seconds = |seconds: f64| {
        if (seconds / 86_400.0).abs() > DURATION_DAYS_MAX {
            Err(said(&ParseError::DurationDaysTooLarge))
        } else {
            Ok(())
        }
    };
    let found = match (input, input.text()) {
        (_, Some(text)) => {
            Duration::parse_bytes_with_config(text.as_bytes(), &times()).map(|_| ()).map_err(|e| said(&e))
        }
        (Py::Int(digits), _) => seconds(whole(digits) as f64),
        (Py::Float(float), _) if float.is_nan() => Err(NAN.to_owned()),
        (Py::Float(float), _) => seconds(*float),
        (Py::Bool(_), _) => Ok(()),
        _ => return Err(Trouble::plain("time_delta_type", "Input should be a valid timedelta", input)),
    };
    found.map_err(|error| trouble("time_delta_parsing", "Input should be a valid timedelta", &error, input))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(found: Result<(), Trouble>) -> String {
        found.map_or_else(
            |t| match t.context.first() {
                Some((_, Py::Str(error))) => format!("{}: {error}", t.kind),
                _ => t.kind.to_owned(),
            },
            |()| "ok".to_owned(),
        )
    }

    /// Asked of pydantic 2.14.
    #[test]
    fn dates_are_taken_and_refused_as_by_pydantic() {
        for (text, expected) in [
            ("2024-01-01", "ok"),
            ("86400", "ok"),
            ("2024-01-01T00:00:00Z", "ok"),
            ("86401", "date_from_datetime_inexact"),
            ("2023-02-29", "date_from_datetime_parsing: day value is outside expected range"),
            ("", "date_from_datetime_parsing: input is too short"),
        ] {
            assert_eq!(kind(date(&Py::from(text))), expected, "{text}");
        }
        assert_eq!(kind(date(&Py::Bool(true))), "date_type");
        assert_eq!(kind(date(&Py::Float(86400.5))), "date_from_datetime_inexact");
    }

    #[test]
    fn moments_are_taken_and_refused_as_by_pydantic() {
        for (text, expected) in [
            ("2024-01-01 10:00", "ok"),
            ("2024-01-01", "ok"),
            ("1700000000.5", "ok"),
            ("nan", "datetime_from_date_parsing: input is too short"),
            ("2024-13-01", "datetime_from_date_parsing: month value is outside expected range of 1-12"),
        ] {
            assert_eq!(kind(datetime(&Py::from(text))), expected, "{text}");
        }
        let late = "datetime_parsing: dates after 9999 are not supported as unix timestamps";
        assert_eq!(kind(datetime(&Py::Float(1e20))), late);
        assert_eq!(kind(datetime(&Py::Int("9".repeat(30)))), late);
        assert_eq!(kind(datetime(&Py::None)), "datetime_type");
    }

    #[test]
    fn times_and_durations_are_taken_and_refused_as_by_pydantic() {
        assert_eq!(kind(time(&Py::from("10:00"))), "ok");
        assert_eq!(kind(time(&Py::from("100"))), "time_parsing: input is too short");
        assert_eq!(kind(time(&Py::Int("-1".into()))), "time_parsing: time in seconds should be positive");
        assert_eq!(
            kind(time(&Py::Int("86400".into()))),
            "time_parsing: numeric times may not exceed 86,399 seconds"
        );
        assert_eq!(kind(duration(&Py::from("P1DT2H"))), "ok");
        assert_eq!(kind(duration(&Py::from("nan"))), "time_delta_parsing: invalid digit in duration");
        assert_eq!(
            kind(duration(&Py::Float(1e20))),
            "time_delta_parsing: durations may not exceed 999,999,999 days"
        );
        assert_eq!(kind(duration(&Py::List(Vec::new()))), "time_delta_type");
    }
}
