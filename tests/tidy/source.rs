//! Rust source reduced to what a check may look at: comments and texts blanked, unit tests cut off.

/// The code with comments, texts and characters blanked; lines stay where they are.
pub(crate) fn code_only(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => text(rest),
            'r' | 'b' if !out.ends_with(|c: char| c.is_alphanumeric() || c == '_') => prefixed_text(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if length == 0 {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
            rest = &rest[length..];
        }
    }
    out
}

/// The code of a file without its unit tests.
pub(crate) fn without_tests(path: &str, code: &str) -> String {
    if path.ends_with("/tests.rs") || path.contains("/tests/") {
        return String::new();
    }
    let cut =
        code.match_indices("#[cfg(test)]").find(|(at, mark)| code[at + mark.len()..].trim_start().starts_with("mod "));
    code[..cut.map_or(code.len(), |(at, _)| at)].to_owned()
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let bytes = rest.as_bytes();
    let mut at = 0;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" if depth == 1 => return at + 2,
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a text that begins with a quotation mark.
fn text(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// The length of a text such as `r#"…"#`, `b"…"` or `br"…"`; nothing when it is a name.
fn prefixed_text(rest: &str) -> usize {
    let after = rest.trim_start_matches(['b', 'r']);
    let prefix = &rest[..rest.len() - after.len()];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let opens = after[hashes..].starts_with('"') && ["r", "b", "br"].contains(&prefix);
    match (opens, prefix) {
        (false, _) => 0,
        (true, "b") if hashes == 0 => 1 + text(after),
        (true, "b") => 0,
        (true, _) => {
            let close = format!("\"{}", "#".repeat(hashes));
            let body = &after[hashes + 1..];
            prefix.len() + hashes + 1 + body.find(&close).map_or(body.len(), |at| at + close.len())
        }
    }
}

/// The length of a character; nothing when it is a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[2..].char_indices().skip(1).find(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 3),
        Some(_) => chars.next().filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1),
        None => 0,
    }
}

#[test]
fn only_code_is_left() {
    for (source, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"f("x \" y", z)"#, "f(        , z)"),
        ("f(r#\"x \" y\"#, z)", "f(          , z)"),
        ("f(b\"x\", br\"y\")", "f(    ,      )"),
        ("let c = '\"'; let d = '\\''; x", "let c =    ; let d =     ; x"),
        ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
        ("number(brr)", "number(brr)"),
    ] {
        assert_eq!(code_only(source), expected, "{source:?}");
    }
}
