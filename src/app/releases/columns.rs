//! How wide the columns of the list are: measured when rows change, fitted to the screen when they are drawn.

use crate::app::layout::{WIDE, WIDEST};
use crate::app::rows::Row;
use crate::app::text::{self, Glyphs};

/// The width of the word of a verdict.
pub const VERDICT: usize = 11;
/// Selection mark, symbol and space, the word, and the space after it.
const BEFORE: usize = 3 + VERDICT + 2;
/// The least width of the column of objects: that of its head, which is short where the cause needs the room.
const OBJECTS: (usize, usize) = (3, 7);
/// The columns of space after a column.
const GAP: usize = 2;

/// How wide the texts of one column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Extent {
    /// The widest.
    most: usize,
    /// What four of five need: a single long name must not starve the column of causes.
    usual: usize,
}

/// How wide the texts of the rows are that pass the filter. Rows that are not seen count too: columns must not move
/// while one scrolls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Measured {
    namespace: Extent,
    name: Extent,
    both: Extent,
    chart: Extent,
    revision: usize,
    objects: usize,
    marks: usize,
}

/// Widths of the columns; 0 where a column is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Columns {
    /// Namespace.
    pub namespace: usize,
    /// Name.
    pub name: usize,
    /// Namespace and name as one column, on a narrow screen.
    pub both: usize,
    /// Who manages it.
    pub by: usize,
    /// Revision.
    pub revision: usize,
    /// How many of its objects are well.
    pub objects: usize,
    /// Chart and version.
    pub chart: usize,
    /// App version.
    pub app: usize,
    /// Marks.
    pub marks: usize,
    /// When it changed.
    pub changed: usize,
    /// What is left for the cause.
    pub cause: usize,
}

impl Extent {
    fn of(mut widths: Vec<usize>) -> Self {
        widths.sort_unstable();
        let most = widths.last().copied().unwrap_or(0);
        let usual = widths.get(widths.len().saturating_sub(1) * 4 / 5).copied().unwrap_or(0);
        // What a cut would win is not worth it.
        Self { most, usual: if most <= usual + 4 { most } else { usual } }
    }
}

impl Measured {
    /// Measures rows.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a Row>, glyphs: Glyphs) -> Self {
        let measured = |text: &str| text::width(&text::clean(text, glyphs));
        let (mut namespace, mut name, mut both, mut chart) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut revision, mut objects, mut marks) = (0, 0, 0);
        for row in rows {
            let widths = (measured(&row.release.namespace), measured(&row.release.id.name));
            namespace.push(widths.0);
            name.push(widths.1);
            both.push(widths.0 + 1 + widths.1);
            // Charts that are not read yet say nothing of those that are.
            chart.extend(Some(measured(&row.chart_cell())).filter(|width| *width > 0));
            let digits = row.release.revision.map_or(1, |revision| revision.get().max(1).ilog10() + 1);
            revision = revision.max(usize::try_from(digits).unwrap_or(0));
            objects = objects.max(row.objects_cell().len());
            marks = marks.max(row.marks_cell().len());
        }
        let [namespace, name, both, chart] = [namespace, name, both, chart].map(Extent::of);
        Self { namespace, name, both, chart, revision, objects, marks }
    }
}

impl Columns {
    /// Columns as wide as what they hold, within bounds. The cause is what is looked for: long names and charts give way
    /// to it, as far as most of them stay whole.
    #[must_use]
    pub fn fit(measured: &Measured, width: u16) -> Self {
        let room: usize = width.into();
        let revision = measured.revision.clamp(3, 10);
        // Where nothing is known of any object, the column would say nothing.
        let objects = |least: usize| if measured.objects > 1 { measured.objects.clamp(least, 9) } else { 0 };
        let mut columns = if width < WIDE {
            let both = measured.both.most.clamp(14, (room / 3).max(14));
            Self { both, revision, objects: objects(OBJECTS.0), ..Self::default() }
        } else {
            let widest = width >= WIDEST;
            Self {
                namespace: measured.namespace.most.clamp(9, 20),
                name: measured.name.most.clamp(8, if widest { 40 } else { 22 }),
                by: 5,
                revision,
                objects: objects(if widest { OBJECTS.1 } else { OBJECTS.0 }),
                chart: measured.chart.most.clamp(12, 30),
                app: if widest { 10 } else { 0 },
                marks: if widest && measured.marks > 0 { measured.marks.clamp(5, 18) } else { 0 },
                changed: 7,
                ..Self::default()
            }
        };
        let least = Self {
            namespace: measured.namespace.usual.clamp(9, 14),
            name: measured.name.usual.clamp(8, 18),
            both: measured.both.usual.clamp(14, (room * 3 / 10).max(14)),
            chart: measured.chart.usual.clamp(12, 18),
            ..Self::default()
        };
        // What is cut of the selected row's cause stands below the list; what is cut of a name stands nowhere else.
        let wanted = if width < WIDE { room / 2 } else { room / 4 };
        while room.saturating_sub(columns.used()) < wanted && columns.shrink(&least) {}
        columns.cause = room.saturating_sub(columns.used());
        columns
    }

    fn used(&self) -> usize {
        let all = [
            self.both,
            self.namespace,
            self.name,
            self.by,
            self.revision,
            self.objects,
            self.chart,
            self.app,
            self.marks,
            self.changed,
        ];
        BEFORE + all.into_iter().filter(|width| *width > 0).map(|width| width + GAP).sum::<usize>()
    }

    /// Takes one column from the widest of those that may be narrower, if there is one.
    fn shrink(&mut self, least: &Self) -> bool {
        let pairs = [
            (&mut self.chart, least.chart),
            (&mut self.name, least.name),
            (&mut self.both, least.both),
            (&mut self.namespace, least.namespace),
        ];
        let spare = |(width, least): &(&mut usize, usize)| width.saturating_sub(*least);
        match pairs.into_iter().max_by_key(spare) {
            Some((width, least)) if *width > least => *width -= 1,
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(width: u16, names: Extent, expected: (usize, usize, usize)) {
        let measured = Measured { name: names, both: names, objects: 3, ..Measured::default() };
        let columns = Columns::fit(&measured, width);
        assert_eq!((columns.both, columns.name, columns.cause), expected, "{width}");
    }

    #[test]
    fn the_cause_gets_what_names_do_not_need() {
        check(80, Extent { most: 14, usual: 14 }, (14, 0, 38));
        check(80, Extent { most: 60, usual: 17 }, (17, 0, 35));
        check(80, Extent { most: 60, usual: 60 }, (24, 0, 28));
        check(60, Extent { most: 60, usual: 17 }, (17, 0, 15));
        check(120, Extent { most: 60, usual: 12 }, (0, 21, 30));
        check(300, Extent { most: 60, usual: 12 }, (0, 40, 175));
        check(1, Extent { most: 60, usual: 12 }, (14, 0, 0));
    }

    #[test]
    fn one_long_name_is_no_measure_of_a_column() {
        let check = |widths: &[usize], most, usual| assert_eq!(Extent::of(widths.to_vec()), Extent { most, usual });
        check(&[], 0, 0);
        check(&[7], 7, 7);
        check(&[60, 8, 9, 10, 11, 12], 60, 12);
        check(&[15, 8, 9, 10, 11, 12], 15, 15);
    }
}
