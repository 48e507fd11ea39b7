//! Values of PostgreSQL ⇄ text. Values are sent as text, so that the server reads them as the type
//! that the statement needs; the first column comes back as bytes of its type and is rendered as
//! `psql` would, but for moments, which render as RFC 3339 UTC, and flags: `true`, `false`.

use std::error::Error;
use std::fmt::Write as _;

use bytes::BytesMut;
use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type};

use crate::plan::BoundValue;

/// A text that stands for a value of any type.
#[derive(Debug)]
pub(super) struct Spelled(Option<String>);

/// The first column as text.
#[derive(Debug)]
pub(super) struct Shown(pub(super) String);

impl From<&BoundValue> for Spelled {
    fn from(value: &BoundValue) -> Self {
        Self(match value {
            BoundValue::Text(text) => Some(text.clone()),
            BoundValue::Integer(number) => Some(number.to_string()),
            BoundValue::Decimal(number) => Some(number.to_string()),
            BoundValue::Flag(flag) => Some(flag.to_string()),
            BoundValue::Null => None,
        })
    }
}

impl ToSql for Spelled {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            None => Ok(IsNull::Yes),
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(kind, out)
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }
}

impl<'a> FromSql<'a> for Shown {
    fn from_sql(kind: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        show(kind, bytes).map(Self)
    }

    fn accepts(kind: &Type) -> bool {
        is_shown(kind)
    }
}

/// Whether a column of this type can be shown; asked before the statement runs.
pub(super) fn is_shown(kind: &Type) -> bool {
    match kind.kind() {
        Kind::Enum(_) => true,
        Kind::Domain(inner) => is_shown(inner),
        Kind::Simple => is_text(kind) || OTHERS.contains(kind),
        // `void`, what a function without an answer gives.
        Kind::Pseudo => *kind == Type::VOID,
        _ => false,
    }
}

const OTHERS: [Type; 16] = [
    Type::BOOL,
    Type::INT2,
    Type::INT4,
    Type::INT8,
    Type::OID,
    Type::XID,
    Type::FLOAT4,
    Type::FLOAT8,
    Type::NUMERIC,
    Type::UUID,
    Type::JSONB,
    Type::BYTEA,
    Type::DATE,
    Type::TIME,
    Type::TIMESTAMP,
    Type::TIMESTAMPTZ,
];

fn is_text(kind: &Type) -> bool {
    let known = [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME, Type::CHAR, Type::UNKNOWN, Type::JSON, Type::XML];
    known.contains(kind) || matches!(kind.name(), "citext" | "ltree")
}

fn show(kind: &Type, bytes: &[u8]) -> Result<String, Box<dyn Error + Sync + Send>> {
    if let Kind::Domain(inner) = kind.kind() {
        return show(inner, bytes);
    }
    if is_text(kind) || matches!(kind.kind(), Kind::Enum(_)) {
        let bytes = if kind.name() == "ltree" { bytes.get(1..).unwrap_or_default() } else { bytes };
        return Ok(String::from_utf8(bytes.to_vec())?);
    }
    Ok(match *kind {
        Type::VOID => String::new(),
        Type::BOOL => (bytes.first() == Some(&1)).to_string(),
        Type::INT2 => i16::from_be_bytes(bytes.try_into()?).to_string(),
        Type::INT4 => i32::from_be_bytes(bytes.try_into()?).to_string(),
        Type::INT8 => i64::from_be_bytes(bytes.try_into()?).to_string(),
        Type::OID | Type::XID => u32::from_be_bytes(bytes.try_into()?).to_string(),
        Type::FLOAT4 => f32::from_be_bytes(bytes.try_into()?).to_string(),
        Type::FLOAT8 => f64::from_be_bytes(bytes.try_into()?).to_string(),
        Type::NUMERIC => numeric(bytes).ok_or("a number that isn't whole")?,
        Type::UUID => uuid(bytes),
        Type::JSONB => String::from_utf8(bytes.get(1..).unwrap_or_default().to_vec())?,
        Type::BYTEA => format!("\\x{}", super::super::change::hex(bytes)),
        Type::DATE => date(i32::from_be_bytes(bytes.try_into()?))?,
        Type::TIME => Time::midnight().checked_add(micros(bytes)?)?.to_string(),
        Type::TIMESTAMP => moment(bytes, |moment| moment.to_zoned(TimeZone::UTC).datetime().to_string())?,
        Type::TIMESTAMPTZ => moment(bytes, |moment| moment.to_string())?,
        _ => return Err(format!("a value of type {kind} isn't shown").into()),
    })
}

fn micros(bytes: &[u8]) -> Result<SignedDuration, Box<dyn Error + Sync + Send>> {
    Ok(SignedDuration::from_micros(i64::from_be_bytes(bytes.try_into()?)))
}

/// PostgreSQL counts from the beginning of 2000; the two ends of its scale are infinite.
fn moment(bytes: &[u8], render: impl Fn(Timestamp) -> String) -> Result<String, Box<dyn Error + Sync + Send>> {
    match i64::from_be_bytes(bytes.try_into()?) {
        i64::MAX => return Ok("infinity".to_owned()),
        i64::MIN => return Ok("-infinity".to_owned()),
        _ => {}
    }
    let epoch = DateTime::constant(2000, 1, 1, 0, 0, 0, 0).to_zoned(TimeZone::UTC)?.timestamp();
    Ok(render(epoch.checked_add(micros(bytes)?)?))
}

fn date(days: i32) -> Result<String, Box<dyn Error + Sync + Send>> {
    Ok(match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        days => Date::constant(2000, 1, 1).checked_add(SignedDuration::from_hours(i64::from(days) * 24))?.to_string(),
    })
}

fn uuid(bytes: &[u8]) -> String {
    let digits = super::super::change::hex(bytes);
    let cuts = [0, 8, 12, 16, 20, digits.len()];
    cuts.windows(2).filter_map(|cut| digits.get(cut[0]..cut[1])).collect::<Vec<_>>().join("-")
}

/// Groups of four decimal digits, the weight of the first, the sign, and how many digits follow the
/// point.
fn numeric(bytes: &[u8]) -> Option<String> {
    let mut words = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let (length, weight, sign, scale) = (words.next()?, words.next()?, words.next()?, words.next()?);
    match sign {
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        _ => {}
    }
    let groups: Vec<u16> = words.take(usize::from(length)).collect();
    let weight = i32::from(weight.cast_signed());
    let group = |place: i32| usize::try_from(weight - place).ok().and_then(|at| groups.get(at)).copied().unwrap_or(0);
    let digits = |places: &mut dyn Iterator<Item = i32>| {
        places.fold(String::new(), |mut text, place| {
            let _ = write!(text, "{:04}", group(place));
            text
        })
    };
    let whole = digits(&mut (0..=weight.max(0)).rev());
    let whole = Some(whole.trim_start_matches('0')).filter(|whole| !whole.is_empty()).unwrap_or("0");
    let scale = usize::from(scale);
    let behind = digits(&mut (1..).map(|place: i32| -place).take(scale.div_ceil(4)));
    let sign = if sign == 0x4000 { "-" } else { "" };
    Some(if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{}", behind.get(..scale)?) })
}
