//! `Literal` and `Enum`: one of a few values.

use super::python::Py;
use super::scalar::{Taken, float, int};
use super::trouble::Trouble;

/// Equality as a `Literal` and an `Enum` see it: `True` is 1, `1.0` is 1, no text is a number.
fn same(one: &Py, two: &Py) -> bool {
    let number = |value: &Py| match value {
        Py::Bool(b) => Some(f64::from(u8::from(*b))),
        Py::Int(digits) => digits.parse().ok(),
        Py::Float(float) => Some(*float),
        _ => None,
    };
    match (number(one), number(two)) {
        (Some(one), Some(two)) => (one - two).abs() < f64::EPSILON,
        _ => one == two,
    }
}

pub(super) fn literal(input: &Py, allowed: &[Py]) -> Result<(), Trouble> {
    if allowed.iter().any(|value| same(value, input)) {
        return Ok(());
    }
    // Integers are compared as such, which has an end.
    if let Py::Int(digits) = input
        && allowed.iter().any(|value| matches!(value, Py::Int(_)))
        && digits.parse::<i64>().is_err()
    {
        return Err(too_large(input));
    }
    Err(choice("literal_error", input, allowed))
}

/// A member of an `Enum` class. One of numbers takes what is such a number, texts included.
pub(super) fn member(input: &Py, allowed: &[Py]) -> Result<(), Trouble> {
    let as_text = input.text().map(Py::from);
    if allowed.iter().any(|value| same(value, as_text.as_ref().unwrap_or(input))) {
        return Ok(());
    }
    if allowed.iter().all(|value| matches!(value, Py::Int(_)))
        && let Ok(Taken::Int(digits)) = int(input)
    {
        let found = Py::Int(digits.clone());
        if digits.parse::<i64>().is_err() {
            return Err(too_large(&found));
        }
        if allowed.contains(&found) {
            return Ok(());
        }
    }
    if allowed.iter().all(|value| matches!(value, Py::Float(_)))
        && let Ok(Taken::Float(found)) = float(input)
        && allowed.iter().any(|value| same(value, &Py::Float(found)))
    {
        return Ok(());
    }
    Err(choice("enum", input, allowed))
}

fn too_large(found: &Py) -> Trouble {
    Trouble::plain(
        "int_parsing_size",
        "Unable to parse input string as an integer, exceeded maximum size",
        found,
    )
}

fn choice(kind: &'static str, input: &Py, allowed: &[Py]) -> Trouble {
    let shown: Vec<String> = allowed.iter().map(Py::repr).collect();
    let expected = match shown.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => shown.concat(),
    };
    Trouble::with(kind, format!("Input should be {expected}"), input, vec![("expected", Py::Str(expected))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(found: Result<(), Trouble>) -> &'static str {
        found.map_or_else(|t| t.kind, |()| "ok")
    }

    /// Asked of pydantic 2.14.
    #[test]
    fn choices_are_taken_and_refused_as_by_pydantic() {
        let ints = [Py::Int("1".into()), Py::Int("2".into())];
        assert_eq!(kind(literal(&Py::from("1"), &ints)), "literal_error");
        assert_eq!(kind(literal(&Py::Bool(true), &ints)), "ok");
        assert_eq!(kind(member(&Py::from(" 2 "), &ints)), "ok");
        assert_eq!(kind(member(&Py::from("9".repeat(30).as_str()), &ints)), "int_parsing_size");
        assert_eq!(member(&Py::None, &ints).unwrap_err().message, "Input should be 1 or 2");
        let texts = [Py::from("a"), Py::from("b"), Py::from("c")];
        assert_eq!(literal(&Py::None, &texts).unwrap_err().message, "Input should be 'a', 'b' or 'c'");
    }
}
