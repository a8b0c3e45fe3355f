//! Numbers, booleans, texts, identifiers, choices: what pydantic's lax mode makes of one value.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::node::{Bounds, Text};
use super::python::{Py, float_repr};
use super::trouble::Trouble;

/// How many digits an integer may have as a text.
const INT_TEXT_MAX: usize = 4300;

/// A number that was taken, for the bounds.
#[derive(Clone, Debug)]
pub(super) enum Taken {
    /// An integer's digits.
    Int(String),
    /// A float.
    Float(f64),
}

impl Taken {
    fn float(&self) -> f64 {
        match self {
            // Digits always read as a float; beyond its range as an infinity.
            Self::Int(digits) => digits.parse().unwrap_or(f64::NAN),
            Self::Float(float) => *float,
        }
    }
}

pub(super) fn int(input: &Py) -> Result<Taken, Trouble> {
    let sized = || {
        Trouble::plain(
            "int_parsing_size",
            "Unable to parse input string as an integer, exceeded maximum size",
            input,
        )
    };
    match input {
        Py::Int(digits) => Ok(Taken::Int(digits.clone())),
        Py::Bool(b) => Ok(Taken::Int(u8::from(*b).to_string())),
        Py::Float(float) if !float.is_finite() => {
            Err(Trouble::plain("finite_number", "Input should be a finite number", input))
        }
        Py::Float(float) if float.fract() != 0.0 => Err(Trouble::plain(
            "int_from_float",
            "Input should be a valid integer, got a number with a fractional part",
            input,
        )),
        // 2^63: what a 64-bit integer can't hold any more.
        Py::Float(float) if float.abs() >= 9_223_372_036_854_775_808.0 => Err(sized()),
        Py::Float(float) => Ok(Taken::Int(format!("{float:.0}"))),
        _ => match input.text() {
            Some(text) if text.len() > INT_TEXT_MAX => Err(sized()),
            Some(text) => int_text(text).map(Taken::Int).ok_or_else(|| {
                Trouble::plain(
                    "int_parsing",
                    "Input should be a valid integer, unable to parse string as an integer",
                    input,
                )
            }),
            None => Err(Trouble::plain("int_type", "Input should be a valid integer", input)),
        },
    }
}

/// `" +1_000.00 "` is 1000: spaces around, a sign, zeros before and after the point, single underscores.
fn int_text(text: &str) -> Option<String> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = match digits.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        Some(_) => return None,
        None => digits,
    };
    let plain = without_underscores(digits)?;
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let plain = plain.trim_start_matches('0');
    Some(match (plain, negative) {
        ("", _) => "0".to_owned(),
        (plain, true) => format!("-{plain}"),
        (plain, false) => plain.to_owned(),
    })
}

/// The digits without single underscores between them; `None` when they stand elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let wrong = text.starts_with('_') || text.ends_with('_') || text.contains("__");
    (!wrong).then(|| text.replace('_', ""))
}

pub(super) fn float(input: &Py) -> Result<Taken, Trouble> {
    let found = match input {
        Py::Float(float) => Some(*float),
        Py::Int(digits) => digits.parse().ok().filter(|f: &f64| f.is_finite()),
        Py::Bool(b) => Some(f64::from(u8::from(*b))),
        _ => match input.text() {
            Some(text) => {
                let read = without_underscores(text.trim()).and_then(|t| t.parse().ok());
                return read.map(Taken::Float).ok_or_else(|| {
                    Trouble::plain(
                        "float_parsing",
                        "Input should be a valid number, unable to parse string as a number",
                        input,
                    )
                });
            }
            None => None,
        },
    };
    found
        .map(Taken::Float)
        .ok_or_else(|| Trouble::plain("float_type", "Input should be a valid number", input))
}

pub(super) fn decimal(input: &Py) -> Result<Taken, Trouble> {
    let infinite = || Trouble::plain("finite_number", "Input should be a finite number", input);
    match input {
        Py::Int(digits) => Ok(Taken::Int(digits.clone())),
        Py::Float(float) if float.is_finite() => Ok(Taken::Float(*float)),
        Py::Float(_) => Err(infinite()),
        Py::Str(text) => {
            let plain = ascii_digits(&text.trim().replace('_', ""));
            let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain).to_ascii_lowercase();
            let number = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
            if ["inf", "infinity"].contains(&unsigned.as_str())
                || unsigned.strip_prefix("nan").or(unsigned.strip_prefix("snan")).is_some_and(number)
            {
                return Err(infinite());
            }
            // What is left of Rust's floats is exactly the syntax of decimals.
            let starts = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.');
            plain
                .parse()
                .ok()
                .filter(|_| starts)
                .map(Taken::Float)
                .ok_or_else(|| Trouble::plain("decimal_parsing", "Input should be a valid decimal", input))
        }
        _ => Err(Trouble::plain(
            "decimal_type",
            "Decimal input should be an integer, float, string or Decimal object",
            input,
        )),
    }
}

/// The text with the decimal digits of all scripts as those of ASCII: Python's `Decimal` reads them all.
fn ascii_digits(text: &str) -> String {
    // Where each script has its zero (Unicode's general category Nd).
    const ZEROS: [u32; 36] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
        0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
        0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    ];
    let plain = |c: char| {
        let code = u32::from(c);
        let digit = ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|digit| *digit < 10));
        digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
    };
    if text.is_ascii() { text.to_owned() } else { text.chars().map(plain).collect() }
}

pub(super) fn boolean(input: &Py) -> Result<(), Trouble> {
    let unclear = || {
        Err(Trouble::plain(
            "bool_parsing",
            "Input should be a valid boolean, unable to interpret input",
            input,
        ))
    };
    match input {
        Py::Bool(_) => Ok(()),
        Py::Int(digits) if digits.parse::<i64>().is_ok() => {
            if digits == "0" || digits == "1" {
                Ok(())
            } else {
                unclear()
            }
        }
        Py::Float(float) if float.fract() == 0.0 && float.abs() < 9_223_372_036_854_775_808.0 => {
            if [0.0, 1.0].contains(float) { Ok(()) } else { unclear() }
        }
        _ => match input.text() {
            Some(text) => {
                const WORDS: [&str; 12] =
                    ["0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes"];
                if WORDS.contains(&text.to_ascii_lowercase().as_str()) { Ok(()) } else { unclear() }
            }
            None => Err(Trouble::plain("bool_type", "Input should be a valid boolean", input)),
        },
    }
}

/// The bounds of a number, in pydantic's order. `whole`: the bounds are shown as integers.
pub(super) fn bounds(taken: &Taken, bounds: &Bounds, whole: bool, input: &Py) -> Result<(), Trouble> {
    let number = taken.float();
    let shown = |bound: f64| {
        if bound.fract() == 0.0 && bound.abs() < 1e15 { format!("{bound:.0}") } else { float_repr(bound) }
    };
    let fact = |bound: f64| if whole { Py::Int(shown(bound)) } else { Py::Float(bound) };
    let broken = |kind, says: &str, name, bound: f64| {
        Err(Trouble::with(
            kind,
            format!("Input should be {says} {}", shown(bound)),
            input,
            vec![(name, fact(bound))],
        ))
    };
    if let Some(step) = bounds.multiple_of
        && !divides(taken, step)
    {
        return broken("multiple_of", "a multiple of", "multiple_of", step);
    }
    if let Some(le) = bounds.le
        && (number.is_nan() || number > le)
    {
        return broken("less_than_equal", "less than or equal to", "le", le);
    }
    if let Some(lt) = bounds.lt
        && (number.is_nan() || number >= lt)
    {
        return broken("less_than", "less than", "lt", lt);
    }
    if let Some(ge) = bounds.ge
        && (number.is_nan() || number < ge)
    {
        return broken("greater_than_equal", "greater than or equal to", "ge", ge);
    }
    if let Some(gt) = bounds.gt
        && (number.is_nan() || number <= gt)
    {
        return broken("greater_than", "greater than", "gt", gt);
    }
    Ok(())
}

fn divides(taken: &Taken, step: f64) -> bool {
    match taken {
        Taken::Int(digits) if step.fract() == 0.0 && step.abs() < 1e15 => {
            // Digit by digit, so that any size works.
            let step = step.abs() as i64;
            step == 0
                || digits
                    .bytes()
                    .filter(u8::is_ascii_digit)
                    .fold(0i64, |rest, digit| (rest * 10 + i64::from(digit - b'0')) % step)
                    == 0
        }
        _ => {
            let number = taken.float();
            let rest = number % step;
            // Half of what the last digit is worth, at least a billionth.
            let threshold = ((number.abs().next_up() - number.abs()) / 2.0).max(1e-9);
            // Said this way round, so that infinities and NaN pass.
            !(rest.abs() > threshold && (rest.abs() - step).abs() > threshold)
        }
    }
}

pub(super) fn text(input: &Py, rules: &Text) -> Result<(), Trouble> {
    let Some(text) = input.text() else {
        return Err(Trouble::plain("string_type", "Input should be a valid string", input));
    };
    let length = if rules.min.is_some() || rules.max.is_some() { text.chars().count() } else { 0 };
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    if let Some(min) = rules.min.filter(|min| length < *min) {
        let message = format!("String should have at least {min} character{}", plural(min));
        return Err(Trouble::with("string_too_short", message, input, vec![("min_length", Py::from(min))]));
    }
    if let Some(max) = rules.max.filter(|max| length > *max) {
        let message = format!("String should have at most {max} character{}", plural(max));
        return Err(Trouble::with("string_too_long", message, input, vec![("max_length", Py::from(max))]));
    }
    if let Some((pattern, compiled)) = &rules.pattern
        && compiled.as_ref().is_some_and(|regex| !regex.is_match(text))
    {
        let message = format!("String should match pattern '{pattern}'");
        let facts = vec![("pattern", Py::Str(pattern.clone()))];
        return Err(Trouble::with("string_pattern_mismatch", message, input, facts));
    }
    Ok(())
}

pub(super) fn uuid(input: &Py, version: Option<usize>) -> Result<(), Trouble> {
    let Some(text) = input.text() else {
        return Err(Trouble::plain(
            "uuid_type",
            "UUID input should be a string, bytes or UUID object",
            input,
        ));
    };
    match uuid::Uuid::parse_str(text) {
        Err(error) => {
            let error = error.to_string();
            let message = format!("Input should be a valid UUID, {error}");
            Err(Trouble::with("uuid_parsing", message, input, vec![("error", Py::Str(error))]))
        }
        Ok(found) => match version.filter(|version| found.get_version_num() != *version) {
            None => Ok(()),
            Some(version) => {
                let message = format!("UUID version {version} expected");
                let facts = vec![("expected_version", Py::from(version))];
                Err(Trouble::with("uuid_version", message, input, facts))
            }
        },
    }
}

pub(super) fn bytes(input: &Py, (min, max): (Option<usize>, Option<usize>)) -> Result<(), Trouble> {
    let length = match input {
        Py::Str(text) => text.len(),
        Py::Bytes(bytes) => bytes.len(),
        _ => return Err(Trouble::plain("bytes_type", "Input should be a valid bytes", input)),
    };
    let plural = |n: usize| if n == 1 { "" } else { "s" };
    if let Some(min) = min.filter(|min| length < *min) {
        let message = format!("Data should have at least {min} byte{}", plural(min));
        return Err(Trouble::with("bytes_too_short", message, input, vec![("min_length", Py::from(min))]));
    }
    if let Some(max) = max.filter(|max| length > *max) {
        let message = format!("Data should have at most {max} byte{}", plural(max));
        return Err(Trouble::with("bytes_too_long", message, input, vec![("max_length", Py::from(max))]));
    }
    Ok(())
}

pub(super) fn path(input: &Py) -> Result<(), Trouble> {
    let message = "Input is not a valid path for <class 'pathlib.Path'>";
    if input.text().is_some() { Ok(()) } else { Err(Trouble::plain("path_type", message, input)) }
}

/// A text for a file of a form.
pub(super) fn not_a_file(input: &Py) -> Trouble {
    let message = "Value error, Expected UploadFile, received: <class 'str'>".to_owned();
    Trouble::with("value_error", message, input, vec![("error", Py::Dict(Vec::new()))])
}

pub(super) fn any_ip(input: &Py) -> Result<(), Trouble> {
    if ip(input, false).is_ok() || ip(input, true).is_ok() {
        return Ok(());
    }
    Err(Trouble::plain("ip_any_address", "value is not a valid IPv4 or IPv6 address", input))
}

/// A URL of any scheme, or of HTTP only; `max`: its longest text.
pub(super) fn url(input: &Py, http: bool, max: Option<usize>) -> Result<(), Trouble> {
    let Some(text) = input.text() else {
        return Err(Trouble::plain("url_type", "URL input should be a string or URL", input));
    };
    if let Some(max) = max.filter(|max| text.chars().count() > *max) {
        let message = format!("URL should have at most {max} characters");
        return Err(Trouble::with("url_too_long", message, input, vec![("max_length", Py::from(max))]));
    }
    let failed = |error: String| {
        let message = format!("Input should be a valid URL, {error}");
        Err(Trouble::with("url_parsing", message, input, vec![("error", Py::Str(error))]))
    };
    if text.is_empty() {
        return failed("input is empty".to_owned());
    }
    match url::Url::parse(text) {
        Err(error) => failed(error.to_string()),
        Ok(url) if http && !["http", "https"].contains(&url.scheme()) => Err(Trouble::with(
            "url_scheme",
            "URL scheme should be 'http' or 'https'".to_owned(),
            input,
            vec![("expected_schemes", Py::from("'http' or 'https'"))],
        )),
        Ok(_) => Ok(()),
    }
}

pub(super) fn ip(input: &Py, v6: bool) -> Result<(), Trouble> {
    let fits = match input {
        Py::Str(text) if v6 => {
            let (address, zone) = text.split_once('%').map_or((text.as_str(), None), |(a, z)| (a, Some(z)));
            address.parse::<Ipv6Addr>().is_ok() && zone.is_none_or(|z| !z.is_empty() && !z.contains('%'))
        }
        Py::Str(text) => text.parse::<Ipv4Addr>().is_ok(),
        Py::Int(digits) => match digits.parse::<u128>() {
            Ok(number) => v6 || number <= u128::from(u32::MAX),
            Err(_) => false,
        },
        Py::Bool(_) => true,
        Py::Bytes(bytes) => bytes.len() == if v6 { 16 } else { 4 },
        _ => false,
    };
    let (kind, message) = if v6 {
        ("ip_v6_address", "Input is not a valid IPv6 address")
    } else {
        ("ip_v4_address", "Input is not a valid IPv4 address")
    };
    if fits { Ok(()) } else { Err(Trouble::plain(kind, message, input)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked of pydantic 2.14.
    #[test]
    fn integers_are_read_from_texts_as_by_pydantic() {
        for (text, read) in [
            ("+4", Some("4")),
            (" 4 ", Some("4")),
            ("1_0", Some("10")),
            ("007", Some("7")),
            ("-1.00", Some("-1")),
            ("1_0.0", Some("10")),
            ("-0", Some("0")),
            ("+-4", None),
            ("1__0", None),
            ("_1", None),
            ("1.", None),
            ("1e3", None),
            ("", None),
            ("٣", None),
            ("1.0.0", None),
        ] {
            assert_eq!(int_text(text).as_deref(), read, "{text}");
        }
    }

    fn kind<T>(found: Result<T, Trouble>) -> &'static str {
        found.map_or_else(|t| t.kind, |_| "ok")
    }

    #[test]
    fn numbers_are_taken_and_refused_as_by_pydantic() {
        assert_eq!(kind(int(&Py::Float(2.0))), "ok");
        assert_eq!(kind(int(&Py::Float(1.5))), "int_from_float");
        assert_eq!(kind(int(&Py::Float(1e20))), "int_parsing_size");
        assert_eq!(kind(int(&Py::Float(f64::NAN))), "finite_number");
        assert_eq!(kind(int(&Py::None)), "int_type");
        assert_eq!(kind(int(&Py::Str("9".repeat(4301)))), "int_parsing_size");
        assert_eq!(kind(float(&Py::from("1_0.5"))), "ok");
        assert_eq!(kind(float(&Py::from("1e400"))), "ok");
        assert_eq!(kind(float(&Py::from("0x1"))), "float_parsing");
        assert_eq!(kind(float(&Py::Int("9".repeat(400)))), "float_type");
        assert_eq!(kind(decimal(&Py::from("_1"))), "ok");
        assert_eq!(kind(decimal(&Py::from("sNaN"))), "finite_number");
        assert_eq!(kind(decimal(&Py::Bool(true))), "decimal_type");
        assert_eq!(kind(boolean(&Py::from("TRUE"))), "ok");
        assert_eq!(kind(boolean(&Py::from(" true"))), "bool_parsing");
        assert_eq!(kind(boolean(&Py::Float(2.0))), "bool_parsing");
        assert_eq!(kind(boolean(&Py::Float(0.5))), "bool_type");
    }

    #[test]
    fn multiples_of_any_size_are_found() {
        assert!(divides(&Taken::Int("100000000000000000000000000000005".into()), 5.0));
        assert!(!divides(&Taken::Int("-99999999999999999999999".into()), 5.0));
        assert!(divides(&Taken::Float(0.3), 0.1));
        assert!(!divides(&Taken::Float(0.01), 0.5));
    }
}
