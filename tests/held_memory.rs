//! A held payment far larger than the memory that it takes to decide it and to run it again. One test, in a process of its own:
//! its peak is what counts.

#![cfg(all(feature = "sqlite", target_os = "linux"))]
// A test stops where a value that it set up itself is missing.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use payflow::broker::embedded::EmbeddedQueue;
use payflow::broker::folder::{FolderSettings, Folders, kept};
use payflow::partner::{AgreedLimits, Partner};
use payflow::pipeline::iso20022::{Iso20022, Setup};
use payflow::pipeline::replay::{Selection, replay};
use payflow::pipeline::worker::{Settings, Worker};
use payflow::rules::judge::Ruling;
use payflow::store::held::{Act, Desk, Motion, held};
use payflow::store::keep::Keeper;
use payflow::store::sqlite::SqliteStore;

/// How large it is: more than the process may take.
const MEGABYTES: usize = 100;
/// What it may take, in MiB: that of the issue.
const MOST: u64 = 64;

fn stages() -> Iso20022 {
    let most = ("EUR".to_owned().try_into().unwrap(), "5000".to_owned().try_into().unwrap());
    let limits = AgreedLimits { hold_above: BTreeMap::from([most]), ..AgreedLimits::default() };
    let partner = Partner { id: "alpha".to_owned(), limits, ..Partner::default() };
    Iso20022::new(Setup { partners: [("alpha".to_owned(), partner)].into(), ..Setup::default() })
}

/// Writes a payment of so many transactions below the limit, and one above it as the last. Says how many there are.
fn write(path: &Path) -> u64 {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/pacs008/ok/sepa-bulk-02.xml");
    let text = std::fs::read_to_string(sample).unwrap();
    let parts: Vec<&str> = text.split_inclusive("</CdtTrfTxInf>").collect();
    let (head, first) = parts[0].split_at(parts[0].find("<CdtTrfTxInf>").unwrap());
    let times = MEGABYTES * 1_000_000 / first.len();
    let total = format!("{}.00", 1480 * times + 9000);
    let head = head.replace("<NbOfTxs>4", &format!("<NbOfTxs>{}", times + 1)).replace("18624.35", &total);
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    file.write_all(head.as_bytes()).unwrap();
    (0..times).for_each(|_| file.write_all(first.as_bytes()).unwrap());
    file.write_all(parts[2].as_bytes()).unwrap();
    file.write_all(parts[4].as_bytes()).unwrap();
    file.flush().unwrap();
    times as u64 + 1
}

fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
}

#[test]
fn a_large_payment_takes_little_memory_to_be_decided_and_to_be_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = || SqliteStore::open(&folder.path().join("payflow.db")).unwrap();
    let settings = Settings::until_idle("test", &[("files", "alpha")]);
    let files = FolderSettings {
        name: "files".to_owned(),
        path: folder.path().to_owned(),
        quiet: Duration::ZERO,
        rejected_apart: false,
        most_bytes: 1 << 20,
    };
    let queue = EmbeddedQueue::open(&folder.path().join("queue.db"), &[]).unwrap();
    let mut worker = Worker::new(stages(), Folders::open(queue, vec![files]).unwrap(), store(), settings);
    let transactions = write(&folder.path().join("in/pay.xml"));
    worker.run_until_idle().unwrap();
    assert_eq!((worker.totals().held, worker.totals().transfers), (1, 0));
    let id = held(&mut store()).unwrap()[0].id;
    store().act(&Act { id, actor: "Anna", motion: Motion::Ask(Ruling::Release, "checked") }).unwrap();
    store().act(&Act { id, actor: "Bert", motion: Motion::Confirm { four_eyes: true, only: None } }).unwrap();
    worker.run_until_idle().unwrap();
    assert_eq!((worker.totals().accepted, worker.totals().transfers), (1, transactions));
    let decided = peak();

    let span =
        Selection { from: Utc::now() - TimeDelta::hours(1), to: Utc::now() + TimeDelta::hours(1), partner: None };
    let kept = |_: &str, file: &str, received| kept(folder.path(), file, received);
    let found = &mut |difference: &_| panic!("{difference:?}");
    let stages = stages();
    let replayed = replay(&|_| &stages, (&mut store(), &Keeper::default()), &kept, &span, found).unwrap();
    assert_eq!((replayed.inputs, replayed.documents, replayed.not_run.len()), (1, 1, 0));
    assert!(peak() <= MOST, "{decided} MiB to decide, {} MiB in the end, for {MEGABYTES} MB", peak());
}
