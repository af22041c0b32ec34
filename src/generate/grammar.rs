//! Patterns read as grammars: what a value of a pattern may look like, and every alternative and number of repetitions that
//! it allows. Draws from the characters that people write; must not be asked whether a value is valid.

use super::rng::Rng;

/// A pattern as a tree.
#[derive(Debug)]
pub struct Grammar {
    root: Node,
    /// How many branches and bounds it has: each has a number.
    points: usize,
}

#[derive(Debug)]
enum Node {
    Set(Vec<char>),
    Sequence(Vec<Node>),
    /// One point a branch, from `first`; those inside of the branches end before `end`.
    Either {
        branches: Vec<Node>,
        first: usize,
        end: usize,
    },
    /// Where the bounds differ, `first` is the point of the least count and the next that of the greatest.
    Repeat {
        node: Box<Node>,
        min: u32,
        max: u32,
        first: usize,
    },
}

/// What stands for no bound.
const MANY: u32 = 12;

/// Characters that stand for any.
const COMMON: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-/()+?:'";

impl Grammar {
    /// Reads a pattern; `None` when it has a part that is not known.
    pub fn new(pattern: &str) -> Option<Self> {
        let chars: Vec<char> = pattern.chars().collect();
        let mut parser = Parser { chars: &chars, at: 0, points: 0 };
        let root = parser.either()?;
        (parser.at == chars.len()).then_some(Self { root, points: parser.points })
    }

    /// How many branches and bounds there are.
    pub fn points(&self) -> usize {
        self.points
    }

    /// A value, which goes through the wanted branch or bound.
    pub fn draw(&self, rng: &mut Rng, wanted: Option<usize>) -> String {
        let mut out = String::new();
        self.root.draw(rng, wanted, &mut out);
        out
    }

    /// The branches and bounds that a value goes through; empty when it does not match.
    pub fn points_of(&self, value: &str) -> Vec<usize> {
        let chars: Vec<char> = value.chars().collect();
        let mut found = Vec::new();
        self.root.walk(&chars, 0, &mut Vec::new(), &mut |at, points| {
            let whole = at == chars.len();
            if whole {
                found.clone_from(points);
            }
            whole
        });
        found
    }
}

/// What follows a part of a value that matched: whether the rest does, with the points so far.
type Rest<'r> = dyn FnMut(usize, &mut Vec<usize>) -> bool + 'r;

impl Node {
    fn holds(&self, point: usize) -> bool {
        match self {
            Node::Set(_) => false,
            Node::Sequence(nodes) => nodes.iter().any(|node| node.holds(point)),
            Node::Either { first, end, .. } => (*first..*end).contains(&point),
            Node::Repeat { node, min, max, first } => {
                min != max && (*first..first + 2).contains(&point) || node.holds(point)
            }
        }
    }

    fn draw(&self, rng: &mut Rng, wanted: Option<usize>, out: &mut String) {
        match self {
            Node::Set(set) => out.push(set[rng.index(set.len())]),
            Node::Sequence(nodes) => nodes.iter().for_each(|node| node.draw(rng, wanted, out)),
            Node::Either { branches, first, .. } => {
                let at = wanted.and_then(|wanted| {
                    let direct = wanted.checked_sub(*first).filter(|at| *at < branches.len());
                    direct.or_else(|| branches.iter().position(|branch| branch.holds(wanted)))
                });
                branches[at.unwrap_or_else(|| rng.index(branches.len()))].draw(rng, wanted, out);
            }
            Node::Repeat { node, min, max, first } => {
                let count = match wanted {
                    Some(wanted) if min != max && wanted == *first => *min,
                    Some(wanted) if min != max && wanted == *first + 1 => *max,
                    Some(wanted) if node.holds(wanted) => (*min).max(1),
                    _ => rng.between(u64::from(*min), u64::from(*max)) as u32,
                };
                for nth in 0..count {
                    node.draw(rng, wanted.filter(|_| nth == 0), out);
                }
            }
        }
    }

    fn walk(&self, value: &[char], at: usize, points: &mut Vec<usize>, rest: &mut Rest<'_>) -> bool {
        match self {
            Node::Set(set) => value.get(at).is_some_and(|c| set.contains(c)) && rest(at + 1, points),
            Node::Sequence(nodes) => sequence(nodes, value, at, points, rest),
            Node::Either { branches, first, .. } => branches.iter().enumerate().any(|(nth, branch)| {
                let mark = points.len();
                points.push(first + nth);
                let good = branch.walk(value, at, points, rest);
                if !good {
                    points.truncate(mark);
                }
                good
            }),
            Node::Repeat { .. } => self.repeat(value, at, 0, points, rest),
        }
    }

    fn repeat(&self, value: &[char], at: usize, count: u32, points: &mut Vec<usize>, rest: &mut Rest<'_>) -> bool {
        let Node::Repeat { node, min, max, first } = self else { return false };
        let mark = points.len();
        let more = |at: usize, points: &mut Vec<usize>| self.repeat(value, at, count + 1, points, rest);
        if count < *max && node.walk(value, at, points, &mut { more }) {
            return true;
        }
        points.truncate(mark);
        if min != max && count == *min {
            points.push(*first);
        }
        if min != max && count == *max {
            points.push(first + 1);
        }
        let good = count >= *min && rest(at, points);
        if !good {
            points.truncate(mark);
        }
        good
    }
}

fn sequence(nodes: &[Node], value: &[char], at: usize, points: &mut Vec<usize>, rest: &mut Rest<'_>) -> bool {
    match nodes.split_first() {
        None => rest(at, points),
        Some((first, others)) => {
            first.walk(value, at, points, &mut |at, points| sequence(others, value, at, points, rest))
        }
    }
}

/// `either := sequence ('|' sequence)*`, `sequence := (atom quantifier?)*`, `atom := char | escape | class | '(' either ')'`,
/// `quantifier := '?' | '*' | '+' | '{' n (',' m?)? '}'`, `class := '[' '^'? (char | range | escape)* ('-' class)? ']'`.
struct Parser<'p> {
    chars: &'p [char],
    at: usize,
    points: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let here = self.peek() == Some(wanted);
        self.at += usize::from(here);
        here
    }

    fn either(&mut self) -> Option<Node> {
        // The points of the branches come first: how many there are is known when they were read.
        let bars = self.bars();
        let first = self.points;
        if bars > 0 {
            self.points += bars + 1;
        }
        let mut branches = vec![self.sequence()?];
        while self.eat('|') {
            branches.push(self.sequence()?);
        }
        match branches.len() {
            1 => branches.pop(),
            _ => Some(Node::Either { branches, first, end: self.points }),
        }
    }

    /// How many bars stand between here and the end of the group.
    fn bars(&self) -> usize {
        let (mut depth, mut class, mut bars, mut at) = (0usize, 0usize, 0, self.at);
        while let Some(c) = self.chars.get(at) {
            match c {
                '\\' => at += 1,
                '[' => class += 1,
                ']' => class = class.saturating_sub(1),
                _ if class > 0 => {}
                '(' => depth += 1,
                ')' if depth == 0 => break,
                ')' => depth -= 1,
                '|' if depth == 0 => bars += 1,
                _ => {}
            }
            at += 1;
        }
        bars
    }

    fn sequence(&mut self) -> Option<Node> {
        let mut nodes = Vec::new();
        while self.peek().is_some_and(|c| c != '|' && c != ')') {
            let node = self.atom()?;
            nodes.push(self.quantified(node)?);
        }
        Some(Node::Sequence(nodes))
    }

    fn atom(&mut self) -> Option<Node> {
        let set = match self.next()? {
            '(' => {
                let inner = self.either()?;
                return self.eat(')').then_some(inner);
            }
            '[' => self.class()?,
            '.' => COMMON.chars().collect(),
            '\\' => self.escape()?,
            '*' | '+' | '?' | '{' | '}' | ']' => return None,
            c => vec![c],
        };
        Some(Node::Set(set))
    }

    fn quantified(&mut self, node: Node) -> Option<Node> {
        let (min, max) = match self.peek() {
            Some('?') => (0, 1),
            Some('*') => (0, MANY),
            Some('+') => (1, MANY),
            Some('{') => {
                self.at += 1;
                let min = self.number()?;
                let max = match (self.eat(','), self.peek()) {
                    (false, _) => min,
                    (true, Some('}')) => min.max(MANY),
                    (true, _) => self.number()?,
                };
                if self.peek() != Some('}') || max < min {
                    return None;
                }
                (min, max)
            }
            _ => return Some(node),
        };
        self.at += 1;
        let first = self.points;
        self.points += if min == max { 0 } else { 2 };
        Some(Node::Repeat { node: Box::new(node), min, max, first })
    }

    fn number(&mut self) -> Option<u32> {
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        self.chars[from..self.at].iter().collect::<String>().parse().ok()
    }

    fn class(&mut self) -> Option<Vec<char>> {
        let negated = self.eat('^');
        let mut set = Vec::new();
        loop {
            let low = match self.next()? {
                ']' => break,
                '-' if self.peek() == Some('[') => {
                    self.at += 1;
                    let without = self.class()?;
                    let mut set = complement_if(negated, set);
                    set.retain(|c| !without.contains(c));
                    return (self.eat(']') && !set.is_empty()).then_some(set);
                }
                '\\' => {
                    let escaped = self.escape()?;
                    if escaped.len() != 1 {
                        set.extend(escaped);
                        continue;
                    }
                    escaped[0]
                }
                c => c,
            };
            let is_range = self.peek() == Some('-') && !matches!(self.chars.get(self.at + 1), None | Some(']' | '['));
            let high = match is_range {
                true => {
                    self.at += 1;
                    match self.next()? {
                        '\\' => *self.escape()?.first()?,
                        c => c,
                    }
                }
                false => low,
            };
            set.extend((low..=high).take(1000));
        }
        let set = complement_if(negated, set);
        (!set.is_empty()).then_some(set)
    }

    fn escape(&mut self) -> Option<Vec<char>> {
        const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        let without = |drop: &dyn Fn(char) -> bool| COMMON.chars().filter(|c| !drop(*c)).collect::<Vec<_>>();
        Some(match self.next()? {
            'd' => chars("0123456789"),
            'D' => without(&|c| c.is_ascii_digit()),
            'w' => chars(&format!("{LETTERS}0123456789")),
            'W' => chars(" .,-/"),
            's' => chars(" "),
            'S' => without(&|c| c == ' '),
            'i' => chars(&format!("{LETTERS}_")),
            'c' => chars(&format!("{LETTERS}_0123456789-.")),
            'I' | 'C' => chars(" /()"),
            'n' => vec!['\n'],
            'r' | 't' => vec!['\t'],
            'p' => {
                let open = self.eat('{');
                let name: String = std::iter::from_fn(|| self.next().filter(|c| *c != '}')).collect();
                match (open, name.as_str()) {
                    (true, "L") => chars(LETTERS),
                    (true, "Lu") => chars(&LETTERS[..26]),
                    (true, "Ll") => chars(&LETTERS[26..]),
                    (true, "N" | "Nd") => chars("0123456789"),
                    (true, "P") => chars(".,-/()?:'"),
                    (true, "IsBasicLatin") => chars(COMMON),
                    (true, "IsLatin-1Supplement") => chars("äöüéèñçß"),
                    _ => return None,
                }
            }
            c if c.is_ascii_alphanumeric() => return None,
            c => vec![c],
        })
    }
}

fn complement_if(negated: bool, set: Vec<char>) -> Vec<char> {
    match negated {
        true => COMMON.chars().filter(|c| !set.contains(c)).collect(),
        false => set,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::pattern::Pattern;

    #[test]
    fn every_branch_and_bound_is_drawn_and_matches() {
        // pattern, how many branches and bounds it has
        for (source, points) in [
            ("[A-Z]{6,6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3,3}){0,1}", 2),
            ("\\+[0-9]{1,3}-[0-9()+\\-]{1,30}", 4),
            ("[\\+]{0,1}[0-9]{1,15}", 4),
            ("([0-9A-F][0-9A-F]){32}", 0),
            ("[a-z-[aeiou]]+", 2),
            ("yes|no|(a|bc?)d", 7),
            ("[^0-9]x*", 2),
            (".*Z", 2),
            ("\\d{2,}\\w\\s?", 4),
            ("((ab){0,2}|c[d|e]){1,3}", 6),
        ] {
            let (grammar, pattern) = (Grammar::new(source).unwrap(), Pattern::new(source).unwrap());
            assert_eq!(grammar.points(), points, "{source}");
            let mut rng = Rng::of(&[1]);
            for wanted in (0..points).map(Some).chain([None; 20]) {
                let value = grammar.draw(&mut rng, wanted);
                assert!(pattern.matches(&value), "{source} {value:?}");
                let found = grammar.points_of(&value);
                // A value may be read in more ways than the one that it was drawn by.
                let other_way = source.starts_with("((ab)");
                assert!(
                    other_way || wanted.is_none_or(|wanted| found.contains(&wanted)),
                    "{source} {wanted:?} {value:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_beyond_it_is_refused() {
        for source in ["[a", "a)", "(a", "*", "\\q", "\\p{IsGreek}", "a{2,1}", "a\\"] {
            assert!(Grammar::new(source).is_none(), "{source}");
        }
    }
}
