//! `payflow schema show`: a message as a tree that people read. Must not know any message.

use std::io::Write;

use anyhow::{Context, Result, bail};

use super::facts::facts;
use crate::cli::style::Style;
use crate::schema::catalogue;
use crate::schema::model::{Particle, Process, Schema, Term, Type};
use crate::schema::names;

const EXAMPLES: &str = "\
Examples:
  payflow schema show pacs.008.001.08
  payflow schema show pacs.008 --depth 9 | less
  payflow schema show pacs.008 --path Document/FIToFICstmrCdtTrf/CdtTrfTxInf/Dbtr
  payflow schema show camt.053.001.08 --path Document/BkToCstmrStmt/Stmt/Bal/Amt

A line is an element: its tag, how often it may occur, its full name, its type, and what the type allows.";

/// Show what is in a message: its elements as a tree.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The message, such as pacs.008.001.08; pacs.008 is its latest version.
    #[arg(value_name = "ID")]
    message: String,
    /// How many levels below the first element are shown.
    #[arg(long, value_name = "LEVELS", default_value_t = 3)]
    depth: usize,
    /// Show this element and what is in it, as findings name it: from the root, with or without indexes.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
}

/// Shows a message, or a part of it.
pub(super) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<()> {
    let message = super::named(catalogue::embedded(), &arguments.message)?;
    let schema = super::schema(message)?;
    let (path, first) = find(&schema, arguments.path.as_deref().unwrap_or_default())?;
    let mut outline = Outline { schema: &schema, deepest: arguments.depth, hidden: false, rows: Vec::new() };
    outline.element(0, 0, &first);
    let style = Style::of_stdout();
    let name = catalogue::embedded().name(message).unwrap_or_default();
    writeln!(out, "{} {name}\n{}\n", style.strong(&message.to_string()), style.dim(&schema.namespace))?;
    if path.contains('/') {
        writeln!(out, "{}", style.dim(&path))?;
    }
    let width = terminal_size::terminal_size().map_or(PIPED_WIDTH, |(width, _)| usize::from(width.0));
    out.write_all(lines(&outline.rows, width, style).as_bytes())?;
    if outline.hidden {
        let more = format!("--depth {} shows another level, --path an element of your choice", arguments.depth + 1);
        writeln!(out, "\n{}", style.dim(&more))?;
    }
    Ok(())
}

/// The width where there is no terminal.
const PIPED_WIDTH: usize = 120;
/// What a type allows is not squeezed into less.
const LEAST_FACTS: usize = 36;

/// An element as its parent declares it.
struct Declared<'s> {
    tag: &'s str,
    type_name: &'s str,
    occurs: String,
}

/// A line of the tree.
struct Row {
    indent: usize,
    tag: String,
    occurs: String,
    name: &'static str,
    facts: String,
}

/// The element that a path names, and the path without indexes. The root where the path is empty.
fn find<'s>(schema: &'s Schema, path: &str) -> Result<(String, Declared<'s>)> {
    let mut steps =
        path.split('/').map(|step| step.split_once('[').map_or(step, |(tag, _)| tag)).filter(|s| !s.is_empty());
    let (root, type_name) = schema.elements.first().context("the schema has no root element")?;
    let mut found = Declared { tag: root, type_name, occurs: occurs(1, Some(1)) };
    let mut walked = root.clone();
    match steps.next() {
        Some(step) if step != root => bail!("a path begins with the root element, here {root}; found {step}"),
        _ => {}
    }
    for step in steps {
        let children = children(schema, found.type_name);
        let tags = children.iter().map(|child| child.tag).collect::<Vec<_>>().join(", ");
        found = match children.into_iter().find(|child| child.tag == step) {
            Some(child) => child,
            None if tags.is_empty() => bail!("there is nothing in {walked}: it holds a value"),
            None => bail!("there is no {step} in {walked}; it holds {tags}"),
        };
        walked = format!("{walked}/{step}");
    }
    Ok((walked, found))
}

fn children<'s>(schema: &'s Schema, type_name: &str) -> Vec<Declared<'s>> {
    let mut out = Vec::new();
    if let Some(Type::Complex(content)) = schema.types.get(type_name) {
        declared(content, &mut out);
    }
    out
}

fn declared<'s>(particle: &'s Particle, out: &mut Vec<Declared<'s>>) {
    match &particle.term {
        Term::Element { name: tag, type_name } => {
            out.push(Declared { tag, type_name, occurs: occurs(particle.min, particle.max) });
        }
        Term::Sequence(items) | Term::Choice(items) => items.iter().for_each(|item| declared(item, out)),
        Term::Any { .. } => {}
    }
}

fn occurs(min: u32, max: Option<u32>) -> String {
    let max = max.map_or("*".to_owned(), |max| max.to_string());
    format!("[{min}..{max}]")
}

/// The lines of a message's tree.
struct Outline<'s> {
    schema: &'s Schema,
    /// No element is shown that is this many levels below the first.
    deepest: usize,
    /// Whether there are elements that are not shown.
    hidden: bool,
    rows: Vec<Row>,
}

impl Outline<'_> {
    fn element(&mut self, level: usize, indent: usize, element: &Declared<'_>) {
        let Declared { tag, type_name, occurs } = element;
        let content = match self.schema.types.get(*type_name) {
            Some(Type::Complex(content)) => Some(content),
            _ => None,
        };
        let shown = level < self.deepest;
        let facts = match content {
            None => facts(self.schema, type_name, level == 0),
            Some(content) => {
                let choice = matches!(content.term, Term::Choice(_));
                let number = children(self.schema, type_name).len();
                match (choice, shown) {
                    (true, true) => format!("{type_name}: one of"),
                    (true, false) => format!("{type_name}: one of {number} elements"),
                    (false, true) => (*type_name).to_owned(),
                    (false, false) if number == 1 => format!("{type_name}: 1 element"),
                    (false, false) => format!("{type_name}: {number} elements"),
                }
            }
        };
        let name = names::full_name(tag).unwrap_or_default();
        self.rows.push(Row { indent, tag: (*tag).to_owned(), occurs: occurs.clone(), name, facts });
        match content.map(|content| &content.term) {
            Some(Term::Sequence(items) | Term::Choice(items)) if shown => {
                items.iter().for_each(|item| self.item(level + 1, indent + 1, item));
            }
            Some(_) => self.hidden = true,
            None => {}
        }
    }

    fn item(&mut self, level: usize, indent: usize, Particle { term, min, max }: &Particle) {
        let occurs = occurs(*min, *max);
        let mut row = |tag: &str, facts: String| {
            self.rows.push(Row { indent, tag: tag.to_owned(), occurs: occurs.clone(), name: "", facts });
        };
        let items = match term {
            Term::Element { name: tag, type_name } => {
                return self.element(level, indent, &Declared { tag, type_name, occurs });
            }
            Term::Any { namespace, process } => {
                let process = match process {
                    Process::Lax => "checked where its schema is known",
                    Process::Skip => "not checked, but well-formed",
                    Process::Strict => "checked by its schema",
                };
                let namespace = namespace.as_ref().map(|name| format!("of {name}, ")).unwrap_or_default();
                return row("(any element)", format!("{namespace}{process}"));
            }
            Term::Choice(items) => {
                row("(one of)", String::new());
                items
            }
            Term::Sequence(items) => {
                row("(in this order)", String::new());
                items
            }
        };
        items.iter().for_each(|item| self.item(level, indent + 1, item));
    }
}

/// The rows in columns: tag, occurrence, full name, and what the type allows; on a narrow terminal the last two run on.
fn lines(rows: &[Row], width: usize, style: Style) -> String {
    let widest = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let tags = widest(&|row| 2 * row.indent + row.tag.len());
    let occurrences = widest(&|row| row.occurs.len());
    let names = widest(&|row| row.name.len());
    let left = tags + occurrences + 4;
    let columns = left + names + 2 + LEAST_FACTS <= width;
    let mut out = String::new();
    for row in rows {
        let tag = format!("{:indent$}{}", "", row.tag, indent = 2 * row.indent);
        let name_width = if columns { names } else { row.name.len() };
        let name = if name_width == 0 { String::new() } else { format!("{:name_width$}  ", row.name) };
        let hanging = if columns { left + names + 2 } else { left + 2 };
        let facts = wrapped(&row.facts, left + name.len(), hanging, width);
        let line = format!(
            "{}  {:occurrences$}  {name}{}",
            style.strong(&format!("{tag:tags$}")),
            row.occurs,
            style.dim(&facts)
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A text broken at its blanks: the first line begins at a column, the others hang below another one.
fn wrapped(text: &str, begin: usize, hanging: usize, width: usize) -> String {
    let mut out = String::new();
    let mut column = begin;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > hanging && column + length + 1 > width {
            out.push_str(&format!("\n{:hanging$}", ""));
            column = hanging;
        } else if !out.is_empty() {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out
}
