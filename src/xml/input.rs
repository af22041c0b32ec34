//! An input as UTF-8: whole in memory, or through a window that slides over it. Whoever reads asks for more when the window
//! ends, and says from where on it still needs the bytes. Must not do any input or output: a [`Source`] does.

use std::convert::Infallible;

use super::Limits;
use super::encoding::{Decoder, Encoding, HEAD, detect, usual};
use super::fault::Fault;
use super::scan::{Window, expect};
use crate::finding::Rule;

/// An error of the world, not of the input.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Where the bytes of a large input come from.
pub trait Source {
    /// Fills in what comes next, and says how much it is: nothing at the end of the input.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble>;
}

/// An input as UTF-8.
pub struct Input {
    /// What is in memory. Bytes that came as UTF-8 are checked where they are read.
    pub window: Window,
    /// The offset of the first character: behind a byte order mark.
    pub start: usize,
    /// The offset of the window in the decoded input.
    pub base: usize,
    /// What is wrong behind the window.
    broken: Option<Fault>,
    feed: Option<Feed>,
}

/// What fills the window of a large input.
struct Feed {
    source: Box<dyn Source>,
    decoder: Option<Decoder>,
    /// The first bytes, as long as they are not in the window: they were read to find out the encoding.
    head: Vec<u8>,
    limits: Limits,
    /// How many bytes came.
    total: usize,
    ended: bool,
    trouble: Option<Trouble>,
}

impl Input {
    /// An input that is whole in memory.
    ///
    /// # Errors
    /// When the encoding is not one of those accepted, or contradicts the byte order mark. Bytes that do not follow their
    /// encoding are told by [`Input::more`], where they stand.
    pub fn new(bytes: Vec<u8>) -> Result<Self, Fault> {
        expect(&bytes);
        if usual(&bytes).is_some() {
            return Ok(Self::whole(bytes, 0));
        }
        let (encoding, start) = detect(&bytes)?;
        let Some(mut decoder) = Decoder::new(encoding).filter(|_| encoding != Encoding::Ascii || !bytes.is_ascii())
        else {
            return Ok(Self::whole(bytes, start));
        };
        let mut text = Vec::new();
        let broken = decoder.decode(&bytes[start..], true, &mut text).err();
        let at = text.len();
        Ok(Self { broken: broken.map(|fault| Fault { at, ..fault }), ..Self::whole(text, 0) })
    }

    fn whole(bytes: Vec<u8>, start: usize) -> Self {
        Self { window: Window::new(bytes), start, base: 0, broken: None, feed: None }
    }

    /// An input that is read through a window.
    ///
    /// # Errors
    /// As [`Input::new`].
    pub fn large(source: Box<dyn Source>, limits: Limits) -> Result<Self, Fault> {
        let mut feed = Feed { source, decoder: None, head: vec![], limits, total: 0, ended: false, trouble: None };
        let mut head = vec![0; HEAD];
        let len = feed.fill(&mut head);
        head.truncate(len);
        let (encoding, start) = detect(&head)?;
        feed.decoder = Decoder::new(encoding);
        // A decoder gives no byte order mark.
        let mark = if feed.decoder.is_some() { start } else { 0 };
        feed.head = head.split_off(mark);
        let start = start - mark;
        Ok(Self { feed: Some(feed), ..Self::whole(Vec::new(), start) })
    }

    /// The bytes in memory.
    pub fn bytes(&self) -> &[u8] {
        self.window.bytes()
    }

    /// Whether all of it is in memory, from its first byte to its last.
    pub fn is_whole(&self) -> bool {
        self.feed.is_none()
    }

    /// Brings more bytes into the window, and forgets those before `keep`: the window's base tells by how much it moved.
    /// Says whether any came.
    ///
    /// # Errors
    /// When the next bytes do not follow their encoding, or a limit is exceeded.
    pub fn more(&mut self, keep: usize) -> Result<bool, Fault> {
        if let Some(fault) = &self.broken {
            return Err(fault.clone());
        }
        let Some(feed) = self.feed.as_mut().filter(|feed| !feed.ended || !feed.head.is_empty()) else {
            return Ok(false);
        };
        let kept = self.window.bytes().len() - keep;
        let Some(more) = feed.room(kept) else {
            let most = feed.limits.item_bytes;
            let text = format!("A transaction, an entry or a value is larger than {most} bytes (limits.item_bytes).");
            return Err(Fault::new(Rule::XmlLimit, self.base + keep, text));
        };
        self.base += keep;
        let before = feed.total;
        let Ok(came) = match feed.decoder.take() {
            None => self.window.slide(keep, more, &mut |into| Ok::<_, Infallible>(feed.fill(into))),
            Some(mut decoder) => {
                let mut text = Vec::new();
                // At most three bytes come of one.
                let mut raw = vec![0; more.div_ceil(3)];
                let len = feed.fill(&mut raw);
                self.broken = decoder.decode(&raw[..len], feed.ended && feed.head.is_empty(), &mut text).err();
                feed.decoder = Some(decoder);
                let copy = &mut |into: &mut [u8]| {
                    into.copy_from_slice(&text);
                    Ok::<_, Infallible>(text.len())
                };
                self.window.slide(keep, text.len(), copy)
            }
        };
        let most = feed.limits.file_bytes;
        if feed.total > most {
            let text = format!("The input is larger than {most} bytes (limits.file_bytes).");
            self.broken = Some(Fault::new(Rule::XmlLimit, 0, text));
        }
        if let Some(fault) = &mut self.broken {
            fault.at = self.base + self.window.bytes().len();
        }
        // Bytes may come that are no character yet.
        match &self.broken {
            Some(fault) if came == 0 => Err(fault.clone()),
            _ => Ok(came > 0 || feed.total > before),
        }
    }

    /// What kept the source from being read: then nothing that was said of the input holds.
    pub fn trouble(&mut self) -> Option<Trouble> {
        self.feed.as_mut().and_then(|feed| feed.trouble.take())
    }

    /// The bytes in memory, back: their memory serves the next input.
    pub fn into_bytes(self) -> Vec<u8> {
        self.window.into_bytes()
    }
}

impl Feed {
    /// How many bytes are to be read beside those that are kept: at least half a window; `None` when no item may be so long.
    fn room(&self, kept: usize) -> Option<usize> {
        let Limits { window_bytes: window, item_bytes: most, .. } = self.limits;
        let size = if kept > window / 2 { (kept * 2).min(most.max(window)) } else { window };
        Some(size.saturating_sub(kept)).filter(|room| *room > 0)
    }

    /// Fills in as much as there is. Nothing more comes behind trouble.
    fn fill(&mut self, into: &mut [u8]) -> usize {
        let from = self.head.len().min(into.len());
        into[..from].copy_from_slice(&self.head[..from]);
        self.head.drain(..from);
        let mut len = from;
        while len < into.len() && !self.ended {
            match self.source.read(&mut into[len..]) {
                Ok(0) => self.ended = true,
                Ok(came) => {
                    len += came;
                    self.total += came;
                }
                Err(trouble) => {
                    self.trouble = Some(trouble);
                    self.ended = true;
                }
            }
        }
        len
    }
}
