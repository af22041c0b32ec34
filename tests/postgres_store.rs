//! What only PostgreSQL can do to a store: lose the connection, end a session, refuse a text, lack a month's partition. What
//! every store must keep stands in `store.rs`.
#![cfg(feature = "postgres")]
#![allow(clippy::unwrap_used)]

mod postgres;
mod skip;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use payflow::broker::{Record, Source};
use payflow::message::Report;
use payflow::rules::judge::Verdict;
use payflow::store::postgres::{PostgresSettings, PostgresStore, migrate, pending};
use payflow::store::reading::{Query, Reading, Table, spans};
use payflow::store::{
    Answer, Batch, Claim, DocumentId, DocumentRow, InputRow, Key, Outcome, Owned, Reply, Step, Store, StoreError,
};
use postgres::Database;

fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn source() -> Source {
    Source { cluster: Arc::from("cluster"), topic: Arc::from("in"), partition: 0 }
}

fn started(store: &mut PostgresStore) -> Owned {
    let owned = store.own(&source(), "alpha").unwrap();
    match owned.next {
        Some(_) => owned,
        None => {
            store.start(&owned, 0).unwrap();
            Owned { next: Some(0), ..owned }
        }
    }
}

fn outcome() -> Outcome {
    let reply = Reply { definition: "pacs.002.001.10".to_owned(), id: "R".to_owned(), bytes: b"an answer".to_vec() };
    let record = Record { topic: "out".to_owned(), key: "k".to_owned(), headers: vec![], bytes: reply.bytes.clone() };
    Outcome {
        verdict: Verdict::Accepted,
        schema_hash: None,
        findings: vec![],
        answer: Answer::Reply(reply),
        answer_record: Some(record),
        transfers: vec![],
        statements: vec![],
        reports: vec![Report { original_message_id: Some("R".into()), ..Report::default() }],
        records: vec![],
    }
}

/// Commits one document at the lane's position. `meanwhile` runs between the claims and what is written.
fn commit(
    store: &mut PostgresStore,
    owned: &Owned,
    (position, message_id): (i64, &str),
    received_at: DateTime<Utc>,
    meanwhile: impl Fn(&[Claim]),
) -> Result<(), StoreError> {
    let key = |key: &str| Key {
        scope: "message",
        partner: "alpha".to_owned(),
        kind: "pacs.008".to_owned(),
        key: key.to_owned(),
    };
    let document = DocumentRow {
        id: DocumentId { lane: owned.lane, position, document: 1 },
        partner: "alpha",
        definition: None,
        message_id: Some(message_id),
        hash: [7; 32],
        transactions: 1,
        sums: Some("{\"EUR\":\"1.00\"}"),
        key: Some(key(message_id)),
        expires: Some(received_at + TimeDelta::days(400)),
    };
    let batch = Batch {
        steps: vec![Step { lane: owned.lane, epoch: owned.epoch, expected: position, next: position + 1 }],
        inputs: vec![InputRow {
            lane: owned.lane,
            position,
            received_at,
            bytes: b"as it came",
            file: None,
            trace: None,
        }],
        documents: vec![document],
        decided_at: received_at,
        actor: "test",
    };
    let mut decide = |claims: &[Claim]| {
        meanwhile(claims);
        Ok(vec![outcome()])
    };
    store.commit(&batch, &mut decide).map(drop)
}

fn nothing(_: &[Claim]) {}

/// Ends every other session of the database.
fn cut(database: &Database) {
    let ended = database.count(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
          WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'payflow%'",
    );
    assert!(ended > 0, "nothing was cut");
}

fn written(database: &Database) -> Vec<i64> {
    let tables = ["input", "message", "claimed_key", "verdict", "outbox", "audit_event"];
    tables.iter().map(|table| database.count(&format!("SELECT count(*) FROM {table}"))).collect()
}

fn with_database(what: &str, test: impl FnOnce(Database)) {
    match postgres::database() {
        Err(why) => skip::skipped(what, &why),
        Ok(database) => test(database),
    }
}

/// 1. The connection is lost between the claims and the commit: nothing is left.
/// 2. The next call works on a new connection, and the same batch can be committed.
/// 3. It is lost again between two calls.
#[test]
fn goes_on_after_a_lost_connection() {
    with_database("a lost connection", |database| {
        let mut store = database.store();
        let owned = started(&mut store);
        let lost = commit(&mut store, &owned, (0, "m1"), noon(), |_| cut(&database));
        assert!(matches!(lost, Err(StoreError::Retry(_))), "{lost:?}");
        assert_eq!(written(&database), [0; 6]);
        commit(&mut store, &owned, (0, "m1"), noon(), nothing).unwrap();
        assert_eq!(written(&database), [1; 6]);
        let matched = "SELECT count(*) FROM status_report_match WHERE matched_by = 'answer' AND of_position = 0";
        assert_eq!(database.count(matched), 1);
        cut(&database);
        let next = commit(&mut store, &owned, (1, "m2"), noon(), nothing);
        if let Err(error) = next {
            assert!(matches!(error, StoreError::Retry(_)), "{error:?}");
            commit(&mut store, &owned, (1, "m2"), noon(), nothing).unwrap();
        }
        assert_eq!(written(&database), [2; 6]);
    });
}

/// The server itself goes and comes back. Needs a server of its own: the others' tests go on.
#[test]
fn goes_on_after_a_restart_of_the_server() {
    let server = match postgres::own_server() {
        Err(why) => return skip::skipped("a restart of PostgreSQL", &why),
        Ok(database) => database,
    };
    let mut store = server.store();
    let owned = started(&mut store);
    commit(&mut store, &owned, (0, "m1"), noon(), nothing).unwrap();
    server.server.down("immediate");
    let gone = commit(&mut store, &owned, (1, "m2"), noon(), nothing);
    assert!(matches!(gone, Err(StoreError::Retry(_))), "{gone:?}");
    let gone = commit(&mut store, &owned, (1, "m2"), noon(), nothing);
    assert!(matches!(gone, Err(StoreError::Retry(_))), "{gone:?}");
    server.server.up();
    commit(&mut store, &owned, (1, "m2"), noon(), nothing).unwrap();
    assert_eq!(written(&server), [2; 6]);
}

/// A text that PostgreSQL can't hold is refused, and the connection is as good as before.
#[test]
fn refuses_a_text_with_a_nul() {
    with_database("a refused text", |database| {
        let mut store = database.store();
        let owned = started(&mut store);
        for (position, id) in [(0, "m\0"), (0, ""), (0, &"é".repeat(141))] {
            let refused = commit(&mut store, &owned, (position, id), noon(), nothing);
            assert!(matches!(refused, Err(StoreError::Refused(_))), "{id:?}: {refused:?}");
        }
        assert_eq!(written(&database), [0; 6]);
        let step = Step { lane: owned.lane, epoch: owned.epoch, expected: 0, next: 1 };
        let input =
            InputRow { lane: owned.lane, position: 0, received_at: noon(), bytes: b"m\0", file: None, trace: None };
        store.set_aside(&step, &input, "it has a \0", "test").unwrap();
        assert_eq!(database.query("SELECT partner, topic, position, reason FROM input_set_aside").len(), 1);
        commit(&mut store, &owned, (1, &"é".repeat(140)), noon(), nothing).unwrap();
    });
}

/// A worker that hangs with its transaction open does not keep its lane.
#[test]
fn takes_a_lane_from_a_worker_that_hangs() {
    with_database("a worker that hangs", |database| {
        let mut store = database.store();
        let owned = started(&mut store);
        let hung = commit(&mut store, &owned, (0, "m1"), noon(), |_| {
            let next = started(&mut database.store());
            assert_eq!((next.lane, next.next, next.epoch), (owned.lane, Some(0), owned.epoch + 1));
        });
        assert!(matches!(hung, Err(StoreError::Retry(_))), "{hung:?}");
        assert_eq!(written(&database), [0; 6]);
        let late = commit(&mut store, &owned, (0, "m1"), noon(), nothing);
        assert_eq!(late, Err(StoreError::NotOwner(owned.lane)));
    });
}

/// A session of a role that payflow may not end is waited for, and said: no reason for a worker to end.
#[test]
fn waits_for_whom_it_may_not_end() {
    with_database("a source held by another role", |database| {
        let owned = started(&mut database.store());
        database.query(
            "CREATE ROLE clerk LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk; \
             GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO clerk; GRANT CREATE ON SCHEMA public TO clerk",
        );
        let settings = database.settings();
        let url = settings.url.replace("postgres@", "clerk@");
        let mut store = PostgresStore::open(PostgresSettings { url, ..settings }).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| database.query("BEGIN; SELECT lane FROM source FOR UPDATE; SELECT pg_sleep(6)"));
            std::thread::sleep(Duration::from_millis(500));
            let held = store.own(&source(), "alpha");
            let Err(StoreError::Retry(text)) = &held else { panic!("{held:?}") };
            assert!(text.contains("pg_signal_backend"), "{text}");
        });
        assert_eq!(store.own(&source(), "alpha").unwrap().lane, owned.lane);
        database.query("DROP OWNED BY clerk; DROP ROLE clerk");
    });
}

/// Rows go to the partition of the month in which their input came. One that lacks is made, and the next month's too.
#[test]
fn keeps_each_month_apart() {
    with_database("partitions", |database| {
        let mut store = database.store();
        let owned = started(&mut store);
        let (first, second) = ("2031-01-31T23:59:59.999999Z".parse().unwrap(), "2031-02-01T00:00:00Z".parse().unwrap());
        commit(&mut store, &owned, (0, "m1"), first, nothing).unwrap();
        commit(&mut store, &owned, (1, "m2"), second, nothing).unwrap();
        for (table, rows) in [("verdict_2031_01", 1), ("verdict_2031_02", 1), ("verdict_2031_03", 0)] {
            assert_eq!(database.count(&format!("SELECT count(*) FROM {table}")), rows, "{table}");
        }
        // The holder of a key is found in its own month.
        commit(&mut store, &owned, (2, "m1"), second, |claims| {
            let [Claim::Taken(holder)] = claims else { panic!("{claims:?}") };
            assert!(holder.answer.is_some(), "{holder:?}");
        })
        .unwrap();
        // A partition that is gone is made again.
        database.query("DROP TABLE input_2031_01");
        let lost = commit(&mut store, &owned, (3, "m3"), first, nothing);
        assert!(matches!(lost, Err(StoreError::Retry(_))), "{lost:?}");
        commit(&mut store, &owned, (3, "m3"), first, nothing).unwrap();
        assert_eq!(database.query("SELECT DISTINCT verdict FROM current_verdict"), ["accepted"]);
    });
}

/// A worker works on no other tables than it knows, and says what to do; `payflow migrate` does it, once.
#[test]
fn works_on_the_tables_that_it_knows() {
    let database = match postgres::empty_database() {
        Err(why) => return skip::skipped("the migration of PostgreSQL", &why),
        Ok(database) => database,
    };
    let settings = database.settings();
    let refusal = |settings: PostgresSettings| match PostgresStore::open(settings) {
        Err(StoreError::Fatal(text)) => text,
        other => panic!("{:?}", other.err()),
    };
    assert!(refusal(settings.clone()).contains("payflow migrate"));
    assert_eq!(pending(&settings).unwrap().from, 0);
    let done = migrate(&settings).unwrap();
    assert_eq!((done.from, done.to > 0, done.months.len()), (0, true, 4));
    let again = migrate(&settings).unwrap();
    assert_eq!((again.from, again.months.len()), (done.to, 0));
    PostgresStore::open(settings.clone()).unwrap();
    database.query("INSERT INTO migration VALUES (99, now())");
    let newer = refusal(settings.clone());
    assert!(newer.contains("99") && newer.contains("newer program"), "{newer}");
    assert!(migrate(&settings).unwrap_err().to_string().contains("newer program"));
    database.query("DELETE FROM migration WHERE version = 99; CREATE ROLE nobody LOGIN");
    let url = settings.url.replace("postgres@", "nobody@");
    assert!(refusal(PostgresSettings { url, ..settings.clone() }).contains("owner"));
    let url = settings.url.replace("test_", "absent_");
    assert!(refusal(PostgresSettings { url, ..settings.clone() }).contains("create the database"));
    let url = format!("{}?sslmode=require", settings.url);
    let without = refusal(PostgresSettings { url, ..settings });
    assert!(without.contains(if cfg!(feature = "tls") { "store.ca_file" } else { "feature `tls`" }), "{without}");
}

/// The sessions of payflow.
const PAYFLOW: &str = "
    SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'payflow%' AND datname = current_database()";

/// Waits until a query gives this number.
fn until(database: &Database, sql: &str, expected: i64) {
    let begun = Instant::now();
    while database.count(sql) != expected {
        assert!(begun.elapsed() < Duration::from_secs(30), "{sql}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The lock under which tables are made.
const LOCK: i64 = 0x7061_7966_6c6f_7701;

/// What looks at the whole store, or makes its tables, waits longer than what others wait for.
#[test]
fn who_looks_at_the_whole_store_has_time() {
    with_database("a database that takes its time", |database| {
        let new = postgres::empty_database().unwrap();
        let mut store = database.store();
        let waits = |hold: &str, database: &Database, work: &mut dyn FnMut()| {
            let sql = format!("BEGIN; {hold}; SELECT pg_sleep(22)");
            std::thread::scope(|scope| {
                scope.spawn(|| database.query(&sql));
                std::thread::sleep(Duration::from_millis(500));
                let begun = Instant::now();
                work();
                assert!(begun.elapsed() > Duration::from_secs(20), "it did not wait: {:?}", begun.elapsed());
            });
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                waits(&format!("SELECT pg_advisory_xact_lock({LOCK})"), &new, &mut || {
                    assert_eq!(migrate(&new.settings()).unwrap().from, 0);
                });
            });
            let every = [i64::MIN, i64::MAX];
            waits("LOCK TABLE input", &database, &mut || {
                store.each(Query::First(Table::Input), &every, &mut |_| Ok(())).unwrap();
            });
        });
    });
}

/// 1. A migration is under way; another transaction has made a table of its name.
/// 2. It is killed, and the other one gives its table up: the server goes on, and finds nobody there.
#[cfg(feature = "cli")]
#[test]
fn a_migration_that_is_cut_off_changes_nothing() {
    let database = match postgres::empty_database() {
        Err(why) => return skip::skipped("a migration that is cut off", &why),
        Ok(database) => database,
    };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("payflow.toml");
    let store = format!("store = {{ url = \"{}\" }}\n", database.settings().url);
    let sources = "embedded.path = \"queue.db\"\ninstitution.bic = \"PAYFDEFFXXX\"\nsources = [{ topic = \"in\", partner = \"a\" }]\n";
    std::fs::write(&config, format!("{store}{sources}[[partners]]\nid = \"a\"\n")).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| database.query("BEGIN; CREATE TABLE source (); SELECT pg_sleep(5); ROLLBACK"));
        std::thread::sleep(Duration::from_millis(500));
        let program = env!("CARGO_BIN_EXE_payflow");
        let mut child = std::process::Command::new(program).args(["migrate", "--config"]).arg(&config).spawn().unwrap();
        until(&database, &format!("{PAYFLOW} AND wait_event_type = 'Lock'"), 1);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(database.count(PAYFLOW), 1, "the server has ended it by itself");
    });
    until(&database, PAYFLOW, 0);
    assert_eq!(pending(&database.settings()).unwrap().from, 0);
}

/// What is asked of a lane, or of a time, is found without going through all that is there.
#[test]
fn goes_through_no_more_than_it_needs() {
    with_database("what queries go through", |database| {
        let first: DateTime<Utc> = "2031-01-01T00:00:00Z".parse().unwrap();
        let mut store = database.store();
        let owned = started(&mut store);
        // It makes the month.
        commit(&mut store, &owned, (0, "m0"), first, nothing).unwrap();
        drop(store);
        let lane = owned.lane;
        database.query(&format!(
            "INSERT INTO input SELECT '{first}'::timestamptz + n * interval '30 s', {lane}, n, 0, NULL, false,
                                      convert_to(repeat('x', 800), 'UTF8')
               FROM generate_series(1, 60000) n"
        ));
        database.query("VACUUM ANALYZE input");
        // Rows of the table that a question has read, and what it gave.
        let asked = |question: &dyn Fn(&mut PostgresStore)| {
            let read = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_user_tables WHERE relname = 'input_2031_01'";
            let before = database.count(read);
            question(&mut database.store());
            until(&database, PAYFLOW, 0);
            database.count(read) - before
        };
        let day = (first + TimeDelta::days(15)).timestamp_micros();
        let read = asked(&|store| {
            let found = spans(store, day, day + 86_400_000_000).unwrap();
            assert_eq!(found.get(&lane), Some(&(43_200, 46_079)));
        });
        assert!(read < 30_000, "a day was found by going through {read} rows");
        let read = asked(&|store| {
            store.each(Query::First(Table::Input), &[lane + 1, i64::MAX], &mut |row| panic!("{row:?}")).unwrap();
        });
        assert!(read < 100, "that no lane is there was found by going through {read} rows");
    });
}
