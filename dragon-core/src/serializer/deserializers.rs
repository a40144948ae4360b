//! The app's own ways to read what clients send, by the kind of the column.

use std::collections::HashMap;
use std::fmt;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use serde_json::Value as Json;

use super::Malformed;
use crate::filter::Kind;

type Deserializer = Arc<dyn Fn(&Json) -> Result<Json, String> + Send + Sync>;

/// What brings values that clients sent into the form that Dragon reads, by the kind of their
/// columns.
#[derive(Clone, Default)]
pub struct Deserializers(HashMap<Discriminant<Kind>, Deserializer>);

impl fmt::Debug for Deserializers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deserializers").field("kinds", &self.0.len()).finish()
    }
}

impl Deserializers {
    /// Reads columns of this kind so; of enums all, whatever their values are.
    pub(crate) fn add(
        &mut self,
        kind: &Kind,
        read: impl Fn(&Json) -> Result<Json, String> + Send + Sync + 'static,
    ) {
        self.0.insert(discriminant(kind), Arc::new(read));
    }

    /// A value in the form that Dragon reads; `None` where it is in that already.
    pub(super) fn read(&self, kind: &Kind, json: &Json) -> Result<Option<Json>, Malformed> {
        // Whether a column may be null is no matter of its kind.
        let read = self.0.get(&discriminant(kind)).filter(|_| !json.is_null());
        read.map(|read| read(json)).transpose().map_err(Malformed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_is_read_by_its_own_and_null_by_none() {
        let mut all = Deserializers::default();
        all.add(&Kind::Enum(Vec::new()), |json| match json.as_i64() {
            Some(1) => Ok(json!("one")),
            _ => Err("Write 1.".to_owned()),
        });
        let known = Kind::Enum(vec!["one".to_owned()]);
        assert_eq!(all.read(&known, &json!(1)), Ok(Some(json!("one"))));
        assert_eq!(all.read(&known, &json!(2)), Err(Malformed("Write 1.".to_owned())));
        assert_eq!(all.read(&known, &Json::Null), Ok(None));
        assert_eq!(all.read(&Kind::Text, &json!(1)), Ok(None));
    }
}
