//! What became of each input of the demonstration, read back from where a user would find it: verdicts, findings and
//! transfers from the store, acknowledgments from their topic.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::show::{Document, Fault, Line};
use crate::broker::Record;

/// Where an input stands: its topic and its offset there.
pub(crate) type At = (String, i64);

/// The documents of every input, in order.
pub(crate) fn documents(store: &Connection, answers: &[Record]) -> Result<BTreeMap<At, Vec<Document>>> {
    let answers: BTreeMap<(&str, &str), &Record> = answers
        .iter()
        .filter_map(|record| Some(((record.header("payflow.source")?, record.header("payflow.document")?), record)))
        .collect();
    let mut select = store.prepare(
        "SELECT s.topic, s.partition, m.lane, m.position, m.document, coalesce(m.definition, ''), v.verdict, v.none_due
         FROM message m JOIN source s USING (lane) JOIN verdict v USING (lane, position, document)
         ORDER BY m.lane, m.position, m.document, v.number",
    )?;
    let mut rows = select.query([])?;
    let mut out: BTreeMap<At, Vec<Document>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (topic, partition): (String, i64) = (row.get(0)?, row.get(1)?);
        let key: (i64, i64, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let source = format!("{topic}-{partition}-{}", key.1);
        let answer = answers.get(&(source.as_str(), key.2.to_string().as_str())).map(|record| record.bytes.clone());
        let none_due: Option<String> = row.get(7)?;
        out.entry((topic, key.1)).or_default().push(Document {
            definition: row.get(5)?,
            verdict: row.get(6)?,
            faults: faults(store, key)?,
            transfers: transfers(store, key)?,
            answer: answer.ok_or(none_due.unwrap_or_else(|| "not published".to_owned())),
        });
    }
    Ok(out)
}

fn faults(store: &Connection, (lane, position, document): (i64, i64, i64)) -> Result<Vec<Fault>> {
    let mut select = store.prepare_cached(
        "SELECT severity, rule, line, text FROM finding WHERE lane = ?1 AND position = ?2 AND document = ?3 ORDER BY number",
    )?;
    let rows = select.query_map(params![lane, position, document], |row| {
        Ok(Fault { severity: row.get(0)?, rule: row.get(1)?, line: row.get(2)?, text: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn transfers(store: &Connection, (lane, position, document): (i64, i64, i64)) -> Result<Vec<Line>> {
    let mut select = store.prepare_cached(
        "SELECT json FROM transfer WHERE lane = ?1 AND position = ?2 AND document = ?3 ORDER BY number",
    )?;
    let rows = select.query_map(params![lane, position, document], |row| row.get::<_, String>(0))?;
    rows.map(|json| Ok(line(&serde_json::from_str(&json?)?))).collect()
}

/// The words of a transfer that a person looks for first. What a statement reports has the sign it was booked with.
pub(crate) fn line(transfer: &Value) -> Line {
    let text = |path: &str| transfer.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let sign = match text("/booking/credit_debit_indicator").as_str() {
        "debit" => "-",
        "credit" => "+",
        _ => "",
    };
    Line {
        amount: format!("{sign}{}", text("/amount")),
        currency: text("/currency"),
        from: text("/debtor/name"),
        to: text("/creditor/name"),
        reference: text("/references/end_to_end_identification"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_in_a_few_words() {
        let instructed = serde_json::json!({
            "amount": "12.80", "currency": "EUR", "debtor": {"name": "Astrid"}, "creditor": {"name": "Kolibri"},
            "references": {"end_to_end_identification": "REF-1"}
        });
        let expected = |amount: &str, from: &str, to: &str, reference: &str| Line {
            amount: amount.to_owned(),
            currency: "EUR".to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            reference: reference.to_owned(),
        };
        assert_eq!(line(&instructed), expected("12.80", "Astrid", "Kolibri", "REF-1"));
        let booked = serde_json::json!({
            "amount": "25.00", "currency": "EUR", "booking": {"credit_debit_indicator": "debit"}
        });
        assert_eq!(line(&booked), expected("-25.00", "", "", ""));
    }
}
