//! What a simple type allows, in words. Must not know any type.

use crate::schema::model::{Base, Facets, Schema, Simple, Type, WhiteSpace};

/// So many codes are shown of a list that is longer than twice that, unless all are asked for.
const SOME_CODES: usize = 12;

/// The name of a value's type and what it allows, such as `Max35Text: text, 1 to 35 characters`.
pub(super) fn facts(schema: &Schema, type_name: &str, all_codes: bool) -> String {
    let said = allowed(schema, type_name, all_codes);
    // A built-in type's name has a prefix, and says less than its words.
    if type_name.contains(':') { said } else { format!("{type_name}: {said}") }
}

fn allowed(schema: &Schema, type_name: &str, all_codes: bool) -> String {
    match schema.types.get(type_name) {
        Some(Type::Simple(simple)) => words(simple, all_codes),
        Some(Type::SimpleContent { base, attributes }) => {
            let attributes = attributes.iter().map(|attribute| {
                let need = if attribute.required { "required" } else { "optional" };
                format!("; attribute {} ({need}): {}", attribute.name, allowed(schema, &attribute.type_name, all_codes))
            });
            allowed(schema, base, all_codes) + &attributes.collect::<String>()
        }
        Some(Type::Complex(_)) | None => String::new(),
    }
}

fn words(Simple { base, facets }: &Simple, all_codes: bool) -> String {
    let Facets {
        min_length,
        max_length,
        patterns,
        enumeration,
        total_digits,
        fraction_digits,
        min_inclusive,
        max_inclusive,
        min_exclusive,
        max_exclusive,
        white_space,
    } = facets;
    let mut parts = Vec::new();
    if enumeration.is_empty() {
        parts.push(kind(*base).to_owned());
    } else {
        parts.push(codes(enumeration, all_codes));
    }
    let unit = if *base == Base::Base64Binary { "bytes" } else { "characters" };
    match (min_length, max_length) {
        (Some(min), Some(max)) if min == max => parts.push(format!("{min} {unit}")),
        (Some(min), Some(max)) => parts.push(format!("{min} to {max} {unit}")),
        (Some(min), None) => parts.push(format!("at least {min} {unit}")),
        (None, Some(max)) => parts.push(format!("at most {max} {unit}")),
        (None, None) => {}
    }
    match (total_digits, fraction_digits) {
        (Some(total), Some(fraction)) => {
            parts.push(format!("at most {total} digits, {fraction} of them behind the point"))
        }
        (Some(total), None) => parts.push(format!("at most {total} digits")),
        (None, Some(fraction)) => parts.push(format!("at most {fraction} digits behind the point")),
        (None, None) => {}
    }
    let bounds = [
        ("at least", min_inclusive),
        ("more than", min_exclusive),
        ("at most", max_inclusive),
        ("less than", max_exclusive),
    ];
    parts.extend(bounds.into_iter().filter_map(|(words, bound)| Some(format!("{words} {}", bound.as_ref()?))));
    match white_space {
        WhiteSpace::Preserve => {}
        WhiteSpace::Replace => parts.push("tabs and line ends taken as blanks".to_owned()),
        WhiteSpace::Collapse => parts.push("runs of white space taken as one blank".to_owned()),
    }
    parts.extend(patterns.iter().map(|pattern| format!("pattern {pattern}")));
    parts.join(", ")
}

fn codes(all: &[String], all_codes: bool) -> String {
    if all_codes || all.len() <= 2 * SOME_CODES {
        return all.join(" | ");
    }
    let some = all[..SOME_CODES].join(" | ");
    format!("{some} … ({} codes; --path shows all)", all.len())
}

fn kind(base: Base) -> &'static str {
    match base {
        Base::String => "text",
        Base::Decimal => "number",
        Base::Boolean => "true or false",
        Base::Date => "date",
        Base::DateTime => "date and time",
        Base::Time => "time",
        Base::GYear => "year",
        Base::GYearMonth => "year and month",
        Base::Base64Binary => "base64",
    }
}
