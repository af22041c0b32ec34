//! A financial institution as the messages name it, in the four forms it had over the years. Must not know who is who.

use super::quote;
use super::sheet::Sheet;
use crate::message::Agent;

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
    pub(super) fn name(self, agent: &Agent) -> Option<Named<'_>> {
        let bic = if self == Form::Bicfi2014 { quote::bic2014(&agent.bic) } else { quote::bic(&agent.bic) };
        let named = Named {
            form: self,
            bic,
            clearing_system: quote::text(agent.clearing_system.as_deref(), 5),
            member_id: quote::text35(&agent.member_id),
        };
        (named.bic.is_some() || named.member_id.is_some()).then_some(named)
    }

    /// The first of several that can be named.
    pub(super) fn first<'a>(self, agents: impl IntoIterator<Item = &'a Agent>) -> Option<Named<'a>> {
        agents.into_iter().find_map(|agent| self.name(agent))
    }
}

impl Named<'_> {
    /// Writes `FinInstnId`.
    pub(super) fn write(&self, sheet: &mut Sheet) {
        sheet.group("FinInstnId", |sheet| match self.form {
            Form::Choice if self.bic.is_some() => sheet.optional("BIC", self.bic),
            Form::Choice => sheet.group("ClrSysMmbId", |sheet| sheet.optional("Id", self.member_id)),
            Form::Bic => self.both(sheet, "BIC"),
            Form::Bicfi | Form::Bicfi2014 => self.both(sheet, "BICFI"),
        });
    }

    fn both(&self, sheet: &mut Sheet, bic: &str) {
        sheet.optional(bic, self.bic);
        let Some(member_id) = self.member_id else { return };
        sheet.group("ClrSysMmbId", |sheet| {
            if let Some(code) = self.clearing_system {
                sheet.group("ClrSysId", |sheet| sheet.value("Cd", code));
            }
            sheet.value("MmbId", member_id);
        });
    }
}
