//! A financial institution as the messages name it, in the four forms it had over the years. Must not know who is who.

use super::quote;
use super::sheet::{Sheet, Tag, tag};
use crate::message::Agent;
use crate::partner::Institution;

/// What an institution is called, wherever it is said.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Names<'a> {
    pub(super) bic: Option<&'a str>,
    pub(super) clearing_system: Option<&'a str>,
    pub(super) member_id: Option<&'a str>,
}

impl<'a> From<&'a Agent> for Names<'a> {
    fn from(Agent { bic, clearing_system, member_id }: &'a Agent) -> Self {
        Self { bic: bic.as_deref(), clearing_system: clearing_system.as_deref(), member_id: member_id.as_deref() }
    }
}

impl<'a> From<&'a Institution> for Names<'a> {
    fn from(Institution { bic, clearing_system, member_id }: &'a Institution) -> Self {
        Self { bic: bic.as_deref(), clearing_system: clearing_system.as_deref(), member_id: member_id.as_deref() }
    }
}

/// How a message definition names a financial institution inside `FinInstnId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One of `BIC` and `ClrSysMmbId/Id` (pacs.002.001.02).
    Choice,
    /// `BIC` and the clearing member (pacs.002.001.03).
    Bic,
    /// `BICFI`, still with the older pattern, and the clearing member.
    Bicfi,
    /// `BICFI` with the pattern of 2014, and the clearing member.
    Bicfi2014,
}

/// The names of an institution that have the form asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named<'a> {
    form: Form,
    bic: Option<&'a str>,
    clearing_system: Option<&'a str>,
    member_id: Option<&'a str>,
}

impl Form {
    /// What of an institution can be named in this form; `None` when nothing can.
    pub(super) fn name<'a>(self, names: impl Into<Names<'a>>) -> Option<Named<'a>> {
        let names = names.into();
        let bic = if self == Form::Bicfi2014 { quote::bic2014(names.bic) } else { quote::bic(names.bic) };
        let named = Named {
            form: self,
            bic,
            clearing_system: quote::text(names.clearing_system, 5),
            member_id: quote::text(names.member_id, 35),
        };
        (named.bic.is_some() || named.member_id.is_some()).then_some(named)
    }

    /// The first of several that can be named.
    pub(super) fn first<'a>(self, mut names: impl Iterator<Item = Names<'a>>) -> Option<Named<'a>> {
        names.find_map(|names| self.name(names))
    }
}

impl Named<'_> {
    /// Writes `FinInstnId`.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        sheet.group(tag!("FinInstnId"), |sheet| match (self.form, self.bic) {
            (Form::Choice, Some(bic)) => sheet.plain(tag!("BIC"), bic),
            (Form::Choice, None) => {
                sheet.group(tag!("ClrSysMmbId"), |sheet| sheet.optional(tag!("Id"), self.member_id))
            }
            (Form::Bic, _) => self.both(sheet, tag!("BIC")),
            (Form::Bicfi | Form::Bicfi2014, _) => self.both(sheet, tag!("BICFI")),
        });
    }

    fn both(&self, sheet: &mut Sheet, tag: Tag) {
        sheet.plain(tag, self.bic);
        let Some(member_id) = self.member_id else { return };
        sheet.group(tag!("ClrSysMmbId"), |sheet| {
            if let Some(code) = self.clearing_system {
                sheet.group(tag!("ClrSysId"), |sheet| sheet.value(tag!("Cd"), code));
            }
            sheet.value(tag!("MmbId"), member_id);
        });
    }
}
