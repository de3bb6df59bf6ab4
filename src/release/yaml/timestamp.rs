//! Which texts are times. The four forms are those of `allowedTimestampFormats` in `resolve.go` of go.yaml.in/yaml
//! v2.4.4, as wide as Go's `time.Parse` takes them.
//!
//! A time stays text, so it matters only that it is one, and only to `!!timestamp`.

/// Reads forward through the bytes of a text.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    fn take(&mut self, byte: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        (*first == byte).then(|| self.0 = rest)
    }

    /// A number of at least and at most so many digits.
    fn number(&mut self, least: usize, most: usize) -> Option<u32> {
        let length = self.0.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        if length < least {
            return None;
        }
        let (digits, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        digits.iter().try_fold(0u32, |number, digit| number.checked_mul(10)?.checked_add(u32::from(digit - b'0')))
    }

    /// `2006-1-2`
    fn date(&mut self) -> Option<()> {
        let year = self.number(4, 4)?;
        self.take(b'-')?;
        let month = self.number(1, 2)?;
        self.take(b'-')?;
        let day = self.number(1, 2)?;
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(())
    }

    /// `15:4:5.999999999`, where Go takes a comma for the point.
    fn time(&mut self) -> Option<()> {
        let hour = self.number(1, 2)?;
        self.take(b':')?;
        let minute = self.number(1, 2)?;
        self.take(b':')?;
        let second = self.number(1, 2)?;
        if let [b'.' | b',', b'0'..=b'9', ..] = self.0 {
            self.0 = self.0.get(1..)?;
            while let [b'0'..=b'9', rest @ ..] = self.0 {
                self.0 = rest;
            }
        }
        (hour < 24 && minute < 60 && second < 60).then_some(())
    }

    /// `Z07:00`
    fn zone(&mut self) -> Option<()> {
        if self.take(b'Z').is_some() {
            return Some(());
        }
        self.take(b'+').or_else(|| self.take(b'-'))?;
        let hours = self.number(2, 2)?;
        self.take(b':')?;
        let minutes = self.number(2, 2)?;
        (hours <= 24 && minutes < 60).then_some(())
    }
}

pub(super) fn is_timestamp(text: &str) -> bool {
    let mut reader = Reader(text.as_bytes());
    let mut read = || {
        reader.date()?;
        match reader.0.first() {
            None => {}
            Some(b'T' | b't') => {
                reader.0 = reader.0.get(1..)?;
                reader.time()?;
                reader.zone()?;
            }
            Some(b' ') => {
                reader.0 = reader.0.get(1..)?;
                reader.time()?;
            }
            Some(_) => return None,
        }
        reader.0.is_empty().then_some(())
    };
    read().is_some()
}
