//! What is said of the documents of an input, drafted piece by piece while it is read: the rules run over each piece while its
//! bytes are warm, and nothing of a piece is kept but what an answer needs.

use std::cmp::Reverse;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Examined, Options, Validity};
use crate::finding::{Rule, Scope, Severity};
use crate::message::{self, Original, Wrapper};
use crate::partner::Partner;
use crate::rules::sender::Sender;
use crate::rules::{Breach, Checker, Profile};
use crate::schema::MessageId;
use crate::schema::input::{Element, Part};
use crate::schema::pieces::{Piece, Take};
use crate::schema::record::Record;
use crate::xml::Fault;

/// How large an input is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// It is in memory, and everything an answer may quote is kept.
    Small,
    /// It is not: only what findings name is kept. `hash` says whether the documents' hashes are wanted.
    Large {
        /// Whether the documents' hashes are wanted.
        hash: bool,
    },
}

/// Takes an input as it is read.
pub(super) struct Examination<'e> {
    options: Options,
    partner: Option<&'e Partner>,
    profile: Arc<Profile>,
    scale: Scale,
    drafts: Vec<Draft>,
    /// Whether the last draft has a header that waits for its document.
    waits: bool,
}

/// What is known of a document so far.
#[derive(Default)]
pub(super) struct Draft {
    sender: Sender,
    checker: Option<Checker>,
    original: Original,
    transactions: u64,
    /// How many breaches were not kept, and what the worst of them weighs.
    dropped: (u64, Option<Severity>),
    hash: Option<Box<Sha256>>,
}

/// A breach that rejects the message as a whole.
pub(super) fn error(fault: Fault) -> Breach {
    Breach { fault, severity: Severity::Error, scope: Scope::Message }
}

/// The definition of an element that is read.
fn read(element: &Element) -> Option<MessageId> {
    element.message.filter(|_| element.supported)
}

impl<'e> Examination<'e> {
    /// An examination that keeps its drafts in that memory.
    pub(super) fn new(
        options: Options,
        (partner, profile): (Option<&'e Partner>, &Arc<Profile>),
        scale: Scale,
        drafts: Vec<Draft>,
    ) -> Self {
        Self { options, partner, profile: Arc::clone(profile), scale, drafts, waits: false }
    }

    /// Begins a draft, where it stays.
    fn draft(&mut self) {
        self.drafts.resize_with(self.drafts.len() + 1, Draft::default);
    }

    /// The draft of each part.
    pub(super) fn drafts(mut self, parts: usize) -> Vec<Draft> {
        // A part without a document comes last, and has the header that waits, if any.
        self.drafts.resize_with(parts, Draft::default);
        self.drafts
    }
}

impl Take for Examination<'_> {
    /// Without the rules nothing is proven, and no record is wanted.
    fn keeps(&self) -> bool {
        !self.options.schema_only
    }

    fn header(&mut self, header: &Element, record: Record<'_>) {
        self.waits = true;
        self.draft();
        let Some(draft) = self.drafts.last_mut() else { return };
        if let Some(message) = read(header) {
            draft.original.header = (!self.options.unanswered).then(|| message::header(message, record));
            if !self.options.schema_only {
                draft.sender.header(record.root(), self.partner);
            }
        }
    }

    fn begin(&mut self, document: &Element) {
        if !std::mem::take(&mut self.waits) {
            self.draft();
        }
        let Some(draft) = self.drafts.last_mut() else { return };
        draft.original.message = document.message;
        draft.checker = read(document)
            .filter(|_| !self.options.schema_only)
            .map(|message| Checker::new(message, Arc::clone(&self.profile)));
        draft.hash = (self.scale == Scale::Large { hash: true }).then(Box::default);
    }

    fn piece(&mut self, piece: Piece<'_>) {
        let Some(draft) = self.drafts.last_mut() else { return };
        draft.transactions += u64::from(message::is_transaction(&piece));
        let mut named = false;
        if let Some(checker) = &mut draft.checker {
            draft.sender.piece(&piece, self.partner);
            let before = checker.breaches().len();
            checker.piece(piece);
            named = checker.breaches().len() > before;
        }
        if !self.options.unanswered {
            draft.original.piece(&piece, self.scale == Scale::Small || named);
        }
        if self.scale != Scale::Small {
            draft.cut(self.options.limits.findings);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if let Some(hash) = self.drafts.last_mut().and_then(|draft| draft.hash.as_mut()) {
            hash.update(bytes);
        }
    }
}

impl Draft {
    /// Leaves the first of the gravest breaches, and counts the others: what is not listed is judged as a whole.
    fn cut(&mut self, most: usize) {
        let Some(breaches) = self.checker.as_mut().map(Checker::breaches) else { return };
        if breaches.len() <= most {
            return;
        }
        breaches.sort_by_key(|breach| Reverse(breach.severity));
        for breach in breaches.drain(most..) {
            self.dropped.0 += 1;
            self.dropped.1 = self.dropped.1.max(Some(breach.severity));
        }
    }

    /// The hash of the document's bytes, where it was wanted.
    pub(super) fn hash(&mut self) -> Option<[u8; 32]> {
        self.hash.take().map(|hash| hash.finalize().into())
    }

    /// What is said of a part, and what was found in it, in document order.
    pub(super) fn finish(
        &mut self,
        number: u32,
        part: &Part,
        options: Options,
        breaches: &mut Vec<Breach>,
    ) -> Examined {
        let document = part.document.as_deref();
        let message = document.and_then(|d| d.message);
        breaches.extend(faults(part).into_iter().map(error));
        let schema_valid = breaches.is_empty();
        let elements = [&part.header, &part.document].into_iter().flatten();
        let mut more_findings: u64 = elements.map(|element| element.faults.more).sum();
        more_findings += cut(breaches, options.limits.findings);
        let unsupported = breaches.iter().any(|breach| breach.fault.rule == Rule::Unsupported);
        if !options.schema_only {
            breaches.extend(self.sender.finish(document.and_then(read)));
        }
        if let Some(checker) = self.checker.as_mut().filter(|_| schema_valid) {
            breaches.extend(checker.finish());
            breaches.extend(dropped(self.dropped, options.limits.findings));
            more_findings += self.dropped.0;
        }
        breaches.sort_by_key(|breach| breach.fault.at);
        let invalid = breaches.iter().any(|breach| breach.severity == Severity::Error);
        self.original.wrapper = if options.unanswered { None } else { wrapper(part) };
        Examined {
            number,
            message,
            validity: match (unsupported, invalid) {
                (true, _) => Validity::Unsupported,
                (false, true) => Validity::Invalid,
                (false, false) => Validity::Valid,
            },
            schema_valid,
            findings: Vec::new(),
            more_findings,
            transactions: self.transactions,
            sums: self.checker.as_mut().and_then(Checker::sums),
            schema: document.and_then(|d| d.schema.clone()),
            original: std::mem::take(&mut self.original),
            document: document.map_or(0..0, |d| d.span.clone()),
        }
    }
}

/// What could not all be listed is not accepted in part, and is held as a whole.
fn dropped((count, worst): (u64, Option<Severity>), most: usize) -> Option<Breach> {
    let (severity, what) = match worst? {
        Severity::Warning => return None,
        severity @ Severity::Hold => (severity, "held"),
        severity @ Severity::Error => (severity, "rejected"),
    };
    let text =
        format!("The message breaks rules more often than can be listed (limits.findings), and is {what} as a whole.");
    let fault = Fault::new(Rule::XmlLimit, usize::MAX, text)
        .found(format!("{count} further findings"))
        .expected(format!("at most {most} in a message that is not held in memory"));
    Some(Breach { fault, severity, scope: Scope::Message })
}

/// Leaves the first faults of a document that is not valid by its schema. Says how many it took away.
fn cut(faults: &mut Vec<Breach>, most: usize) -> u64 {
    faults.sort_by_key(|breach| breach.fault.at);
    let more = faults.len().saturating_sub(most);
    faults.truncate(most);
    more as u64
}

fn wrapper(part: &Part) -> Option<Wrapper> {
    let around = &part.document.as_ref()?.wrapper;
    (!around.is_empty()).then(|| Wrapper { elements: Arc::clone(around) })
}

/// The faults of a part: of its header, of its document, of the input as a whole; the last only where no other says it.
fn faults(part: &Part) -> Vec<Fault> {
    let mut faults = Vec::new();
    for element in [&part.header, &part.document].into_iter().flatten() {
        faults.extend(element.faults.kept.iter().chain(element.broken.as_deref()).cloned());
    }
    let unsaid = |whole: &&Fault| faults.iter().all(|fault| fault.at != whole.at && fault.rule != whole.rule);
    let whole = part.fault.as_deref().filter(unsaid).cloned();
    faults.extend(whole);
    faults
}
