//! What lies in the arrays and objects of a [`Flat`](super::Flat).

use super::{At, Parts, What};

/// The nodes inside an array or object that have not been passed yet.
#[derive(Clone, Debug)]
struct Inside<'f> {
    flat: &'f Parts,
    next: usize,
    end: usize,
}

impl<'f> Inside<'f> {
    /// Those of what stands at a place: so many, from the next one on.
    fn of(at: At<'f>, nodes: u32) -> Self {
        Self { flat: at.flat, next: at.index + 1, end: at.index + 1 + nodes as usize }
    }

    /// The next node, whatever lies inside it passed as well.
    #[inline]
    fn pass(&mut self) -> Option<At<'f>> {
        if self.next >= self.end {
            return None;
        }
        let at = At { flat: self.flat, index: self.next };
        self.next = self.flat.behind(self.next);
        Some(at)
    }
}

/// The members of an object.
#[derive(Clone, Debug)]
pub(in crate::schema) struct Members<'f>(Inside<'f>);

impl<'f> Members<'f> {
    /// Those of the object at a place; none where there is none.
    pub(in crate::schema) fn of(at: At<'f>) -> Self {
        Self(Inside::of(at, if let What::Object(_, nodes) = at.what() { nodes } else { 0 }))
    }
}

impl<'f> Iterator for Members<'f> {
    type Item = (&'f str, At<'f>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let name = self.0.pass()?.as_str()?;
        Some((name, self.0.pass()?))
    }
}

/// The items of an array.
#[derive(Clone, Debug)]
pub(in crate::schema) struct Items<'f>(Inside<'f>);

impl<'f> Items<'f> {
    /// Those of the array at a place; none where there is none.
    pub(in crate::schema) fn of(at: At<'f>) -> Self {
        Self(Inside::of(at, if let What::Array(_, nodes) = at.what() { nodes } else { 0 }))
    }
}

impl<'f> Iterator for Items<'f> {
    type Item = At<'f>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.pass()
    }
}
