//! Pods.
//!
//! Source: `podConditions` in cli-utils `status/core.go`. A Pod that failed is Current: it will not change any more.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::field::{self, Condition};
use super::{Computed, Fault};

/// How long a Pod may wait for a node before it is said that none will take it.
const SCHEDULE_WINDOW: SignedDuration = SignedDuration::from_secs(15);

pub(super) fn judge(object: &Value, conditions: &[Condition<'_>], now: Timestamp) -> Result<Computed, Fault> {
    Ok(match phase(object) {
        "Succeeded" => Computed::current("Pod has completed successfully"),
        "Failed" => Computed::current("Pod has completed, but not successfully"),
        "Running" => return running(object, conditions),
        "Pending" if is_unschedulable(conditions) => match created(object) {
            Some(created) if now.duration_since(created) < SCHEDULE_WINDOW => {
                Computed::in_progress("PodNotScheduled", "Pod has not been scheduled")
            }
            _ => Computed::failed("PodUnschedulable", "Pod could not be scheduled"),
        },
        "Pending" => Computed::in_progress("PodPending", "Pod is in the Pending phase"),
        "" => Computed::in_progress("PodNotObserved", "Pod phase not available"),
        other => return Err(Fault(format!("unknown phase {other}"))),
    })
}

/// When a Pod that cannot be scheduled will be, or was, given up.
pub(super) fn given_up_at(object: &Value, conditions: &[Condition<'_>]) -> Option<Timestamp> {
    let is_waiting = phase(object) == "Pending" && is_unschedulable(conditions);
    created(object).filter(|_| is_waiting)?.checked_add(SCHEDULE_WINDOW).ok()
}

fn phase(object: &Value) -> &str {
    field::text_or(object, &["status", "phase"], "")
}

/// The first PodScheduled=False decides.
fn is_unschedulable(conditions: &[Condition<'_>]) -> bool {
    let first = conditions.iter().find(|condition| condition.is("PodScheduled", "False"));
    first.is_some_and(|condition| condition.reason == "Unschedulable")
}

fn running(object: &Value, conditions: &[Condition<'_>]) -> Result<Computed, Fault> {
    if conditions.iter().any(|condition| condition.is("Ready", "True")) {
        return Ok(Computed::current("Pod is Ready"));
    }
    let looping = crash_looping(object)?;
    if !looping.is_empty() {
        let message = format!("Containers in CrashLoop state: {}", looping.join(","));
        return Ok(Computed::failed("ContainerCrashLooping", message));
    }
    Ok(Computed::in_progress("PodRunningNotReady", "Pod is running but is not Ready"))
}

/// Containers that wait to be started again. Init containers are not looked at.
fn crash_looping(object: &Value) -> Result<Vec<&str>, Fault> {
    let statuses = field::list(object, &["status", "containerStatuses"])?.unwrap_or_default();
    let mut names = Vec::new();
    for status in statuses {
        let status = asserted_map(status)?;
        let Some(name) = status.get("name").map(asserted_text).transpose()? else { continue };
        let Some(state) = status.get("state").map(asserted_map).transpose()? else { continue };
        let Some(waiting) = state.get("waiting").map(asserted_map).transpose()? else { continue };
        let Some(reason) = waiting.get("reason").map(asserted_text).transpose()? else { continue };
        if reason == "CrashLoopBackOff" {
            names.push(name);
        }
    }
    Ok(names)
}

/// Where the library panics there is an error here.
fn asserted_map(value: &Value) -> Result<&serde_json::Map<String, Value>, Fault> {
    value.as_object().ok_or_else(|| field::no_assertion(value, "map[string]interface {}"))
}

fn asserted_text(value: &Value) -> Result<&str, Fault> {
    value.as_str().ok_or_else(|| field::no_assertion(value, "string"))
}

/// `metadata.creationTimestamp`. What is no time was created long ago, as for the library.
fn created(object: &Value) -> Option<Timestamp> {
    rfc3339(field::text_or(object, &["metadata", "creationTimestamp"], ""))
}

/// RFC 3339 as `time.Parse` of Go 1.26 takes it: an hour of one digit, a comma before the fraction, nothing in lower case.
/// Jiff's own reader takes other forms too, and a Pod would be young here that is old for the library.
fn rfc3339(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once('T')?;
    let [year, month, day] = parts(date, '-')?;
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    let zone_at = rest.find(['Z', '+', '-'])?;
    let (time, zone) = rest.split_at_checked(zone_at)?;
    let (time, fraction) = match time.split_once(['.', ',']) {
        Some((time, fraction)) => (time, nanoseconds(fraction)?),
        None => (time, 0),
    };
    let [hour, minute, second] = parts(time, ':')?;
    let hour = number(hour, hour.len().clamp(1, 2))?;
    let time = Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(number(minute, 2)?).ok()?,
        i8::try_from(number(second, 2)?).ok()?,
        fraction,
    );
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let civil = date.ok()?.to_datetime(time.ok()?);
    // Go's times reach further than jiff's, which end a day before the year 9999 does.
    Some(offset(zone)?.to_timestamp(civil).unwrap_or(Timestamp::MAX))
}

fn offset(zone: &str) -> Option<Offset> {
    if zone == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, rest) = match zone.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, zone.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
    if hours > 24 || minutes > 60 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

fn parts(text: &str, separator: char) -> Option<[&str; 3]> {
    text.splitn(4, separator).collect::<Vec<_>>().try_into().ok()
}

fn number(text: &str, digits: usize) -> Option<i32> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    let is_number = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_go_reads_them() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(rfc3339(text), expected.map(|expected| expected.parse().unwrap()), "{text}");
        };
        check("2026-01-02T03:04:05Z", Some("2026-01-02T03:04:05Z"));
        check("2026-01-02T3:04:05,25+01:30", Some("2026-01-02T01:34:05.25Z"));
        check("2026-01-02T03:04:05.1234567891-00:00", Some("2026-01-02T03:04:05.123456789Z"));
        check("9999-12-31T23:59:59-23:00", Some(&Timestamp::MAX.to_string()));
        check("0000-01-01T00:00:00Z", Some("0000-01-01T00:00:00Z"));
        check("2026-01-02t03:04:05Z", None);
        check("2026-01-02 03:04:05Z", None);
        check("2026-01-02T03:04:60Z", None);
        check("2026-02-30T03:04:05Z", None);
        check("2026-01-02T03:04:05", None);
        check("2026-01-02T03:04:05.Z", None);
        check("2026-01-02T03:04:05+0100", None);
        check("null", None);
        check("", None);
    }
}
