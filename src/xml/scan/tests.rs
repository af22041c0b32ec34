//! Every kernel on the same inputs: the plain one is right by definition.

use super::*;

/// Miri, which watches every access, is slow: it tries some of the seeds and bytes, in strides.
const STRIDE: usize = if cfg!(miri) { 251 } else { 1 };

/// A small generator of bytes that are likely to matter.
fn bytes(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let special = b"<>&  \n\t\r0123456789.AZaz-\x00\x1f\x20\x7f\x80\xc3\xff";
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let pick = (state >> 32) as usize;
            if state & 7 == 0 { special[pick % special.len()] } else { b"0123456789. ABC"[pick % 15] }
        })
        .collect()
}

fn same<K: Kernel>(label: &str) {
    let shapes = [
        Shape::new(&vec![vec![(b'A', b'Z'), (b'0', b'9')]; 12], [8, 11]).unwrap(),
        Shape::new(&vec![vec![(b'0', b'9'), (b'a', b'z'), (b'A', b'Z')]; 40], 1..=40).unwrap(),
        Shape::new(&vec![vec![(b'?', 255), (b' ', b'%'), (b'\'', b';')]; 63], 0..=63).unwrap(),
        Shape::new(&vec![vec![(b' ', b'%')]; 45], 0..=45).unwrap(),
    ];
    let names =
        [&b"A"[..], b"01", b"0123456789ABCDEF", b"0123456789ABCDEFG", b"", b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"];
    for seed in (0..4000).step_by(STRIDE) {
        let window = Window::new(bytes(seed, (seed % 150) as usize));
        for from in 0..window.bytes().len().min(40) {
            let mut fast = window.cursor(from);
            let mut plain = fast;
            assert_eq!(fast.text::<K>().bytes(), plain.text::<Plain>().bytes(), "{label} text {seed} {from}");
            assert_eq!(fast.offset(), plain.offset());
            let (mut fast_accented, mut plain_accented) = (fast, plain);
            let (fast_text, plain_text) = (fast_accented.accented::<K>(), plain_accented.accented::<Plain>());
            assert_eq!(fast_text.0.bytes(), plain_text.0.bytes(), "{label} accented {seed} {from}");
            assert_eq!(fast_text.1, plain_text.1, "{label} characters {seed} {from}");
            fast.skip_white::<K>();
            plain.skip_white::<Plain>();
            assert_eq!(fast.offset(), plain.offset(), "{label} white {seed} {from}");
            assert_eq!(fast.signature::<K>(), plain.signature::<Plain>(), "{label} signature {seed} {from}");
            let rest = window.bytes().len() - from;
            let value = window.cursor(from).span(from..from + rest.min(1 + (seed % 45) as usize));
            for shape in &shapes {
                assert_eq!(value.is_shape::<K>(shape), value.is_shape::<Plain>(shape), "{label} shape {seed} {from}");
            }
            assert_eq!(value.decimal::<K>(), value.decimal::<Plain>(), "{label} decimal {seed} {from}");
            let at = window.cursor(from);
            for shape in &shapes {
                let shaped = |taken: Option<Span<'_>>| taken.map(|span| span.len());
                let (fast, plain) = (at.clone().shaped::<K>(shape), at.clone().shaped::<Plain>(shape));
                assert_eq!(shaped(fast), shaped(plain), "{label} shaped {seed} {from}");
            }
            assert_eq!(
                at_once(at, Cursor::before_angle::<K>),
                at_once(at, Cursor::before_angle::<Plain>),
                "{seed} {from}"
            );
            let number = |taken: Option<(Span<'_>, u32, u32)>| taken.map(|(span, a, b)| (span.len(), a, b));
            assert_eq!(
                number(at.clone().number::<K>()),
                number(at.clone().number::<Plain>()),
                "{label} number {seed} {from}"
            );
        }
        for name in names {
            let name = Name::new(name);
            let mut text = names[(seed % 6) as usize].to_vec();
            text.truncate((seed % 40) as usize);
            let window = Window::new(text);
            assert_eq!(window.cursor(0).eat_name::<K>(&name), window.cursor(0).eat_name::<Plain>(&name));
        }
    }
}

#[test]
fn kernels_agree() {
    same::<Basic>("basic");
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        same::<Avx2>("avx2");
    } else {
        println!("skipped: this machine has no AVX2");
    }
}

#[test]
fn plain_kernels_agree_with_themselves() {
    same::<Plain>("plain");
}

#[test]
fn a_name_that_is_too_long_or_empty_matches_nothing() {
    for name in [&b""[..], &[b'x'; 33], b"a\0b"] {
        let window = Window::new(name.to_vec());
        assert!(!window.cursor(0).eat_name::<Plain>(&Name::new(name)));
        assert!(!window.cursor(0).eat_name::<Basic>(&Name::new(name)));
    }
}

#[test]
fn signatures_are_those_of_the_names() {
    for len in 1..=40 {
        let name: Vec<u8> = (0..len).map(|i| b'a' + (i * 7 % 26) as u8).collect();
        for behind in [&b">"[..], b" a", b"/>", b"\n", b""] {
            let window = Window::new([&name, behind].concat());
            assert_eq!(window.cursor(0).signature::<Plain>(), signature(&name).unwrap_or(0), "{len} {behind:?}");
        }
        let among: [u8; 32] = std::array::from_fn(|i| (i % len) as u8);
        assert_eq!(Basic::places(3, &among), Plain::places(3, &among));
        assert_eq!(Plain::places(1, &among).count_ones() as usize, among.iter().filter(|b| **b == 1).count());
    }
}

#[test]
fn words_take_up_to_eight_bytes() {
    let window = Window::new(b"ABCDEFGHI".to_vec());
    let cases =
        [(0..0, None), (0..1, Some(0x41)), (0..2, Some(0x4241)), (1..9, Some(0x4948_4746_4544_4342)), (0..9, None)];
    for (range, word) in cases {
        assert_eq!(window.cursor(0).span(range.clone()).word(), word, "{range:?}");
    }
}

#[test]
fn windows_slide() {
    let mut source = &b"abcdefgh"[..];
    let mut window = Window::new(Vec::new());
    let mut read = |space: &mut [u8]| {
        let len = space.len().min(source.len());
        space[..len].copy_from_slice(&source[..len]);
        source = &source[len..];
        Ok::<_, ()>(len)
    };
    assert_eq!(window.slide(0, 3, &mut read), Ok(3));
    assert_eq!(window.bytes(), b"abc");
    assert_eq!(window.slide(2, 4, &mut read), Ok(4));
    assert_eq!(window.bytes(), b"cdefg");
    assert_eq!(window.slide(9, 4, &mut read), Ok(1));
    assert_eq!(window.bytes(), b"h");
}

fn at_once<'w>(mut at: Cursor<'w>, take: impl Fn(&mut Cursor<'w>) -> Span<'w>) -> (usize, usize) {
    let len = take(&mut at).len();
    (len, at.offset())
}

fn same_tags<K: Kernel>() {
    let texts = [
        "<Amt>",
        "<Amt Ccy=\"",
        "<Amt",
        "Amt>",
        "<Amu>",
        "<0123456789ABCDEF0123456789ABCD>x",
        "<0123456789ABCDEF0123456789ABCDE>",
        "",
    ];
    let tags = [("Amt", ">"), ("Amt", " Ccy=\""), ("0123456789ABCDEF0123456789ABCD", ">")];
    assert!(Tag::new("0123456789ABCDEF0123456789ABCDE", ">", ()).is_none());
    for (name, behind) in tags {
        let tag = Tag::new(name, behind, ()).unwrap();
        for text in texts {
            let window = Window::new(text.into());
            let (mut fast, mut plain) = (window.cursor(0), window.cursor(0));
            assert_eq!(fast.eat_tag::<K, _>(&tag), plain.eat_tag::<Plain, _>(&tag), "{name}{behind} {text}");
            assert_eq!(fast.offset(), plain.offset());
            let (mut fast, mut plain) = (window.cursor(0), window.cursor(0));
            assert_eq!(
                fast.eat_behind_angle::<K, _>(&tag),
                plain.eat_behind_angle::<Plain, _>(&tag),
                "{name}{behind} {text}"
            );
            assert_eq!(fast.offset(), plain.offset());
            let whole = format!("<{name}{behind}");
            let expected = text.starts_with(&whole);
            assert!(!expected || window.cursor(0).eat_tag::<K, _>(&tag), "{whole} {text}");
        }
    }
}

#[test]
fn a_shape_holds_no_markup() {
    let set = |low: u8, high: u8| Shape::new(&[vec![(low, high)]], [1]);
    assert!(set(b'A', b'Z').is_some());
    // Of such a value the bytes in the input are not what it says: `&amp;` is one character.
    for byte in *b"&<>\n\0" {
        assert!(set(byte, byte).is_none() && set(0, b'~').is_none(), "{byte}");
    }
}

#[test]
fn short_words() {
    for (text, expected) in [
        ("AB<", Some("AB")),
        ("ABCDEFG<", Some("ABCDEFG")),
        ("ABCDEFGH<", None),
        ("<", None),
        ("", None),
        ("A", None),
        ("A\0<", None),
        ("=<", Some("=")),
        ("\u{BC};<", Some("\u{BC};")),
    ] {
        let window = Window::new(text.into());
        let mut at = window.cursor(0);
        let found = at.short_word();
        assert_eq!(found.map(|(span, _)| span.bytes()), expected.map(str::as_bytes), "{text}");
        assert_eq!(found.map(|(_, word)| word), found.and_then(|(span, _)| span.word()), "{text}");
        assert_eq!(at.offset(), expected.map_or(0, str::len), "{text}");
    }
}

fn same_dates<K: Kernel>() {
    let models = ["2026-11-22T10:30:59", "2026-12-28T23:59:59", "0100-01-01T00:00:00"];
    for model in models {
        for at in 0..model.len() {
            for byte in (0..=255u8).step_by(STRIDE) {
                let mut text = model.as_bytes().to_vec();
                text[at] = byte;
                let window = Window::new(text);
                for len in [10, 19] {
                    let taken = |date: Option<Span<'_>>| date.map(|date| date.len());
                    let (fast, plain) = (window.cursor(0).date::<K>(len), window.cursor(0).date::<Plain>(len));
                    assert_eq!(taken(fast), taken(plain), "{model} {at} {byte} {len}");
                }
            }
        }
    }
}

#[test]
fn tags_and_dates_are_taken_alike() {
    same_tags::<Plain>();
    same_dates::<Plain>();
    same_tags::<Basic>();
    same_dates::<Basic>();
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        same_tags::<Avx2>();
        same_dates::<Avx2>();
    }
}

#[test]
fn three_letters_and_a_quote() {
    for at in 0..5 {
        for byte in (0..=255u8).step_by(STRIDE) {
            let mut text = b"EUR\">1".to_vec();
            text[at] = byte;
            let expected = text[..3].iter().all(u8::is_ascii_uppercase) && &text[3..5] == b"\">";
            assert_eq!(Window::new(text.clone()).cursor(0).three_letters().is_some(), expected, "{text:?}");
        }
    }
}
