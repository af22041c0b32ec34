//! Holds the house in order: which module may know which, where `unsafe` may stand, what the pure modules must not do, and
//! what no tracked file may say. Each check is a function from a file to its offences, so that it is shown here, on a few
//! bad lines, to be able to fail.

#[path = "tidy/source.rs"]
mod source;

use std::path::{Path, PathBuf};

use source::{code_only, without_tests};

/// The modules in the order a message travels, and which others each may know.
const LAYERS: &[(&str, &[&str])] = &[
    ("finding", &[]),
    ("partner", &["value"]),
    ("value", &[]),
    ("xml", &["finding"]),
    ("schema", &["finding", "xml"]),
    ("generate", &["finding", "value", "xml", "schema"]),
    ("message", &["finding", "xml", "schema"]),
    ("rules", &["finding", "partner", "value", "xml", "schema", "message"]),
    ("transfer", &["finding", "value", "xml", "schema", "message", "rules"]),
    ("reply", &["finding", "partner", "value", "xml", "schema", "message", "rules"]),
    ("fall", &[]),
    ("telemetry", &["finding", "schema"]),
    ("broker", &["telemetry", "fall"]),
    ("bench", &["finding", "partner", "xml", "schema", "message", "rules", "transfer", "reply", "pipeline"]),
    ("store", &["finding", "partner", "fall", "broker", "schema", "message", "rules", "transfer"]),
];

/// The modules that do no input or output, start no task and read no clock.
const PURE: &[&str] =
    &["finding", "partner", "value", "xml", "schema", "generate", "message", "rules", "transfer", "reply"];

/// What a pure module must not name, and what to do instead.
const BANNED_FROM_PURE: &[(&str, &str)] = &[
    ("std::fs", "take bytes"),
    ("std::net", "take bytes"),
    ("std::io", "take and give bytes or strings"),
    ("std::env", "take the setting as a parameter"),
    ("std::process", "return a value"),
    ("std::thread", "leave threads to the pipeline"),
    ("thread::spawn", "leave threads to the pipeline"),
    ("Instant", "take the time as a parameter"),
    ("SystemTime", "take the time as a parameter"),
    ("Utc::now", "take the time as a parameter"),
    ("Local::now", "take the time as a parameter"),
    ("tokio", "leave tasks to the pipeline"),
    ("tracing", "return findings"),
    ("rusqlite", "leave storage to the store"),
    ("rdkafka", "leave messages to the broker"),
    ("println!", "return a string"),
    ("print!", "return a string"),
    ("eprintln!", "return a finding or an error"),
    ("dbg!", "remove it"),
];

/// Floats have no place where amounts are handled: everywhere but the command line and the benchmark.
const FLOATS: &[&str] = &["f32", "f64"];

/// The keys of log lines, beside timestamp, level, target and message. Programs read them: one is added, none gets another name,
/// and none holds what a message says of anybody.
const LOG_KEYS: &[&str] = &[
    "accepted",
    "address",
    "before",
    "cluster",
    "committed",
    "epoch",
    "files",
    "folder",
    "from",
    "group",
    "held",
    "inputs",
    "lane",
    "next",
    "now",
    "origin",
    "position",
    "published",
    "rejected",
    "repeated",
    "replies",
    "seconds",
    "seq",
    "sessions",
    "set_aside",
    "since",
    "source",
    "spans",
    "to",
    "topic",
    "transfers",
    "verdict",
    "waiting",
    "worker",
];

/// No source file is longer.
const MOST_LINES: usize = 700;

/// The hosts that addresses in tracked files may name.
const KNOWN_HOSTS: &[&str] = &[
    "github.com",
    "www.w3.org",
    "apache.org",
    "www.apache.org",
    "kafka.apache.org",
    "maven.apache.org",
    "doc.rust-lang.org",
    "json-schema.org",
    "docs.rs",
    "rustup.rs",
    "sh.rustup.rs",
    "www.iso20022.org",
    "www.bcb.gov.br",
    "localhost",
];

/// A file of the repository: its path with `/` between the parts, and its text.
struct File {
    path: String,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every tracked file that is text. Without git, every file outside of the build folder.
fn files() -> Vec<File> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let paths: Vec<String> = match listed {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
        }
        _ => walk(&root()),
    };
    let read = |path: String| std::fs::read_to_string(root().join(&path)).ok().map(|text| File { path, text });
    let files: Vec<File> = paths.into_iter().filter_map(read).collect();
    assert!(files.iter().any(|file| file.path == "src/lib.rs"), "the list of files is wrong");
    files
}

fn walk(folder: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if name == ".git" || name == "target" {
            continue;
        }
        if path.is_dir() {
            out.extend(walk(&path));
        } else if let Ok(relative) = path.strip_prefix(root()) {
            out.push(relative.to_string_lossy().replace('\\', "/"));
        }
    }
    out
}

/// The top module that a source file belongs to, such as `xml` for `src/xml/scan/plain.rs`.
fn module(path: &str) -> Option<&str> {
    path.strip_prefix("src/")?.split('/').next().map(|name| name.trim_end_matches(".rs"))
}

/// Whether the word stands in the code by itself.
fn names(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(part) && (word.ends_with('!') || !after.is_some_and(part))
    })
}

/// The top modules that a piece of code names by `crate::…`, braces included.
fn known(code: &str) -> Vec<String> {
    let dense: String = code.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ::", "::").replace(":: ", "::");
    let mut out = Vec::new();
    for (at, start) in dense.match_indices("crate::") {
        let rest = dense[at + start.len()..].trim_start();
        match rest.strip_prefix('{') {
            Some(list) => out.extend(first_names(list)),
            None => out.push(identifier(rest)),
        }
    }
    out
}

/// The first name of each path in a brace list that has been entered.
fn first_names(list: &str) -> Vec<String> {
    let mut depth = 0;
    let mut out = vec![identifier(list)];
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => out.push(identifier(&list[at + 1..])),
            _ => {}
        }
    }
    out.retain(|name| !name.is_empty());
    out
}

fn identifier(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn check_layers(file: &File) -> Vec<String> {
    let Some((name, may)) = module(&file.path).and_then(|name| LAYERS.iter().find(|(layer, _)| *layer == name)) else {
        return Vec::new();
    };
    let code = without_tests(&file.path, &code_only(&file.text));
    let mut out: Vec<String> = known(&code)
        .into_iter()
        .filter(|other| other != name && !may.contains(&other.as_str()))
        .map(|other| format!("{}: {name} must not know {other}", file.path))
        .collect();
    let depth = file.path.split('/').count() - 1 - usize::from(file.path.ends_with("/mod.rs"));
    if code.contains(&"super::".repeat(depth.max(1))) && depth > 0 {
        out.push(format!("{}: climbs out of {name} by super", file.path));
    }
    out
}

fn check_purity(file: &File) -> Vec<String> {
    let Some(name) = module(&file.path) else { return Vec::new() };
    let code = without_tests(&file.path, &code_only(&file.text));
    let banned = BANNED_FROM_PURE.iter().filter(|_| PURE.contains(&name));
    let mut out: Vec<String> = banned
        .filter(|(word, _)| names(&code, word))
        .map(|(word, instead)| format!("{}: {word} in a pure module; {instead}", file.path))
        .collect();
    let money = !["cli", "main", "bench"].contains(&name);
    out.extend(FLOATS.iter().filter(|word| money && names(&code, word)).map(|word| format!("{}: {word}", file.path)));
    out
}

fn check_unsafe(file: &File) -> Vec<String> {
    if !file.path.ends_with(".rs") {
        return Vec::new();
    }
    let kernel = file.path.starts_with("src/xml/scan");
    let code = code_only(&file.text);
    if !kernel {
        let words = ["unsafe", "allow(unsafe_code)"];
        let out = words.iter().filter(|word| names(&code, word) || code.contains("allow(unsafe_code)"));
        return out.map(|word| format!("{}: {word} outside of the scanning kernels", file.path)).take(1).collect();
    }
    let lines: Vec<&str> = file.text.lines().collect();
    let argued = |at: usize| {
        let reason = |line: &&str| line.contains("SAFETY") || line.contains("# Safety");
        lines[at.saturating_sub(12)..=at].iter().any(reason)
    };
    // The methods of a trait's implementation keep the contract that stands in the trait.
    let implements = |at: usize| {
        let opens = |line: &&&str| line.starts_with(|c: char| c.is_alphabetic());
        lines[..at]
            .iter()
            .rev()
            .find(opens)
            .is_some_and(|line| line.trim_start_matches("unsafe ").starts_with("impl") && line.contains(" for "))
    };
    let needs = |at: usize, line: &str| names(line, "unsafe") && !(line.contains("unsafe fn") && implements(at));
    code.lines()
        .enumerate()
        .filter(|(at, line)| needs(*at, line) && !argued(*at))
        .map(|(at, _)| format!("{}:{}: unsafe without its safety argument", file.path, at + 1))
        .collect()
}

fn check_length(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    let too_long = file.path.ends_with(".rs") && lines > MOST_LINES;
    too_long.then(|| format!("{}: {lines} lines, at most {MOST_LINES}", file.path)).into_iter().collect()
}

fn check_log_keys(file: &File) -> Vec<String> {
    if !file.path.starts_with("src/") {
        return Vec::new();
    }
    let code = without_tests(&file.path, &code_only(&file.text));
    let lines = ["error!(", "warn!(", "info!(", "debug!("]
        .into_iter()
        .flat_map(|call| code.match_indices(call).map(|(at, call)| &code[at + call.len()..]).collect::<Vec<_>>());
    // The message is blanked here; what stands after it goes into its text.
    let keys = lines.flat_map(|rest| arguments(rest).into_iter().take_while(|part| !part.is_empty()));
    let key = |part: String| part.split('=').next().unwrap_or_default().trim_matches([' ', '%', '?']).to_owned();
    let odd = keys.map(key).filter(|key| !LOG_KEYS.contains(&key.as_str()));
    odd.map(|key| format!("{}: {key} is no key of a log line", file.path)).collect()
}

/// The arguments of a call that has been entered.
fn arguments(code: &str) -> Vec<String> {
    let (mut depth, mut all) = (0, vec![String::new()]);
    for c in code.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        match (c, all.last_mut()) {
            (',', _) if depth == 0 => all.push(String::new()),
            (_, Some(last)) => last.push(c),
            _ => {}
        }
    }
    all.iter().map(|part| part.trim().to_owned()).collect()
}

fn check_words(file: &File) -> Vec<String> {
    // Put together, so that this file does not offend itself.
    let unfinished = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("HA", "CK:")];
    let places = [
        concat!("/wo", "rk/"),
        concat!("/t", "mp/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
    ];
    let mut out = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let at = format!("{}:{}", file.path, number + 1);
        out.extend(unfinished.iter().filter(|word| names(line, word)).map(|word| format!("{at}: {word}")));
        out.extend(
            places.iter().filter(|place| line.contains(*place)).map(|place| format!("{at}: machine path {place}")),
        );
        // Names that end in .example are reserved: they are nobody's.
        let known = |host: &String| KNOWN_HOSTS.contains(&host.as_str()) || host.ends_with(".example");
        let unknown = hosts(line).into_iter().filter(|host| !known(host));
        out.extend(unknown.map(|host| format!("{at}: address of an unknown host {host}")));
    }
    out
}

/// The hosts of the addresses in a line, without port and user.
fn hosts(line: &str) -> Vec<String> {
    let end = |c: char| !(c.is_alphanumeric() || c == '.' || c == '-' || c == '@' || c == '_');
    line.match_indices("://")
        .filter(|(at, _)| line[..*at].ends_with("http") || line[..*at].ends_with("https"))
        .map(|(at, mark)| &line[at + mark.len()..])
        .map(|rest| &rest[..rest.find(end).unwrap_or(rest.len())])
        .map(|host| host.rsplit('@').next().unwrap_or(host).to_owned())
        .collect()
}

#[track_caller]
fn hold(check: fn(&File) -> Vec<String>) {
    let offences: Vec<String> = files().iter().flat_map(check).collect();
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

#[test]
fn modules_know_only_what_lies_before_them() {
    hold(check_layers);
}

#[test]
fn pure_modules_are_pure() {
    hold(check_purity);
}

#[test]
fn unsafe_stays_in_the_scanning_kernels() {
    hold(check_unsafe);
}

#[test]
fn log_lines_have_keys_that_stay() {
    hold(check_log_keys);
}

#[test]
fn files_are_short() {
    hold(check_length);
}

#[test]
fn tracked_files_are_finished_and_name_no_machine() {
    hold(check_words);
}

#[test]
fn every_module_of_the_library_has_its_place() {
    let lib = files().into_iter().find(|file| file.path == "src/lib.rs").map(|file| file.text).unwrap_or_default();
    let declared: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")).map(|rest| rest.trim_end_matches(';')).collect();
    let placed = |name: &str| LAYERS.iter().any(|(layer, _)| *layer == name) || ["pipeline", "cli"].contains(&name);
    assert!(declared.len() > 8, "{declared:?}");
    for name in declared {
        assert!(placed(name), "{name} has no place in the layers");
    }
}

mod able_to_fail {
    use super::*;

    #[track_caller]
    fn offends(check: fn(&File) -> Vec<String>, path: &str, text: &str, expected: bool) {
        let file = File { path: path.to_owned(), text: text.to_owned() };
        assert_eq!(!check(&file).is_empty(), expected, "{path}: {text:?}: {:?}", check(&file));
    }

    #[test]
    fn layers() {
        for (path, text, expected) in [
            ("src/xml/token.rs", "use crate::finding::Rule;", false),
            ("src/xml/token.rs", "use crate::xml::Limits;", false),
            ("src/xml/token.rs", "use crate::schema::MessageId;", true),
            ("src/xml/token.rs", "use crate::{finding::Rule, schema};", true),
            ("src/xml/token.rs", "use crate::{finding::{Rule, Place}};", false),
            ("src/xml/token.rs", "fn f() -> crate::reply::Reply { x }", true),
            ("src/xml/token.rs", "// use crate::reply::Reply;", false),
            ("src/xml/token.rs", "use super::super::reply;", true),
            ("src/xml/scan/plain.rs", "use super::super::limits;", false),
            ("src/xml/mod.rs", "use super::reply;", true),
            ("src/xml/token.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n use crate::reply::Reply;\n}", false),
            ("src/broker/kafka.rs", "use crate::store::Store;", true),
            ("src/store/mod.rs", "use crate::pipeline::Raw;", true),
            ("src/pipeline/worker.rs", "use crate::store::Store;", false),
        ] {
            offends(check_layers, path, text, expected);
        }
    }

    #[test]
    fn purity() {
        for (path, text, expected) in [
            ("src/rules/iban.rs", "let now = chrono::Utc::now();", true),
            ("src/rules/iban.rs", "use std::time::Instant;", true),
            ("src/rules/iban.rs", "use std::fs;", true),
            ("src/reply/mod.rs", "println!(\"x\");", true),
            ("src/reply/mod.rs", "let s = \"println! std::fs\";", false),
            ("src/reply/mod.rs", "/// Not `Utc::now`.\nfn f() {}", false),
            ("src/transfer/amount.rs", "fn f(x: f64) {}", true),
            ("src/store/sqlite.rs", "fn f(x: f64) {}", true),
            ("src/store/sqlite.rs", "use std::fs;", false),
            ("src/cli/demo.rs", "let seconds: f64 = 1.0;", false),
            ("src/xml/mod.rs", "struct Instantly; let f64_like = 1;", false),
        ] {
            offends(check_purity, path, text, expected);
        }
    }

    #[test]
    fn log_keys() {
        for (path, text, expected) in [
            ("src/cli/run.rs", "info!(seconds = bound(1, 2), waiting, \"text\", other)", false),
            ("src/cli/run.rs", "warn!(%source, ?since, \"text\")", false),
            ("src/cli/run.rs", "error!(\"{name}\")", false),
            ("src/cli/run.rs", "warn!(%name, \"text\")", true),
            ("src/cli/run.rs", "debug!(\n    seconds = 1,\n    iban = 2,\n    \"text\"\n);", true),
            ("tests/x.rs", "info!(name, \"text\")", false),
        ] {
            offends(check_log_keys, path, text, expected);
        }
    }

    #[test]
    fn fence() {
        for (path, text, expected) in [
            ("src/reply/mod.rs", "unsafe { x() }", true),
            ("src/reply/mod.rs", "#![allow(unsafe_code)]", true),
            ("src/reply/mod.rs", "// unsafe is elsewhere\nlet s = \"unsafe\";", false),
            ("tests/x.rs", "unsafe { x() }", true),
            ("src/xml/scan/x86.rs", "#![allow(unsafe_code)]", false),
            ("src/xml/scan/x86.rs", "fn f() { unsafe { x() } }", true),
            ("src/xml/scan/x86.rs", "// SAFETY: the slice is long enough.\nunsafe { x() }", false),
            ("src/xml/scan/x86.rs", "/// # Safety\n/// AVX2 is there.\nunsafe fn f() {}", false),
            ("src/xml/scan/x86.rs", "unsafe fn f() {}", true),
            ("src/xml/scan/x86.rs", "impl Kernel for Sse2 {\n    unsafe fn f() {}\n}", false),
            ("src/xml/scan/x86.rs", "impl Kernel for Sse2 {\n    fn f() { unsafe { x() } }\n}", true),
        ] {
            offends(check_unsafe, path, text, expected);
        }
    }

    #[test]
    fn length() {
        offends(check_length, "src/a.rs", &"x\n".repeat(MOST_LINES), false);
        offends(check_length, "src/a.rs", &"x\n".repeat(MOST_LINES + 1), true);
        offends(check_length, "schemas/a.xsd", &"x\n".repeat(MOST_LINES + 1), false);
    }

    #[test]
    fn words() {
        let glue = |a: &str, b: &str| format!("{a}{b}");
        for (text, expected) in [
            (glue("// TO", "DO: later"), true),
            (glue("// FIX", "ME"), true),
            (glue("see /wo", "rk/main"), true),
            (glue("cp x /t", "mp/y"), true),
            ("METHODOLOGY".to_owned(), false),
            ("see https://github.com/x/y".to_owned(), false),
            (glue("index = https", "://mirror.example.net/simple"), true),
            (glue("http", "://user@10.1.2.3:8080/x"), true),
            ("https://scheme.example/pacs".to_owned(), false),
            ("urn:iso:std:iso:20022".to_owned(), false),
        ] {
            offends(check_words, "README.md", &text, expected);
        }
    }
}
