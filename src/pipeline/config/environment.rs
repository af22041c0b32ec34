//! What variables of the environment say. A variable is a text, and stays one where a text is expected: a password of digits
//! is no number. Only where something else is expected it is read as a number, a truth value, a list or a table.

use figment::Figment;
use figment::providers::Serialized;
use figment::value::{Dict, Value};

use super::Override;

/// What the names of the variables begin with.
const PREFIX: &str = "PAYFLOW__";

/// A variable that sets something, and its text.
pub(super) struct Variable {
    pub(super) given: Override,
    text: String,
}

/// Those of the variables that set something, by key.
pub(super) fn variables(all: impl IntoIterator<Item = (String, String)>) -> Vec<Variable> {
    let mut found: Vec<Variable> = all.into_iter().filter_map(variable).collect();
    found.sort_by(|a, b| a.given.key.cmp(&b.given.key));
    found
}

fn variable((name, text): (String, String)) -> Option<Variable> {
    let (prefix, rest) = name.split_at_checked(PREFIX.len())?;
    let key = rest.replace("__", ".").to_lowercase();
    let sets = prefix.eq_ignore_ascii_case(PREFIX) && key.split('.').all(|part| !part.is_empty());
    sets.then_some(Variable { given: Override { variable: name, key, line: None }, text })
}

/// What the file says, with the variables above it. A variable for a table that is there adds to it.
pub(super) fn above(file: Dict, variables: &[Variable]) -> Dict {
    let mut both = Figment::from(Serialized::defaults(file));
    for Variable { given: Override { key, .. }, text } in variables {
        let below = format!("{key}.");
        let is_table = matches!(both.find_value(key), Ok(Value::Dict(..)))
            || variables.iter().any(|other| other.given.key.starts_with(&below));
        let value = match meant(text) {
            table @ Value::Dict(..) if is_table => table,
            _ => Value::from(text.as_str()),
        };
        both = both.merge(Serialized::default(key, value));
    }
    both.extract().unwrap_or_default()
}

/// Reads a variable as something else where no text is expected. Says whether that changed anything.
pub(super) fn reread(values: &mut Dict, variables: &[Variable], path: &[String]) -> bool {
    let key = path.join(".");
    let Some(variable) = variables.iter().find(|variable| variable.given.key == key) else { return false };
    let Some((first, way)) = path.split_first() else { return false };
    let here = way.iter().try_fold(values.get_mut(first), |here, part| match here {
        Some(Value::Dict(_, dict)) => Some(dict.get_mut(part)),
        _ => None,
    });
    match (here.flatten(), meant(&variable.text)) {
        (_, Value::String(..)) => false,
        (Some(here @ Value::String(..)), value) => {
            *here = value;
            true
        }
        _ => false,
    }
}

/// What a text is when it need not be one.
fn meant(text: &str) -> Value {
    let Ok(value) = text.parse();
    value
}
